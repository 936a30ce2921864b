/** A channel at a glance: its figures, how clients read it, what decides, what fills it, what happened. */

import {
  bytes, Button, channelHref, channelPath, count, Empty, Facts, Figures, html, list, Loaded, may as mayAnywhere, Notice,
  plural, privacyWord, Progress, RunState, Section, Table, Time, useAllowed, useGet, useLive, useState,
} from "../../kit.js";
import { eventWords, subjectOf } from "../reports/history_words.js";
import { ClientCard } from "./client_card.js";
import { isOf } from "./read.js";
import { ChannelPage } from "./shell.js";

const RUNS = ["mirror.created", "mirror.updated", "mirror.deleted", "mirror.started", "mirror.finished", "mirror.stop", "mirror.rejected"];
const DECIDES = ["policy.changed", "policy.assigned", "policy.unassigned", "channel.frozen", "channel.unfrozen"];
const MOST_CONFLICTS = 20;

export default function Overview({ channel: key }) {
  return html`<${ChannelPage} channel=${key}>${(channel) => html`<${Glance} of=${key} channel=${channel} />`}<//>`;
}

function Glance({ of: key, channel }) {
  const { may } = useAllowed(key);
  const mirrors = useGet(may("channel.mirror:view") ? `${channelPath(key)}/mirrors` : null, { on: RUNS, when: isOf(key) });
  const types = [...new Set(mirrors.data?.items.map((one) => one.mirror_type))];
  const { revision } = channel;
  return html`
    ${channel.is_frozen && html`<${Notice}>Frozen: clients read ${revision ? `revision ${count(revision.number)}` : "an empty channel"} until it is unfrozen. What mirrors bring meanwhile waits.<//>`}
    <${Figures} items=${[
      { label: "Packages", value: count(channel.package_count), note: plural(channel.artifact_count, "file") },
      { label: "Size", value: bytes(channel.size_bytes) },
      { label: "Downloads", value: count(channel.download_count) },
      { label: "Published", value: html`<${Time} at=${revision?.published_at} />`, note: revision && html`<a href=${channelHref(key, "/changes")}>revision ${count(revision.number)}</a>` },
    ]} />
    <div class="columns">
      <${Section} title="Use this channel"><div class="card"><${ClientCard} of=${key} channel=${channel} types=${types} /></div><//>
      <div>
        <${Section} title="Policy"><div class="card"><${Policy} of=${key} /></div><//>
        <${Section} title="About"><div class="card"><${About} channel=${channel} /></div><//>
      </div>
    </div>
    ${may("channel.mirror:view") && html`<${Mirrors} of=${key} mirrors=${mirrors} mayEdit=${may("channel.mirror:edit")} />`}
    ${revision && html`<${Conflicts} of=${key} />`}
    ${may("channel:history") && html`<${Recent} of=${key} />`}
  `;
}

function Policy({ of: key }) {
  const inForce = useGet(`${channelPath(key)}/policy`, { on: DECIDES, when: isOf(key) });
  return html`<${Loaded} of=${inForce}>${({ policy, summary }) =>
    policy
      ? html`<div class="stack">
          <p>${mayAnywhere("policy:view") ? html`<a href=${`/ui/policies/${encodeURIComponent(policy.name)}`}>${policy.name}</a>` : html`<strong>${policy.name}</strong>`} <span class="soft">version ${policy.number}; decides for all mirrors without a policy of their own</span></p>
          <ol class="rules">${summary.map((one) => html`<li key=${one.rule}>${one.text}</li>`)}</ol>
        </div>`
      : html`<p>None: all that its mirrors bring enters, but for what filters leave out.</p>`}<//>`;
}

function About({ channel }) {
  const filters = Object.entries(channel.filters).map(([name, value]) => `${name.replaceAll("_", " ")}: ${[value].flat().join(", ")}`);
  return html`<${Facts} items=${[
    channel.description && ["Description", channel.description],
    ["Read by", privacyWord(channel.privacy)],
    ["Owners", list(channel.owners)],
    filters.length > 0 && ["Filters", filters.map((text) => html`<div key=${text}>${text}</div>`)],
    ["Created", html`<${Time} at=${channel.created} />`],
  ]} />`;
}

