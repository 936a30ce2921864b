/** One run of a mirror: how it went, what it decided, what failed, and what it changed. */

import {
  Button, bytes, col, count, duration, Facts, Figures, html, Loaded, LongList, Notice, place, plural, RunState, Section, setQuery, Time, useGet,
  withQuery,
} from "../../kit.js";
import { ChannelPage } from "../channel/shell.js";
import { leftOut } from "../mirrors/mirror_table.js";
import { mirrorHref, mirrorPath } from "../mirrors/acts.js";
import { onRuns } from "../mirrors/runs_now.js";
import { pagesOf } from "../reports/tabs.js";
import { CHANGE_COLUMNS, ChangeDialog, FILE, LeftOut } from "./decided.js";
import { mirrorsCrumb, useMirror } from "./details.js";
import { LiveRun } from "./live_run.js";
import { listedOf, secondsOf, triggerWords } from "./runs.js";

const LOOKED_BACK = 50;

export default function RunPage({ channel, mirror: id, run }) {
  const it = useMirror(channel, id);
  const mirror = it.data;
  const number = Number(run);
  const above = [mirrorsCrumb(channel), mirror && { href: mirrorHref(mirror), text: mirror.name }].filter(Boolean);
  return html`<${ChannelPage} channel=${channel} title=${`Run ${run}`} above=${above} actions=${mirror && html`<${Others} mirror=${mirror} number=${number} />`}>
    <${Loaded} of=${it}>${() => html`<${Run} mirror=${mirror} number=${number} />`}<//>
  <//>`;
}

const Others = ({ mirror, number }) => html`
  ${number > 1 && html`<${Button} icon="left" href=${mirrorHref(mirror, `/runs/${number - 1}`)}>Run ${count(number - 1)}<//>`}
  ${number < (mirror.run_number ?? 0) && html`<${Button} icon="right" href=${mirrorHref(mirror, `/runs/${number + 1}`)}>Run ${count(number + 1)}<//>`}`;

function Run({ mirror, number }) {
  const base = `${mirrorPath(mirror)}/runs`;
  const it = useGet(`${base}/${number}`, onRuns(mirror.id));
  return html`<${Loaded} of=${it}>${(run) => {
    const { count: counts, last_exception: why, logs, ...sync } = run.sync_state;
    const isOn = ["pending", "running", "stopping"].includes(run.state);
    return html`
      ${isOn && mirror.run_number === number && html`<${LiveRun} mirror=${mirror} />`}
      ${run.state === "failed" && html`<${Notice} kind="bad">${why ?? run.reason ?? "It did not say why it failed."}<//>`}
      ${run.state === "skipped" && html`<${Notice}>It did not run: ${run.reason}.<//>`}
      <${Figures} items=${[
        ["Files listed", count(listedOf(run))],
        ["Left out", count(leftOut(counts))],
        ["Failed", count(counts.failed)],
        ["Removed", count(counts.removed)],
        ["Transferred", bytes(sync.bytes_transfered)],
        ["Duration", duration(secondsOf(run))],
      ]} />
      <div class="columns">
        <${Section} title="How it went"><div class="card"><${Facts} items=${[
          ["State", html`<${RunState} state=${run.state} />`],
          ["Asked for", html`<${Time} at=${run.requested_at} /> by ${triggerWords(run)}`],
          ["Started", html`<${Time} at=${run.started_at} never="–" />`],
          ["Ended", html`<${Time} at=${run.finished_at} never="–" />`],
          run.state !== "skipped" && ["Last step", `${sync.current_step_number} of ${sync.total_steps_count}: ${sync.current_step_description}`],
          run.reason && ["Reason", run.reason],
        ]} /></div><//>
        ${run.has_decisions && html`<${Section} title="Left out"><${LeftOut} address=${`${base}/${number}/decisions`} counts=${flat(counts)} listed=${listedOf(run)} /><//>`}
      </div>
      ${logs.failed.length > 0 && html`<${Section} title="Failed files">
        ${counts.failed > logs.failed.length && html`<p class="soft">The first ${count(logs.failed.length)} of ${plural(counts.failed, "file")}.</p>`}
        <${LongList} label="Files that failed" pages=${pagesOf(logs.failed, run.id)} columns=${FAILED} keyOf=${(one) => one.ckey} />
      <//>`}
      ${run.has_decisions && html`<${Difference} mirror=${mirror} number=${number} base=${base} />`}`;
  }}<//>`;
}

const FAILED = [
  FILE,
  col("Why", (one) => html`<span class="clipped" title=${one.reason}>${one.reason}</span>`),
];

/** Counts of both scopes, as the decisions name them. */
const flat = (counts) => Object.fromEntries(["mirror_filtered", "channel_filtered"].flatMap((scope) => Object.entries(counts[scope]).map(([reason, n]) => [`${scope}.${reason}`, n])));

/** What the run changed against the last one before it that decided. */
function Difference({ mirror, number, base }) {
  const before = useGet(number > 1 ? withQuery(base, { logs: false, limit: LOOKED_BACK, offset: Math.max(0, (mirror.run_number ?? number) - number) }) : null);
  const last = before.data?.items.find((run) => run.number < number && run.has_decisions)?.number;
  const address = last && withQuery(`${base}/${last}/difference`, { to: number });
  const it = useGet(address ? withQuery(address, { limit: 1 }) : null);
  const open = place.value.query.get("change");
  if (number === 1 || (before.data && !last)) return null;
  const figure = (change, label, sign) => {
    const { files, size_bytes: size } = it.data.summary[change];
    const show = () => setQuery({ change }, { replace: false });
    return [label, files ? html`<${Button} aria-label=${`Show the ${plural(files, "file")}: ${label}`} onClick=${show}>${sign}${count(files)}<//>` : "0", files > 0 && bytes(size)];
  };
  const names = ({ names: first, count: total }) => (total ? `${first.slice(0, 12).join(", ")}${total > 12 ? ` and ${count(total - 12)} more` : ""}` : "none");
  return html`<${Section} title=${last ? `Against run ${count(last)}` : "Against the run before"}>
    <${Loaded} of=${it}>${({ summary }) => html`
      <${Figures} items=${[figure("gained", "Gained", "+"), figure("lost", "Lost", "−"), figure("replaced", "Replaced", "")]} />
      <${Facts} items=${[["New packages", names(summary.packages_gained)], ["Packages gone", names(summary.packages_lost)]]} />`}<//>
    ${open && address && html`<${ChangeDialog} name="change" title=${`Files ${open} against run ${count(last)}`} address=${withQuery(address, { change: open })} columns=${CHANGE_COLUMNS} />`}
  <//>`;
}
