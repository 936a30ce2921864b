/** The columns of lists of packages, in a channel and over all. */

import { col, Badge, bytes, count, html, shortCount, Time } from "../../kit.js";
import { familyWord, keyOfItem, packageHref, scoreKind } from "./words.js";

const STATES = {
  active: ["good", "Stored", "All files are stored on this server"],
  passive: ["neutral", "On demand", "A file is fetched, checked and stored when somebody first asks for it"],
  mixed: ["neutral", "Both", "Some mirrors store their files, others fetch them on demand"],
};

/** Whether the files of a package, or one file, are stored. @param {{state: "active"|"passive"|"mixed"}} props */
export function Presence({ state }) {
  const [kind, word, title] = STATES[state];
  return html`<${Badge} kind=${kind} title=${title}>${word}<//>`;
}

/** How many vulnerabilities and the worst score; nothing where none is known. */
export function Cves({ count: n, score }) {
  if (!n) return "";
  const worst = score?.toFixed(1);
  return html`<${Badge} kind=${scoreKind(score)} title=${`${n} known${worst ? `, highest score ${worst}` : ""}`}>${count(n)}${worst && html` <span aria-hidden="true">·</span> ${worst}`}<//>`;
}

/** A text that may be longer than its place; `kind` adds classes. */
export const cut = (text, kind = "") => html`<span class=${`cut ${kind}`} title=${text}>${text}</span>`;

/** A package's name, which leads to it. */
export const nameLink = (key, { family, name }) => html`<a class="cut" title=${name} href=${packageHref(key, family, name)}>${name}</a>`;

const NAME = col("Name", (it) => nameLink(keyOfItem(it), it), "main", "name");

const FACTS = [
  col("Latest version", (it) => html`<span class="version">${it.metadata.version || html`<span class="soft">not read yet</span>`}</span>`),
  col("Type", (it) => familyWord(it.family), "spare"),
  col("License", (it) => cut(it.metadata.license), "roomy spare"),
  col("CVEs", (it) => html`<${Cves} count=${it.cve_count} score=${it.cve_score} />`),
  col("Files", (it) => (it.file_count ? count(it.file_count) : "–"), "number spare", "file_count"),
  col("Size", (it) => (it.file_count ? bytes(it.size) : "–"), "number spare", "size"),
  col("Files are", (it) => html`<${Presence} state=${it.state} />`, "spare"),
  col("Downloads", (it) => shortCount(it.download_count), "number roomy spare", "download_count"),
  col("Newest file", (it) => html`<${Time} at=${it.updated_at} />`, "spare", "updated_at"),
];

/** Those of one channel. */
export const COLUMNS = [NAME, ...FACTS];

/** Those of the search over all channels. */
export const ALL_COLUMNS = [NAME, col("Channel", (it) => cut(keyOfItem(it))), ...FACTS];
