/** What was left out, by reason; each leads to its files with the rule that says so. */

import { Badge, Button, bytes, col, count, Dialog, Empty, html, path, LongList, place, plural, SearchBox, setQuery, Table, useCursor, withQuery } from "../../kit.js";
import { reasonWords } from "../packages/words.js";

/** A rule, and the policy that it stands in. */
const RuleOf = ({ of: { rule, policy, policy_name: name } }) =>
  rule ? html`${rule}${policy && html` <a class="soft" href=${path`/ui/policies/${name ?? policy}`}>${name ?? policy}</a>`}` : "–";

/**
 * @param {{address: string, counts: Record<string, number>, listed: number}} props `address` of the decisions, `counts` by reason
 */
export function LeftOut({ address, counts, listed }) {
  const rows = Object.entries(counts).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);
  const open = place.value.query.get("files");
  const isKept = open === "kept";
  const show = (what) => () => setQuery({ files: what }, { replace: false });
  const columns = [
    col("Reason", ([reason]) => reasonWords(reason), "main"),
    col("Files", ([reason, n]) => html`<${Button} onClick=${show(reason)} aria-label=${`Show the ${plural(n, "file")} left out: ${reasonWords(reason)}`}>${count(n)}<//>`, "number"),
  ];
  return html`<div class="stack by-reason">
    ${rows.length ? html`<${Table} label="Left out, by reason" columns=${columns} rows=${rows} keyOf=${([reason]) => reason} />` : html`<p class="soft">Nothing was left out.</p>`}
    ${listed > 0 && html`<p><${Button} onClick=${show("kept")}>Show the ${plural(listed, "file")} that may enter<//></p>`}
    ${open && html`<${ChangeDialog} name="files" title=${isKept ? "Files that may enter" : `Left out: ${reasonWords(open)}`}
      address=${withQuery(address, isKept ? { decision: open } : { decision: "excluded", reason: open })} columns=${isKept ? [FILE, SIZE] : [FILE, ...WHY, SIZE]} />`}
  </div>`;
}

export const FILE = col("File", (it) => html`<code>${it.ckey}</code>`, "main");
const SIZE = col("Size", (it) => bytes(it.size_bytes), "number spare");
const WHY = [
  col("Rule", (it) => html`<${RuleOf} of=${it} />`),
  col("Why", (it) => html`<span class="clipped" title=${it.detail}>${it.detail ?? "–"}</span>`, "spare"),
];

/** A list of files by cursor, narrowed to a package; `name` of the address says that it is open. */
export function ChangeDialog({ name, title, address, columns }) {
  const onClose = () => setQuery({ [name]: null, package: null });
  const pages = useCursor(withQuery(address, { package: place.value.query.get("package") }));
  return html`<${Dialog} title=${title} isWide onClose=${onClose} actions=${html`<${Button} kind="primary" onClick=${onClose}>Close<//>`}>
    <${SearchBox} label="Package, by its whole name" name="package" />
    <${LongList} label=${title} pages=${pages} columns=${columns} keyOf=${(it) => it.ckey} empty=${html`<${Empty} title="No such file." />`} />
  <//>`;
}

const CHANGES = { gained: ["good", "Gained"], lost: ["bad", "Lost"], replaced: ["warn", "Replaced"] };
export const CHANGE_COLUMNS = [FILE, col("Change", ({ change }) => html`<${Badge} kind=${CHANGES[change][0]}>${CHANGES[change][1]}<//>`), ...WHY, SIZE];
