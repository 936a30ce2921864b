/** Why files of a package are not here: rule by rule, in the words of /why; and letting in again what was removed by hand. */

import {
  col, Badge, Button, channelHref, channelPath, del, html, Loaded, may, path, ProblemBox, say, Section, Table, Time,
  useAct, useGet, useState, withQuery,
} from "../../kit.js";
import { cut } from "./columns.js";
import { fileOf } from "./words.js";

const SHOWN = 100;
const STATUSES = {
  excluded: ["warn", "Left out"],
  excluded_but_visible: ["warn", "Left out, still shown"],
  frozen: ["info", "Frozen"],
  not_published: ["info", "Not published yet"],
  not_stored: ["bad", "Not stored"],
  conflict: ["neutral", "Another file of this name"],
  stale: ["neutral", "Gone from the source"],
};

const COLUMNS = [
  col("File", (it) => cut(it.ckey, "mono"), "main"),
  col("Version", (it) => it.version, "spare"),
  col("State", ({ status }) => html`<${Badge} kind=${STATUSES[status]?.[0]}>${STATUSES[status]?.[1] ?? status}<//>`),
  col("Why", (it) => html`${it.words}${it.policy && may("policy:view") && html` <a href=${path`/ui/policies/${it.policy}`}>Show the policy</a>`}`),
];

/**
 * @param {{channel: string, family: string, name: string, on: object, mirrorsMay: boolean, mayRestore: boolean, isThere: boolean}} props
 *   `on` as of useGet; `isThere` tells whether clients see any of it.
 */
export function WhyNot({ channel: key, family, name, on, mirrorsMay, mayRestore, isThere }) {
  const why = useGet(withQuery(`${channelPath(key)}/why`, { spec: name }), on);
  return html`<${Section} title=${isThere ? "Not here, and why" : "Why it is not here"}>
    <${Loaded} of=${why}>${(data) => html`<${Answer} channel=${key} data=${data} mirrorsMay=${mirrorsMay} isThere=${isThere} />`}<//>
    <${Removals} channel=${key} family=${family} name=${name} on=${on} mayRestore=${mayRestore} />
  <//>`;
}

function Answer({ channel: key, data, mirrorsMay, isThere }) {
  const told = data.mirrors
    .map((one) => ({ ...one, hidden: (one.files ?? []).filter((file) => file.status !== "visible") }))
    .filter((one) => !isThere || one.hidden.length > 0);
  if (isThere && !told.length && !data.missing.length) return html`<p class="soft">All files that the sources have show here.</p>`;
  return html`<div class="stack">
    ${!isThere && html`<p>${data.words}.</p>`}
    ${told.map((one) => html`<${MirrorAnswer} key=${one.mirror_id} channel=${key} of=${one} mirrorsMay=${mirrorsMay} />`)}
    ${data.missing.length > 0 && html`<div><h3>What it needs and clients do not see</h3>
      <ul class="lines">${data.missing.map((one) => html`<li key=${one.chain.join()}><span class="mono">${[fileOf(one.ckey), ...one.chain].join(" → ")}</span>: ${one.words}</li>`)}</ul></div>`}
  </div>`;
}

function MirrorAnswer({ channel: key, of: one, mirrorsMay }) {
  const [isWhole, setWhole] = useState(false);
  const rows = isWhole ? one.hidden : one.hidden.slice(0, SHOWN);
  const isMirror = mirrorsMay && !one.mirror_id.startsWith("uploads-");
  return html`<div class="stack">
    <p><strong>${isMirror ? html`<a href=${channelHref(key, path`/mirrors/${one.mirror_id}`)}>${one.mirror}</a>` : one.mirror}</strong>: ${one.words}.</p>
    ${one.versions?.length > 0 && html`<p class="soft">Its source has the versions ${one.versions.join(", ")}.</p>`}
    ${one.names?.length > 0 && html`<p class="soft">Its source has names like it: ${one.names.join(", ")}.</p>`}
    ${rows.length > 0 && html`<${Table} label=${`Files of ${one.mirror} that are not here`} columns=${COLUMNS} rows=${rows} keyOf=${(it) => it.ckey} />`}
    ${one.hidden.length > rows.length && html`<div><${Button} onClick=${() => setWhole(true)}>Show all ${one.hidden.length}<//></div>`}
    ${one.file_count > (one.files?.length ?? 0) && html`<p class="soft">These are the first ${one.files.length} of ${one.file_count} files.</p>`}
  </div>`;
}

/** What people took out by hand. */
function Removals({ channel: key, family, name, on, mayRestore }) {
  const all = useGet(`${channelPath(key)}/removals?limit=1000`, on);
  const restore = useAct(async (it) => {
    await del(channelPath(key) + path`/removals/${it.id}`);
    say(`${it.ckey ? fileOf(it.ckey) : it.name} is let in again; it shows when the channel is published.`);
    await all.reload();
  });
  const own = (all.data?.items ?? []).filter((it) => it.family === family && it.name === name);
  if (!own.length) return null;
  return html`<h3>Removed by hand</h3>
    <${ProblemBox} problem=${restore.error} />
    <ul class="lines">${own.map((it) => html`<li key=${it.id} class="row">
      <span>${it.ckey ? html`<span class="mono">${it.ckey}</span>` : "All of its files"}, ${it.by ? `by ${it.by} ` : ""}<${Time} at=${it.at} /></span>
      ${mayRestore && html`<${Button} isBusy=${restore.isBusy} onClick=${() => restore.run(it)}>Let in again<//>`}
    </li>`)}</ul>`;
}
