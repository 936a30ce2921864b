/** The form of a mirror, new or there already. */

import {
  Button, channelHref, channelPath, ChoiceField, ConfirmDialog, forget, html, may, navigate, Notice, plural, post, ProblemBox, put, say, Section,
  TextField, useAct, useLeaveGuard, useMemo, useRef, useState, path,
} from "../../kit.js";
import { FilterFields } from "./filters.js";
import { PolicyField } from "./policy.js";
import { PreviewPanel, usePreview } from "./preview.js";
import { ScheduleFields } from "./schedule.js";
import { SourceFields, useSourceCheck } from "./source.js";
import { MODES, setFilters, TYPES, typeOf, wishOf } from "./wish.js";

const REMOVALS = [
  { value: "follow", text: "Follow the source", help: "What it removes goes from the channel, too, with the next run." },
  { value: "keep", text: "Keep what is stored", help: "Files that the source removes stay, as far as they are stored. Filters and policies still apply." },
];

/** The fields that the form shows, so that other problems are shown at its end. */
const SHOWN = /^(mirror_name|mirror_type|mirror_mode|source_root|proxy|cron|policy|upstream_removals|filters\..+)$/;

const LABELS = { mirror_name: "The name", source_root: "The address", proxy: "The proxy", cron: "The cron" };

/** What is wrong, with the form's word for the field where it begins with the server's. */
function inWords({ field, message }) {
  const name = field?.replace("filters.", "");
  const label = LABELS[field] ?? (field !== name && "This");
  return label && message.startsWith(`${field} `) ? label + message.slice(field.length) : message;
}

const valueAt = (values, field) => (field?.startsWith("filters.") ? values.filters[field.slice(8)] : values[field]);

/**
 * @param {{channel: string, start: object, mirror?: object}} props `start` as of wish.js; `mirror` where it is edited
 */
export function MirrorForm({ channel, start, mirror }) {
  const [values, setValues] = useState(start);
  const [saved, setSaved] = useState(false);
  const [question, setQuestion] = useState(null);
  const set = (changes) => setValues((was) => ({ ...was, ...changes }));
  const isNew = !mirror;
  const isTried = may("channel.mirror:try");
  const mayChoose = may("policy:view");
  const source = useSourceCheck({ channel, mirrorId: mirror?.mirror_id });
  const preview = usePreview();
  const element = useRef(null);
  // What was sent when something was found wrong: what was changed since may be right.
  const wrong = useRef(null);
  const now = JSON.stringify(values);
  const isDirty = !saved && now !== JSON.stringify(start);

  const save = useAct(async (isRun) => {
    wrong.current = values;
    const wish = wishOf(values, { mayChoose, now: isRun });
    const address = `${channelPath(channel)}/mirrors`;
    try {
      const it = await (isNew ? post(address, wish) : put(address + path`/${mirror.mirror_id}`, wish));
      setSaved(true);
      forget(address);
      say(isRun ? `${it.mirror_name} is saved, and runs now.` : `${it.mirror_name} is saved.`);
      navigate(channelHref(channel, `/mirrors/${encodeURIComponent(it.mirror_id)}`), { unguarded: true });
    } catch (problem) {
      // The first field that is wrong comes into view, once it is marked.
      setTimeout(() => element.current?.querySelector("[aria-invalid=true], .wrong input")?.focus(), 50);
      throw problem;
    }
  });
  const error = save.error ?? preview.problem;
  const isMended = error && wrong.current && valueAt(values, error.field) !== valueAt(wrong.current, error.field);
  const errorOf = (field) => (error?.field === field && !isMended ? inWords(error) : null);
  const of = (name) => ({ value: values[name], error: errorOf(name), onChange: (value) => set({ [name]: value }) });

  const ask = useMemo(() => () => new Promise((answer) => setQuestion({ answer })), []);
  useLeaveGuard(isDirty, ask);
  const answer = (isLeft) => {
    question.answer(isLeft);
    setQuestion(null);
  };

  const look = () => {
    save.clear();
    wrong.current = values;
    preview.ask({ channel, mirror: wishOf(values, { mayChoose, isPreview: true }), mirror_id: mirror?.mirror_id ?? null }, now);
  };
  const filters = setFilters(values);
  const back = isNew ? channelHref(channel, "/mirrors") : channelHref(channel, `/mirrors/${encodeURIComponent(mirror.mirror_id)}`);
  const changeType = (type) => set({ mirror_type: type, filters: {} });
  return html`
    <form class="mirror-form" ref=${element} novalidate onSubmit=${(event) => {
      event.preventDefault();
      save.run(false);
    }}>
      <div class="mirror-fields">
        <${Section} title="Source">
          <div class="card stack">
            ${isNew
              ? html`<${ChoiceField} label="Type" options=${TYPES} ...${of("mirror_type")} onChange=${changeType} />`
              : html`<p><strong>${typeOf(values.mirror_type).text}</strong>, ${values.mirror_mode}. <span class="soft">Type and mode can't change: make another mirror for that.</span></p>`}
            <${SourceFields} values=${values} set=${set} of=${of} source=${source} isTried=${isTried} isNew=${isNew} />
            <${TextField} label="Name" ...${of("mirror_name")} required maxlength="200" autocomplete="off" help="Unique on this server; people find the mirror by it." />
            ${isNew && html`<${ChoiceField} label="Mode" options=${MODES} ...${of("mirror_mode")} />`}
          </div>
        <//>
        <${Section} title="Schedule"><div class="card stack"><${ScheduleFields} of=${of} isTried=${isTried} /></div><//>
        <${Section} title=${filters ? `What may enter (${plural(filters, "filter")})` : "What may enter"}>
          <div class="card stack">
            <${PolicyField} channel=${channel} mayChoose=${mayChoose} of=${of} />
            <${FilterFields} values=${values} set=${set} errorOf=${errorOf} found=${source.found?.type_guess === values.mirror_type ? source.found : null} />
          </div>
        <//>
        <${Section} title="When the source removes files"><div class="card"><${ChoiceField} label="What happens to them here" options=${REMOVALS} ...${of("upstream_removals")} /></div><//>
      </div>
      <div class="mirror-beside">
        ${isTried && html`<${PreviewPanel} it=${preview} isOld=${preview.of !== now} isNew=${isNew} isActive=${values.mirror_mode === "active"} canAsk=${Boolean(values.source_root.trim())} onAsk=${look} />`}
      </div>
      <footer class="mirror-foot">
        ${save.error && !SHOWN.test(save.error.field ?? "") && html`<${ProblemBox} problem=${save.error} />`}
        ${save.error && !isMended && SHOWN.test(save.error.field ?? "") && html`<${Notice} kind="bad">${inWords(save.error)}<//>`}
        <div class="row">
          <${Button} kind="primary" icon="play" isBusy=${save.isBusy} onClick=${() => save.run(true)}>Save & run<//>
          <${Button} type="submit" disabled=${save.isBusy}>Save<//>
          <${Button} kind="quiet" href=${back}>Cancel<//>
        </div>
      </footer>
    </form>
    ${question && html`<${ConfirmDialog} title="Leave without saving?" action="Leave" isDanger onConfirm=${async () => answer(true)} onClose=${() => answer(false)}>
      <p>What you changed in this form would be lost.</p>
    <//>`}
  `;
}
