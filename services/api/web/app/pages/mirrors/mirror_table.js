/** Mirrors as a table, of any length: looked through and sorted by the server, with their runs as they go on. */

import {
  Button, channelHref, col, count, duration, Empty, html, LongList, place, plural, Progress, RunState, SearchBox, setQuery, shortCount,
  Time, useAllowed, usePages, useState, withQuery,
} from "../../kit.js";
import { typeOf, MIRROR_TYPES } from "../mirror_form/wish.js";
import { Choice } from "../packages/filters.js";
import { MirrorMenu, mirrorHref } from "./acts.js";
import { useNow, perSecond, rowOf } from "./runs_now.js";

/** The events that change what is told of mirrors. */
export const MIRROR_NEWS = ["mirror.created", "mirror.updated", "mirror.deleted", "mirror.started", "mirror.finished", "catalogue.decided", "policy.assigned", "policy.unassigned", "policy.changed"];
const STATES = [["", "All states"], ["running", "Running"], ["failed", "Failed"], ["completed", "Completed"], ["stopping", "Stopping"], ["stopped", "Stopped"], ["pending", "Waiting"]];
const KINDS = [["", "All types"], ...MIRROR_TYPES.map((one) => [one.value, one.text])];
const SORTS = { Mirror: "name", State: "state", "Last run": "last_run_at", "Next run": "next_run_at" };
const ROW_PX = 64;

const sum = (counts) => Object.values(counts).reduce((total, n) => total + n, 0);
export const leftOut = ({ mirror_filtered: own, channel_filtered: channel }) => sum(own) + sum(channel);

/** The state of a mirror, and where its run is. */
export function StateNow({ mirror }) {
  const now = useNow(mirror);
  const { last_exception: problem } = mirror.sync_state;
  const isGoing = now.isActive && now.state !== "pending";
  const note = isGoing ? (now.waits ?? `${now.stepNumber}/8 ${now.step}`) : now.isActive ? "waits for its turn" : now.state === "failed" ? problem : mirror.run_number ? html`<${Time} at=${mirror.last_run_at} />` : "never ran";
  return html`<${RunState} state=${now.state} /><small class="soft clipped" title=${typeof note === "string" ? note : undefined}>${note}</small>
    ${isGoing && html`<${Progress} percent=${now.percent} label=${`${mirror.name}: ${now.step}`} />`}`;
}

function Files({ mirror }) {
  const now = useNow(mirror);
  const out = leftOut(mirror.sync_state.count);
  return html`${count(now.listed)}<small class="soft">${now.failed > 0 ? `${shortCount(now.failed)} failed` : out > 0 && `${shortCount(out)} left out`}</small>`;
}

function Pace({ mirror }) {
  const { speed, left } = useNow(mirror);
  return html`${perSecond(speed)}<small class="soft">${left !== null && `about ${duration(left)} left`}</small>`;
}

/** A row's menu; what may be done is asked when one comes near, for each row may be of another channel. */
function RowMenu({ mirror, allowed, reload }) {
  const [isNear, setNear] = useState(false);
  const own = useAllowed(isNear && !allowed ? mirror.channel : null);
  return html`<span onPointerEnter=${() => setNear(true)} onFocusIn=${() => setNear(true)}>
    <${MirrorMenu} mirror=${mirror} mayEdit=${(allowed ?? own).may("channel.mirror:edit")} reload=${reload} />
  </span>`;
}

/**
 * @param {{address: string, channel?: string, empty: any, allowed?: object}} props `channel` is the key where all are of one,
 *   `allowed` what one may do there, and `empty` stands where there are none at all
 */
export function MirrorTable({ address, channel, empty, allowed }) {
  const { query } = place.value;
  const sorted = query.get("sort") ?? (channel ? undefined : "name");
  const wish = { search: query.get("q"), state: query.get("state"), type: query.get("type") };
  const found = usePages(withQuery(address, { ...wish, sort: sorted, logs: channel && false }), {
    on: MIRROR_NEWS,
    when: ({ data }) => !channel || !data.channel || data.channel === channel,
  });
  if (found.total === 0 && !Object.values(wish).some(Boolean) && !found.isLoading && !found.error) return empty;
  const pages = { ...found, rowAt: (at) => found.rowAt(at) && rowOf(found.rowAt(at), channel) };
  const kind = (it) => `${typeOf(it.type).text}, ${it.mode}`;
  const columns = [
    col("Mirror", (it) => html`<a href=${mirrorHref(it)}>${it.name}</a><small class="soft clipped">${!channel && html`<a href=${channelHref(it.channel)}>${it.channel}</a> · `}${kind(it)}</small>`, "main"),
    col("State", (it) => html`<div class="run-now"><${StateNow} mirror=${it} /></div>`),
    col("Files", (it) => html`<${Files} mirror=${it} />`, "number spare"),
    col("Speed", (it) => html`<${Pace} mirror=${it} />`, "number spare"),
    col("Last run", (it) => html`<${Time} at=${it.last_run_at} />`, "spare"),
    col("Next run", (it) => html`<${Time} at=${it.next_run_at} never="–" />`, "spare"),
    col("", (it) => html`<${RowMenu} key=${it.id} mirror=${it} allowed=${allowed} reload=${found.reload} />`, "actions"),
  ].map((column) => ({ ...column, sort: SORTS[column.name] }));
  const all = html`<${Button} onClick=${() => setQuery({ q: "", state: "", type: "" })}>Show all mirrors<//>`;
  return html`<div class="toolbar">
      <${SearchBox} label="Search mirrors" />
      <${Choice} label="State" name="state" options=${STATES} />
      <${Choice} label="Type" name="type" options=${KINDS} />
      <span class="end soft" role="status">${found.total !== undefined && plural(found.total, "mirror")}</span>
    </div>
    <div class="mirrors"><${LongList} label="Mirrors" pages=${pages} columns=${columns} keyOf=${(it) => it.id} rowPx=${ROW_PX}
      sorted=${sorted} onSort=${(sort) => setQuery({ sort })} empty=${html`<${Empty} title="No mirror fits." action=${all} />`} /></div>`;
}
