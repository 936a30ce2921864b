/** The search over the packages of all channels that one may see. */

import { Empty, html, LongList, Page, place, plural, SearchBox, usePages, withQuery } from "../../kit.js";
import { ALL_COLUMNS } from "./columns.js";
import { askedQuery, isNarrowed, ShowChoice, sorting, TypeChoice } from "./filters.js";
import { keyOfItem } from "./words.js";

const EVENTS = { on: ["channel.published", "channel.deleted", "advisories.changed"] };

export default function Search() {
  const pages = usePages(withQuery("/api/artifacts", askedQuery()), EVENTS);
  return html`<${Page} title="Packages" lead="In all channels that you may see.">
    <div class="toolbar">
      <${SearchBox} label="Search all packages" />
      <${TypeChoice} />
      <${ShowChoice} />
    </div>
    <p class="told" role="status">${pages.total !== undefined && plural(pages.total, "package")}</p>
    <${LongList} label="Packages of all channels" pages=${pages} columns=${ALL_COLUMNS} keyOf=${(it) => `${keyOfItem(it)}/${it.family}/${it.name}`} ...${sorting()}
      empty=${html`<${Empty} title=${isNarrowed() ? "No channel shows such a package." : "No channel shows packages yet."}>
        ${isNarrowed() && "A channel's own search tells what its sources have and it does not show."}
      <//>`} />
  <//>`;
}
