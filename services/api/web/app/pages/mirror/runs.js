/** What a mirror did, run by run: as bars, and as a table that says the same. */

import { BarChart, bytes, col, count, duration, Empty, html, LongList, place, plural, relative, RunState, Time, useGet, usePages } from "../../kit.js";
import { leftOut } from "../mirrors/mirror_table.js";
import { mirrorHref, mirrorPath } from "../mirrors/acts.js";
import { onRuns } from "../mirrors/runs_now.js";
import { Choice } from "../packages/filters.js";

const CHARTED = 40;

export const secondsOf = ({ started_at: start, finished_at: end }) => (start && end ? (Date.parse(end) - Date.parse(start)) / 1000 : null);
export const listedOf = ({ sync_state: { count: n } }) => n.active + n.passive;
const TRIGGERS = { user: "a user", cron: "its schedule", event: "a change" };
export const triggerWords = ({ trigger }) => TRIGGERS[trigger] ?? trigger;

const MEASURES = {
  "": { text: "Files", format: count, parts: (run) => [["kept", listedOf(run)], ["out", leftOut(run.sync_state.count)]] },
  bytes: { text: "Bytes transferred", format: bytes, parts: (run) => [["kept", run.sync_state.bytes_transfered]] },
  duration: { text: "Duration", format: duration, parts: (run) => [["kept", secondsOf(run) ?? 0]] },
};

const told = (run) =>
  `Run ${count(run.number)}, ${relative(run.requested_at)}, ${run.state}: ${plural(listedOf(run), "file")} listed, ${count(leftOut(run.sync_state.count))} left out, ${bytes(run.sync_state.bytes_transfered)} in ${duration(secondsOf(run))}`;

const figure = (title, value, kind = "number spare") => col(title, (run) => (run.finished_at ? value(run) : "–"), kind);
const columns = (href) => [
  col("Run", (run) => html`<a href=${href(run)}>${count(run.number)}</a>`, "main"),
  col("State", (run) => html`<span title=${run.reason}><${RunState} state=${run.state} /></span>`),
  col("When", (run) => html`<${Time} at=${run.requested_at} />`),
  col("Asked by", triggerWords, "spare"),
  figure("Listed", (run) => count(listedOf(run))),
  figure("Left out", (run) => count(leftOut(run.sync_state.count))),
  figure("Failed", (run) => count(run.sync_state.count.failed)),
  figure("Transferred", (run) => bytes(run.sync_state.bytes_transfered)),
  figure("Duration", (run) => duration(secondsOf(run))),
];

/** @param {{mirror: object}} props as of rowOf */
export function Runs({ mirror }) {
  const address = `${mirrorPath(mirror)}/runs?logs=false`;
  const on = onRuns(mirror.id);
  const pages = usePages(address, on);
  const recent = useGet(`${address}&limit=${CHARTED}`, on);
  const href = (run) => mirrorHref(mirror, `/runs/${run.number}`);
  const { text, format, parts } = MEASURES[place.value.query.get("chart") ?? ""] ?? MEASURES[""];
  const bars = (recent.data?.items ?? []).filter((run) => run.state !== "skipped").reverse();
  const empty = html`<${Empty} title="It never ran.">It runs when its schedule says so, or when you choose “Run now”.<//>`;
  return html`
    ${bars.length > 1 && html`<div class="card">
      <div class="toolbar"><${Choice} label="Chart" name="chart" options=${Object.entries(MEASURES).map(([value, one]) => [value, one.text])} />
        ${text === "Files" && html`<span class="legend soft"><i class="kept"></i>listed <i class="out"></i>left out</span>`}</div>
      <${BarChart} label=${`${text} of the last runs, oldest first`} format=${format} bars=${bars.map((run) => ({ key: run.number, href: href(run), text: told(run), parts: parts(run) }))} />
    </div>`}
    <${LongList} label="All runs" pages=${pages} columns=${columns(href)} keyOf=${(run) => run.id} empty=${empty} />`;
}
