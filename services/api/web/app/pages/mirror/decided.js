/** What was left out, by reason; each leads to its files with the rule that says so. */

import { Badge, Button, bytes, count, Dialog, Empty, html, LongList, place, plural, SearchBox, setQuery, Table, useCursor, withQuery } from "../../kit.js";
import { reasonWords } from "../packages/words.js";

/** A rule, and the policy that it stands in. */
export const RuleOf = ({ of: { rule, policy, policy_name: name } }) =>
  rule ? html`${rule}${policy && html` <a class="soft" href=${`/ui/policies/${encodeURIComponent(name ?? policy)}`}>${name ?? policy}</a>`}` : "–";

/**
 * @param {{address: string|null, counts: Record<string, number>, listed: number}} props `address` of the decisions, null where they
 *   are not kept; `counts` by reason
 */
export function LeftOut({ address, counts, listed }) {
  const rows = Object.entries(counts).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);
  const open = place.value.query.get("files");
  const show = (what) => () => setQuery({ files: what }, { replace: false });
  const columns = [
    { name: "reason", title: "Reason", kind: "main", draw: ([reason]) => reasonWords(reason) },
    { name: "files", title: "Files", kind: "number", draw: ([, n]) => count(n) },
    address && { name: "show", title: html`<span class="off-screen">Actions</span>`, kind: "actions", draw: ([reason, n]) => html`<${Button} onClick=${show(reason)} aria-label=${`Show the ${plural(n, "file")} left out: ${reasonWords(reason)}`}>Show<//>` },
  ].filter(Boolean);
  return html`<div class="stack by-reason">
    ${rows.length ? html`<${Table} label="Left out, by reason" columns=${columns} rows=${rows} keyOf=${([reason]) => reason} />` : html`<p class="soft">Nothing was left out.</p>`}
    ${address && listed > 0 && html`<p><${Button} onClick=${show("kept")}>Show the ${plural(listed, "file")} that may enter<//></p>`}
    ${address && open && html`<${Files} address=${address} what=${open} />`}
  </div>`;
}

const FILE = { name: "file", title: "File", kind: "main", draw: (it) => html`<code>${it.ckey}</code>` };
const SIZE = { name: "size", title: "Size", kind: "number", isWideOnly: true, draw: (it) => bytes(it.size_bytes) };
export const WHY = [
  { name: "rule", title: "Rule", draw: (it) => html`<${RuleOf} of=${it} />` },
  { name: "why", title: "Why", isWideOnly: true, draw: (it) => html`<span class="clipped" title=${it.detail}>${it.detail ?? "–"}</span>` },
];

function Files({ address, what }) {
  const isKept = what === "kept";
  const wish = isKept ? { decision: "kept" } : { decision: "excluded", reason: what };
  const title = isKept ? "Files that may enter" : `Left out: ${reasonWords(what)}`;
  return html`<${FileDialog} title=${title} address=${withQuery(address, wish)} columns=${isKept ? [FILE, SIZE] : [FILE, ...WHY, SIZE]} onClose=${() => setQuery({ files: null, package: null })} />`;
}

/** A list of files by cursor, narrowed to a package. */
export function FileDialog({ title, address, columns, onClose }) {
  const pages = useCursor(withQuery(address, { package: place.value.query.get("package") }));
  return html`<${Dialog} title=${title} isWide onClose=${onClose} actions=${html`<${Button} kind="primary" onClick=${onClose}>Close<//>`}>
    <${SearchBox} label="Package, by its whole name" name="package" />
    <${LongList} label=${title} pages=${pages} columns=${columns} keyOf=${(it) => it.ckey} empty=${html`<${Empty} title="No such file." />`} />
  <//>`;
}

const CHANGES = { gained: ["good", "Gained"], lost: ["bad", "Lost"], replaced: ["warn", "Replaced"] };
export const CHANGE_COLUMNS = [FILE, { name: "change", title: "Change", draw: ({ change }) => html`<${Badge} kind=${CHANGES[change][0]}>${CHANGES[change][1]}<//>` }, ...WHY, SIZE];
