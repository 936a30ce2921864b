/** Names that sources of a channel's mirrors have and the channel does not show, with what counts against them. */

import { col, Button, channelPath, count, Empty, html, list, LongList, place, plural, setQuery, usePages, withQuery } from "../../kit.js";
import { cut, nameLink } from "./columns.js";
import { Choice } from "./filters.js";
import { familyWord, reasonWords } from "./words.js";

const whyWords = ({ reasons }) => Object.entries(reasons).map(([reason, files]) => `${plural(files, "file")}: ${reasonWords(reason)}`).join("; ");

const columns = (key) => [
  col("Name", (it) => nameLink(key, it), "main"),
  col("Type", (it) => familyWord(it.family), "spare"),
  col("Why not here", (it) => cut(whyWords(it), "why")),
  col("Mirror", (it) => list(it.mirrors.map((one) => one.mirror)), "spare"),
];

/** @param {{channel: string, on: object}} props `on` as of usePages */
export function LeftOutList({ channel: key, on }) {
  const { query } = place.value;
  const [q, family, reason] = ["q", "family", "reason"].map((name) => query.get(name));
  const pages = usePages(withQuery(`${channelPath(key)}/artifacts/excluded`, { q, family, reason }), on);
  const reasons = Object.entries(pages.first?.reasons ?? {});
  const options = [["", "Any reason"], ...reasons.map(([word, names]) => [word, `${reasonWords(word)} · ${count(names)}`])];
  const all = html`<${Button} onClick=${() => setQuery({ q: "", family: "", reason: "", show: "" })}>Show all packages<//>`;
  return html`
    <p class="told" role="status">${pages.total > 0 && `${plural(pages.total, "package")} not here`}</p>
    ${(reason || reasons.length > 1) && html`<div class="toolbar"><${Choice} label="Reason" name="reason" options=${options} /></div>`}
    <${LongList} label="Packages that are not here" pages=${pages} columns=${columns(key)} keyOf=${(it) => `${it.family}/${it.name}`}
      empty=${html`<${Empty} title=${q ? `No source has more named “${q}” than what is here.` : "All that the sources have is here."} action=${all}>
        ${q ? "Look at how it is spelled, or whether a mirror of this channel has such packages." : "What policies and filters leave out would be listed here, with the reason."}
      <//>`} />`;
}
