/** One mirror: the run that goes on, what it lists and leaves out, what it is set to, and what it did. */

import {
  Badge, Button, bytes, channelHref, channelPath, count, Facts, Figures, html, Loaded, mayAnywhere, navigate, Notice, path,
  RunState, Section, Time, useAllowed, useGet,
} from "../../kit.js";
import { ChannelPage } from "../channel/shell.js";
import { CRONS, filtersOf, MODES, typeOf } from "../mirror_form/wish.js";
import { useActs, MirrorMenu, mirrorHref, mirrorPath } from "../mirrors/acts.js";
import { MIRROR_NEWS } from "../mirrors/mirror_table.js";
import { useNow, rowOf } from "../mirrors/runs_now.js";
import { LeftOut } from "./decided.js";
import { LiveRun } from "./live_run.js";
import { Runs } from "./runs.js";

/** A mirror, always as it is now. */
export function useMirror(channel, id) {
  const it = useGet(`${channelPath(channel)}${path`/mirrors/${id}`}?logs=false`, { on: MIRROR_NEWS, when: ({ data }) => !data.mirror_id || data.mirror_id === id });
  return { ...it, data: it.data && rowOf(it.data, channel) };
}

export const mirrorsCrumb = (channel) => ({ href: channelHref(channel, "/mirrors"), text: "Mirrors" });

export default function MirrorDetails({ channel, mirror: id }) {
  const it = useMirror(channel, id);
  const { may } = useAllowed(channel);
  const mirror = it.data;
  const title = mirror?.name ?? "Mirror";
  const known = mirror && { mirror, reload: it.reload, mayEdit: may("channel.mirror:edit") };
  return html`<${ChannelPage} channel=${channel} title=${title} above=${[mirrorsCrumb(channel)]}
      badges=${mirror && html`<${StateOf} mirror=${mirror} /><${Badge}>${typeOf(mirror.type).text}<//><${Badge}>${mirror.mode}<//>`} actions=${known && html`<${Acts} ...${known} />`}>
    <${Loaded} of=${it}>${() => html`
      <${LiveRun} mirror=${mirror} />
      <${HowItEnded} mirror=${mirror} />
      <${Holds} mirror=${mirror} />
      <${Section} title="Runs"><div class="stack"><${Runs} mirror=${mirror} /></div><//>`}<//>
  <//>`;
}

const StateOf = ({ mirror }) => html`<${RunState} state=${useNow(mirror).state} />`;

function Acts({ mirror, mayEdit, reload }) {
  const acts = useActs(mirror, reload);
  const { isActive } = useNow(mirror);
  const main = isActive ? acts.stop : acts.run;
  return html`${acts.problem}${mayEdit && html`
      <${Button} kind=${isActive ? "plain" : "primary"} icon=${main.icon} disabled=${main.isOff} onClick=${main.act}>${main.label}<//>
      <${Button} icon="edit" href=${mirrorHref(mirror, "/edit")}>Edit<//>`}
    <${MirrorMenu} isPage mirror=${mirror} mayEdit=${mayEdit} reload=${reload} onGone=${() => navigate(channelHref(mirror.channel, "/mirrors"), { replace: true })} />`;
}

function HowItEnded({ mirror }) {
  const { state, isActive } = useNow(mirror);
  const { last_exception: why, count: counts } = mirror.sync_state;
  const run = html`<a href=${mirrorHref(mirror, `/runs/${mirror.run_number}`)}>run ${count(mirror.run_number)}</a>`;
  if (isActive) return null;
  if (state === "failed") return html`<${Notice} kind="bad"><strong>The last run failed</strong> (${run}): ${why ?? "it did not say why."} What it listed before stays.<//>`;
  if (state === "stopped") return html`<${Notice} kind="warn">The last run was stopped (${run}); what it had stored stays. Restart it to go on.<//>`;
  return counts.failed > 0 && html`<${Notice} kind="warn">${count(counts.failed)} ${counts.failed === 1 ? "file" : "files"} could not be had in the last run; ${run} names them. The next one asks for them again.<//>`;
}

/** What the mirror lists and leaves out now, beside what it is set to. */
function Holds({ mirror }) {
  const base = mirrorPath(mirror);
  const hasRun = mirror.catalogue_run !== null;
  const decided = useGet(hasRun ? `${base}/decisions?limit=1` : null, { on: ["mirror.finished", "catalogue.decided"], when: ({ data }) => data.mirror_id === mirror.id });
  const { count: counts } = mirror.sync_state;
  const sums = decided.data?.count;
  const out = sums && Object.values(sums.excluded).reduce((total, n) => total + n, 0);
  return html`
    ${hasRun && html`<${Figures} items=${[
      ["Files listed", count(sums?.listed), sums && bytes(sums.listed_bytes)],
      ["Left out", count(out), "by filters and policy"],
      ["Failed", count(counts.failed), "in the last run"],
      ["Removed", count(counts.removed), "by the last run"],
      counts.unread > 0 && ["Not read yet", count(counts.unread), "projects"],
    ]} />`}
    <div class="columns">
      <${Section} title="Settings"><div class="card"><${Settings} mirror=${mirror} /></div><//>
      ${hasRun && html`<${Section} title="Left out">
        <${Loaded} of=${decided}>${() => html`<${LeftOut} address=${`${base}/decisions`} counts=${sums.excluded} listed=${sums.listed} />`}<//>
      <//>`}
    </div>`;
}

const cronWords = (cron) => CRONS.find((one) => one.value === cron)?.text ?? html`<code>${cron}</code> (UTC)`;

function Settings({ mirror }) {
  const inForce = useGet(`${mirrorPath(mirror)}/policy`, { on: MIRROR_NEWS });
  const known = [{ key: "subdirs", label: "Platforms" }, ...filtersOf(mirror.type)];
  const filters = Object.entries(mirror.filters).map(([key, value]) => `${known.find((one) => one.key === key)?.label ?? key}: ${value === true ? "yes" : [value].flat().join(", ")}`);
  return html`<${Facts} items=${[
    ["Source", html`<code>${mirror.source_root}</code>`],
    mirror.proxy && ["Proxy", html`<code>${mirror.proxy}</code>`],
    ["Mode", MODES.find((one) => one.value === mirror.mode)?.help],
    ["Schedule", html`${cronWords(mirror.cron)}${mirror.next_run_at && html`, again <${Time} at=${mirror.next_run_at} />`}`],
    ["Policy", inForce.data && html`<${Policy} of=${inForce.data} />`],
    ["Filters", filters.length ? filters.map((text) => html`<div key=${text}>${text}</div>`) : "None"],
    ["Upstream removals", mirror.upstream_removals === "keep" ? "What the source takes away stays" : "What the source takes away goes"],
    ["Created", html`<${Time} at=${mirror.created_at} />${mirror.updated_at && html`, edited <${Time} at=${mirror.updated_at} />`}`],
  ]} />`;
}

const Policy = ({ of: { policy, of, summary } }) =>
  policy
    ? html`${mayAnywhere("policy:view") ? html`<a href=${path`/ui/policies/${policy.name}`}>${policy.name}</a>` : policy.name}, ${of === "mirror" ? "the mirror's own" : "the channel's"}
        <ol>${summary.map((one) => html`<li key=${one.rule}>${one.text}</li>`)}</ol>`
    : "None";
