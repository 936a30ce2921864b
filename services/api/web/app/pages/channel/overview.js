/** A channel at a glance: its figures, how clients read it, what decides, what fills it, what happened. */

import {
  col, bytes, Button, channelHref, channelPath, count, Empty, Facts, Figures, html, path, list, Loaded, mayAnywhere, Notice, plural,
  privacyWord, Section, Table, Time, useAllowed, useGet,
} from "../../kit.js";
import { mirrorHref } from "../mirrors/acts.js";
import { StateNow } from "../mirrors/mirror_table.js";
import { rowOf } from "../mirrors/runs_now.js";
import { eventWords, subjectOf } from "../reports/history_words.js";
import { ClientCard } from "./client_card.js";
import { isOf } from "./read.js";
import { ChannelPage } from "./shell.js";

const RUNS = ["mirror.created", "mirror.updated", "mirror.deleted", "mirror.started", "mirror.finished"];
const DECIDES = ["policy.changed", "policy.assigned", "policy.unassigned"];
const MOST = 10;

export default function Overview({ channel: key }) {
  return html`<${ChannelPage} channel=${key}>${(channel) => html`<${Glance} of=${key} channel=${channel} />`}<//>`;
}

function Glance({ of: key, channel }) {
  const { may } = useAllowed(key);
  const mirrors = useGet(may("channel.mirror:view") ? `${channelPath(key)}/mirrors?logs=false&limit=${MOST}` : null, { on: RUNS, when: isOf(key) });
  const { revision, privacy } = channel;
  const filters = Object.entries(channel.filters).map(([name, value]) => html`<div key=${name}>${name.replaceAll("_", " ")}: ${[value].flat().join(", ")}</div>`);
  const fill = may("channel.mirror:view") && html`<${Mirrors} of=${key} mirrors=${mirrors} mayEdit=${may("channel.mirror:edit")} />`;
  return html`
    ${channel.is_frozen && html`<${Notice}>Frozen: clients read ${revision ? `revision ${count(revision.number)}` : "an empty channel"} until it is unfrozen. What mirrors bring meanwhile waits.<//>`}
    <${Figures} items=${[
      ["Packages", count(channel.package_count), plural(channel.artifact_count, "file")],
      ["Size", bytes(channel.size_bytes || null)],
      ["Downloads", count(channel.download_count)],
      ["Published", html`<${Time} at=${revision?.published_at} />`, revision && html`<a href=${channelHref(key, "/changes")}>revision ${count(revision.number)}</a>`],
    ]} />
    ${!revision && fill}
    <div class="columns">
      <${Section} title="Use this channel"><div class="card"><${ClientCard} of=${key} channel=${channel} types=${mirrors.data?.items.map((one) => one.mirror_type) ?? []} /></div><//>
      <div>
        <${Section} title="Policy"><div class="card"><${Policy} of=${key} /></div><//>
        <${Section} title="About"><div class="card"><${Facts} items=${[
          channel.description && ["Description", channel.description],
          ["Read by", privacyWord(privacy)],
          ["Owners", list(channel.owners)],
          filters.length > 0 && ["Filters", filters],
          ["Created", html`<${Time} at=${channel.created} />`],
        ]} /></div><//>
      </div>
    </div>
    ${revision && fill}
    ${revision && html`<${Conflicts} of=${key} />`}
    ${may("channel:history") && html`<${Recent} of=${key} />`}
  `;
}

function Policy({ of: key }) {
  const inForce = useGet(`${channelPath(key)}/policy`, { on: DECIDES, when: isOf(key) });
  return html`<${Loaded} of=${inForce}>${({ policy, summary }) =>
    policy
      ? html`<p>${mayAnywhere("policy:view") ? html`<a href=${path`/ui/policies/${policy.name}`}>${policy.name}</a>` : policy.name} <span class="soft">version ${policy.number}; decides for all mirrors without a policy of their own</span></p>
          <ol class="rules">${summary.map((one) => html`<li key=${one.rule}>${one.text}</li>`)}</ol>`
      : html`<p>None: all that its mirrors bring enters, but for what filters leave out.</p>`}<//>`;
}

function Mirrors({ of: key, mirrors, mayEdit }) {
  const create = mayEdit && html`<${Button} icon="plus" href=${channelHref(key, "/mirrors/new")}>Create mirror<//>`;
  const columns = [
    col("Mirror", (it) => html`<a href=${mirrorHref(it)}>${it.name}</a>`, "main"),
    col("State", (it) => html`<div class="run-now"><${StateNow} mirror=${it} /></div>`),
    col("Files", ({ sync_state: { count: n } }) => count(n.active + n.passive), "number spare"),
    col("Next run", (it) => html`<${Time} at=${it.next_run_at} />`, "spare"),
  ];
  return html`<${Section} title="Mirrors" actions=${create}>
    <${Loaded} of=${mirrors}>${({ items, total_count: total }) =>
      total
        ? html`<div class="mirrors glance"><${Table} label="Mirrors of this channel" columns=${columns} rows=${items.map((one) => rowOf(one, key))} keyOf=${(it) => it.id} /></div>
            ${total > MOST && html`<p><a href=${channelHref(key, "/mirrors")}>All ${plural(total, "mirror")}</a></p>`}`
        : html`<${Empty} title="No mirror fills this channel yet.">${mayEdit ? "Create one that follows a source, or upload packages of your own." : "Who manages the channel makes them."}<//>`}<//>
  <//>`;
}

/** Files that several mirrors bring with other bytes each; nothing where there are none, as nearly always. */
function Conflicts({ of: key }) {
  const { data } = useGet(`${channelPath(key)}/revisions?limit=1`, { on: ["channel.published"], when: isOf(key) });
  const files = data?.items[0]?.conflicts ?? [];
  if (!files.length) return null;
  return html`<${Section} title="Conflicts">
    <${Notice} kind="warn">${plural(files.length, "file")} came from several mirrors with different bytes. Clients get that of the mirror that was created first.<//>
    <ul class="mono">${files.slice(0, MOST).map((file) => html`<li key=${file}>${file}</li>`)}${files.length > MOST && html`<li>and ${count(files.length - MOST)} more</li>`}</ul>
  <//>`;
}

const HAPPENED = [
  col("What", (it) => html`${eventWords(it.event_type)} <span class="soft">${subjectOf(it) || (it.data.number && `revision ${it.data.number}`)}</span>`, "main"),
  col("By", (it) => it.meta.by, "spare"),
  col("When", (it) => html`<${Time} at=${it.created} />`),
];

function Recent({ of: key }) {
  const history = useGet(`${channelPath(key)}/history?limit=${MOST}`, { on: ["channel.updated", "channel.published", "channel.frozen", "channel.unfrozen", "channel.shared", ...RUNS], when: isOf(key) });
  return html`<${Section} title="Recent history">
    <${Loaded} of=${history}>${({ items }) => html`<div class="history"><${Table} label="What happened last" columns=${HAPPENED} rows=${items} keyOf=${(it) => it.event_id + it.event_type} /></div>`}<//>
  <//>`;
}
