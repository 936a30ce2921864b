/** The form of a mirror, new or there already. */

import {
  Button, channelHref, channelPath, ChoiceField, forget, html, may, navigate, Notice, path, plural, post, ProblemBox, put, say, Section,
  TextField, useEffect, useForm, useLeaveDialog, useMemo, useRef,
} from "../../kit.js";
import { useAsk } from "./ask.js";
import { FilterFields } from "./filters.js";
import { PolicyField } from "./policy.js";
import { follow, PreviewPanel } from "./preview.js";
import { ScheduleFields } from "./schedule.js";
import { SourceFields } from "./source.js";
import { MIRROR_TYPES, MODES, NO_FILTERS, REMOVALS, START, typeOf, valuesOf, wishOf } from "./wish.js";

/** @param {{channel: string, mirror?: object}} props `mirror` where it is edited */
export function MirrorForm({ channel, mirror }) {
  const start = useMemo(() => (mirror ? valuesOf(mirror) : START), []);
  const isNew = !mirror;
  const isTried = may("channel.mirror:try");
  const source = useAsk();
  const preview = useAsk();
  const element = useRef(null);
  const about = { channel, mirror_id: mirror?.mirror_id };
  const all = `${channelPath(channel)}/mirrors`;
  const form = useForm(start, async (values, kind) => {
    const wish = wishOf(values, kind === "run");
    if (kind === "preview") {
      const { url } = await post("/api/mirrors/preview", { ...about, mirror: { ...wish, mirror_name: wish.mirror_name || "preview" } });
      preview.ask(JSON.stringify(values), (signal, tell) => follow(url, signal, tell));
      return;
    }
    const { mirror_id: id, mirror_name: name } = await (isNew ? post(all, wish) : put(all + path`/${about.mirror_id}`, wish));
    forget(all);
    say(`${name} is saved${wish.run_now ? ", and runs now" : ""}.`);
    navigate(channelHref(channel, path`/mirrors/${id}`), { unguarded: true });
  });
  const { of, wish: values, error } = form;
  const now = JSON.stringify(values);
  const leaving = useLeaveDialog(now !== JSON.stringify(start));
  // The first field that is wrong comes into view.
  useEffect(() => {
    if (error) element.current.querySelector("[aria-invalid=true], .wrong input")?.focus();
  }, [error]);

  const { mirror_type: type, mirror_mode: mode } = values;
  const { source_root: root, filters } = wishOf(values);
  const filterCount = Object.keys(filters).length;
  const found = source.data?.type_guess === type ? source.data.subdirs : [];
  return html`
    <form class="mirror-form" ref=${element} novalidate onSubmit=${form.submit}>
      <div class="mirror-fields">
        <${Section} title="Source">
          <div class="card stack">
            ${isNew
              ? html`<${ChoiceField} label="Type" options=${MIRROR_TYPES} ...${of("mirror_type")} onChange=${(to) => form.set({ ...NO_FILTERS, mirror_type: to })} />`
              : html`<p><strong>${typeOf(type).text}</strong>, ${mode}. <span class="soft">Type and mode can't change: make another mirror for that.</span></p>`}
            <${SourceFields} form=${form} source=${source} about=${about} isTried=${isTried} />
            <${TextField} label="Name" ...${of("mirror_name")} required maxlength="200" autocomplete="off" help="Unique on this server; people find the mirror by it." />
            ${isNew && html`<${ChoiceField} label="Mode" options=${MODES} ...${of("mirror_mode")} />`}
          </div>
        <//>
        <${Section} title="Schedule"><div class="card stack"><${ScheduleFields} form=${form} isTried=${isTried} /></div><//>
        <${Section} title=${`What may enter${filterCount ? ` (${plural(filterCount, "filter")})` : ""}`}>
          <div class="card stack">
            <${PolicyField} channel=${channel} id=${about.mirror_id} form=${form} />
            <${FilterFields} form=${form} found=${found} />
          </div>
        <//>
        <${Section} title="When the source removes files"><div class="card"><${ChoiceField} label="What happens to them here" options=${REMOVALS} ...${of("upstream_removals")} /></div><//>
      </div>
      <div class="mirror-beside">
        ${isTried && html`<${PreviewPanel} preview=${preview} isOld=${preview.of !== now} isNew=${isNew} isActive=${mode === "active"} onAsk=${root && (() => form.run("preview"))} />`}
      </div>
      <footer class="mirror-foot">
        <${Problem} of=${form} />
        <div class="row">
          <${Button} kind="primary" icon="play" isBusy=${form.isBusy} onClick=${() => form.run("run")}>Save & run<//>
          <${Button} type="submit" disabled=${form.isBusy}>Save<//>
          <${Button} kind="quiet" href=${channelHref(channel, `/mirrors${isNew ? "" : path`/${about.mirror_id}`}`)}>Cancel<//>
        </div>
      </footer>
    </form>
    ${leaving}
  `;
}

/** Drawn after all fields, so that it knows which of them show what is wrong. */
const Problem = ({ of: { error, problem } }) =>
  problem ? html`<${ProblemBox} problem=${problem} />` : error && html`<${Notice} kind="bad">Mend what is marked above, and try again.<//>`;
