/** Two revisions compared: which packages came, went or have other files, and these files. */

import {
  col, Badge, Button, bytes, channelHref, channelPath, count, Empty, Figures, html, Icon, Loading, place, plural, ProblemBox,
  SearchBox, setQuery, Table, useAllowed, useCursor, useGet, useState, withQuery,
} from "../../kit.js";
import { isOf, useChannel } from "./read.js";
import { Signs, why } from "./revision_columns.js";
import { RollBack } from "./roll_back.js";
import { ChannelPage } from "./shell.js";

const WORDS = { added: ["good", "Added"], removed: ["bad", "Removed"], changed: ["info", "Changed"], replaced: ["warn", "Replaced"] };
const KINDS = [["", "All changes"], ["added", "Added"], ["removed", "Removed"], ["changed", "Changed"]];
const MOST_LISTED = 500;

/** @param {{channel: string, revision: number}} props the key, and the number of the later one */
export function RevisionChanges({ channel, revision }) {
  const { query } = place.value;
  const against = query.get("against");
  const base = `${channelPath(channel)}/revisions`;
  const wish = { against, q: query.get("q"), change: query.get("change") };
  const pages = useCursor(withQuery(`${base}/${revision}/changes`, wish), { size: 200 });
  const kept = useGet(withQuery(base, { limit: MOST_LISTED }), { on: ["channel.published"], when: isOf(channel) });
  const it = useChannel(channel);
  const { may } = useAllowed(channel);
  const [isAsking, setAsking] = useState(false);
  const shown = kept.data?.items.find((one) => one.number === revision);
  const canRollBack = shown?.can_roll_back && may("channel:edit") && it.data;
  return html`<${ChannelPage} channel=${channel} title=${`Revision ${count(revision)}`} above=${[{ href: channelHref(channel, "/changes"), text: "Changes" }]}
      lead=${shown && why(shown.by)} badges=${shown?.is_current && html`<${Badge} kind="good">Now<//>`}
      actions=${canRollBack && html`<${Button} icon="back" onClick=${() => setAsking(true)}>Roll back…<//>`}>
    <${Choice} revisions=${kept.data?.items ?? []} revision=${revision} against=${pages.first?.against ?? (against && Number(against))} isDefault=${!against} />
    ${pages.first && html`<${Summary} summary=${pages.first.summary} />`}
    <${Packages} pages=${pages} isNarrowed=${Boolean(wish.q || wish.change)} />
    ${isAsking && html`<${RollBack} channel=${channel} revision=${shown} current=${it.data.revision.number} isFrozen=${it.data.is_frozen} onDone=${kept.reload} onClose=${() => setAsking(false)} />`}
  <//>`;
}

/** Which two are compared. */
function Choice({ revisions, revision, against, isDefault }) {
  const option = (one) => html`<option key=${one.number} value=${one.number}>${count(one.number)}${one.is_current ? " (now)" : ""}</option>`;
  const has = (number) => revisions.some((one) => one.number === number);
  const pick = (name) => (event) => setQuery({ [name]: event.target.value }, { replace: false });
  return html`<div class="toolbar two-revisions">
    <label>Revision
      <select class="input" value=${revision} onChange=${pick("revision")}>${!has(revision) && option({ number: revision })}${revisions.map(option)}</select>
    </label>
    <label>against
      <select class="input" value=${isDefault ? "" : against} onChange=${pick("against")}>
        <option value="">${against && isDefault ? `the one before (${count(against)})` : "the one before"}</option>
        ${revisions.filter((one) => one.number !== revision).map(option)}
      </select>
    </label>
    <select class="input end" aria-label="Kind of change" value=${place.value.query.get("change") ?? ""} onChange=${pick("change")}>
      ${KINDS.map(([value, text]) => html`<option key=${value} value=${value}>${text}</option>`)}
    </select>
    <${SearchBox} label="Search packages" />
  </div>`;
}

function Summary({ summary }) {
  const { packages, added, removed, replaced } = summary;
  const figure = (label, { files, size_bytes: size }) => [label, count(files), files > 0 && bytes(size)];
  return html`<${Figures} items=${[
    ["Packages", html`<${Signs} of="packages" ...${packages} />`, summary.unread > 0 && `${plural(summary.unread, "package")} not read yet`],
    figure("Files added", added),
    figure("Files removed", removed),
    figure("Files replaced", replaced),
  ]} />`;
}

function Packages({ pages, isNarrowed }) {
  const [open, setOpen] = useState(new Set());
  const rows = Array.from({ length: pages.total ?? 0 }, (_, at) => pages.rowAt(at));
  const keyOf = ({ family, name }) => `${family}/${name}`;
  const turn = (row) => {
    const key = keyOf(row);
    const next = new Set(open);
    if (!next.delete(key)) next.add(key);
    setOpen(next);
  };
  if (pages.error && rows.length === 0) return html`<${ProblemBox} problem=${pages.error} onRetry=${pages.reload} />`;
  if (pages.total === undefined || (rows.length === 0 && pages.isLoading)) return html`<${Loading} />`;
  if (rows.length === 0) return html`<${Empty} title=${isNarrowed ? "No changed package fits." : "Both list the same files."} />`;
  const columns = [
    col("Package", (row) => html`<${Name} row=${row} isOpen=${open.has(keyOf(row))} onTurn=${() => turn(row)} />`, "main"),
    col("Change", (row) => html`<${Word} of=${row.change} />`),
    col("Files", (row) => html`<${Signs} of="files" ...${countFiles(row.files)} />`, "number"),
    col("Kind", (row) => row.family, "spare"),
  ];
  return html`
    <${Table} label="Changed packages" columns=${columns} rows=${rows} keyOf=${keyOf} below=${(row) => open.has(keyOf(row)) && html`<${Files} files=${row.files} />`} />
    <${ProblemBox} problem=${pages.error} onRetry=${() => pages.want(0, rows.length)} />
    ${!pages.isWhole && html`<p class="show-more"><${Button} isBusy=${pages.isLoading} onClick=${() => pages.want(0, rows.length)}>Show more packages<//></p>`}`;
}

const Word = ({ of }) => html`<${Badge} kind=${WORDS[of][0]}>${WORDS[of][1]}<//>`;

function Name({ row, isOpen, onTurn }) {
  if (row.files.length === 0) {
    return html`<span class="row">${row.name} <small class="soft">${row.is_unread ? "nobody has read it yet" : "told otherwise by its source"}</small></span>`;
  }
  return html`<button type="button" class="unfold" aria-expanded=${isOpen} onClick=${onTurn}><${Icon} name=${isOpen ? "down" : "right"} />${row.name}</button>`;
}

function countFiles(files) {
  const of = (change) => files.filter((file) => file.change === change).length;
  return { added: of("added"), removed: of("removed"), changed: of("replaced") };
}

const Files = ({ files }) =>
  html`<ul class="changed-files">
    ${files.map(
      (file) => html`<li key=${file.ckey}>
        <${Word} of=${file.change} /> <span class="mono">${file.ckey}</span> <span class="soft">${bytes(file.size_bytes)}</span>
        ${file.change !== "removed" && !file.is_stored && html`<span class="soft" title="It is fetched from its source when a client asks">not stored</span>`}
        ${file.is_removed_by_hand && html`<${Badge} kind="warn">Taken out by hand<//>`}
      </li>`,
    )}
  </ul>`;