function Mirrors({ of: key, mirrors, mayEdit }) {
  const [steps, setSteps] = useState({});
  useLive(["mirror.progress"], ({ data }) => data.channel === key && setSteps((was) => ({ ...was, [data.mirror_id]: data })));
  const create = mayEdit && html`<${Button} icon="plus" href=${channelHref(key, "/mirrors/new")}>Create mirror<//>`;
  const stateOf = ({ mirror_id, mirror_name, state, run_number, sync_state: { current_step_description, current_step_percentage } }) => {
    if (state !== "running" && state !== "stopping") return html`<${RunState} state=${state} />`;
    const now = steps[mirror_id]?.run_number === run_number ? steps[mirror_id] : { step: current_step_description, step_percent: current_step_percentage };
    return html`<${RunState} state=${state} /> <span class="soft">${now.step}</span><${Progress} percent=${now.step_percent} label=${`${mirror_name}: ${now.step}`} />`;
  };
  const columns = [
    { name: "name", title: "Mirror", kind: "main", draw: (one) => html`<a href=${channelHref(key, `/mirrors/${encodeURIComponent(one.mirror_id)}`)}>${one.mirror_name}</a>` },
    { name: "state", title: "State", draw: stateOf },
    { name: "files", title: "Files", kind: "number", draw: ({ sync_state: { count: n } }) => count(n.active + n.passive) },
    { name: "last", title: "Last run", isWideOnly: true, draw: (one) => html`<${Time} at=${one.last_run_at} />` },
    { name: "next", title: "Next run", isWideOnly: true, draw: (one) => html`<${Time} at=${one.next_run_at} />` },
  ];
  return html`<${Section} title="Mirrors" actions=${create}>
    <${Loaded} of=${mirrors}>${({ items }) =>
      items.length
        ? html`<${Table} label="Mirrors of this channel" columns=${columns} rows=${items} keyOf=${(one) => one.mirror_id} />`
        : html`<${Empty} title="No mirror fills this channel yet.">${mayEdit ? "Create one that follows a source, or upload packages of your own." : "Who manages the channel makes them."}<//>`}<//>
  <//>`;
}

/** Files that several mirrors bring with other bytes each; nothing where there are none, as nearly always. */
function Conflicts({ of: key }) {
  const { data } = useGet(`${channelPath(key)}/revisions?limit=1`, { on: ["channel.published"], when: isOf(key) });
  const files = data?.items[0]?.conflicts ?? [];
  if (!files.length) return null;
  return html`<${Section} title="Conflicts">
    <${Notice} kind="warn">${plural(files.length, "file")} of the same name came from several mirrors with different bytes. Clients get that of the mirror that was created first.<//>
    <ul class="mono">${files.slice(0, MOST_CONFLICTS).map((file) => html`<li key=${file}>${file}</li>`)}</ul>
    ${files.length > MOST_CONFLICTS && html`<p class="soft">and ${plural(files.length - MOST_CONFLICTS, "file")} more</p>`}
  <//>`;
}

function Recent({ of: key }) {
  const history = useGet(`${channelPath(key)}/history?limit=8`, { on: ["channel.updated", "channel.published", "channel.frozen", "channel.unfrozen", "channel.shared", ...RUNS], when: isOf(key) });
  const columns = [
    { name: "what", title: "What", kind: "main", draw: (one) => html`${eventWords(one.event_type)} <span class="soft">${subjectOf(one) || (one.data.number && `revision ${one.data.number}`)}</span>` },
    { name: "by", title: "By", isWideOnly: true, draw: (one) => one.meta.by ?? "" },
    { name: "when", title: "When", draw: (one) => html`<${Time} at=${one.created} />` },
  ];
  return html`<${Section} title="Recent history">
    <${Loaded} of=${history}>${({ items }) => html`<div class="history"><${Table} label="What happened last" columns=${columns} rows=${items} keyOf=${(one) => one.event_id} /></div>`}<//>
  <//>`;
}
