/** The files of a package: newest first, found by a part of their path, chosen for copying, moving, deleting. */

import { col, Button, bytes, count, Empty, html, LongList, place, plural, SearchBox, Section, setQuery, shortCount, Time, usePages, useState, withQuery } from "../../kit.js";
import { BulkDialog } from "./bulk_dialog.js";
import { Cves, Presence } from "./columns.js";
import { FileDialog } from "./file_dialog.js";
import { downloadHref, platformOf } from "./file_words.js";
import { fileOf } from "./words.js";

/** A button is higher than a line. */
const ROW_PX = 49;

const columns = ({ chosen, choose, show, mayDownload }) => [
  choose && { name: "chosen", title: html`<span class="off-screen">Chosen</span>`, draw: (it) => html`<input type="checkbox" aria-label=${`Choose ${fileOf(it.ckey)}`} checked=${chosen.has(it.ckey)} onChange=${() => choose(it)} />` },
  col("File", (it) => html`<button type="button" class="link cut" title=${`Show all of ${it.ckey}`} onClick=${() => show(it)}>${fileOf(it.ckey)}</button>`, "main"),
  col("Version", (it) => html`<span class="version">${it.version ?? ""}</span>`, "", "version"),
  col("Platform", platformOf, "spare"),
  col("Size", (it) => bytes(it.size), "number"),
  col("Files are", (it) => html`<${Presence} state=${it.state} />`, "spare"),
  col("CVEs", (it) => html`<${Cves} count=${it.cves?.length} score=${it.cve_score} />`),
  col("Published", (it) => html`<${Time} at=${it.created_at} />`, "spare"),
  col("Downloads", (it) => shortCount(it.download_count), "number roomy spare"),
  mayDownload && col("", (it) => html`<${Button} kind="quiet" icon="download" label=${`Download ${fileOf(it.ckey)}`} href=${downloadHref(it)} download=${fileOf(it.ckey)} />`, "actions"),
].filter(Boolean);

/**
 * @param {{channel: string, address: string, on: object, acts: Array<"copy"|"move"|"delete">, mayDownload: boolean}} props
 *   `address` is where the REST API lists them, `acts` what may be done with them.
 */
export function Files({ channel: key, address, on, acts, mayDownload }) {
  const { query } = place.value;
  const sort = query.get("sort") ?? "-version";
  const pages = usePages(withQuery(address, { q: query.get("q"), sort }), on);
  const [chosen, setChosen] = useState(new Map());
  const [shown, setShown] = useState(null);
  const [asked, setAsked] = useState(null);
  const choose = (file) => {
    const next = new Map(chosen);
    if (!next.delete(file.ckey)) next.set(file.ckey, { name: file.name, family: file.family, ckey: file.ckey });
    setChosen(next);
  };
  const done = () => {
    setChosen(new Map());
    pages.reload();
  };
  const known = { chosen, choose: acts.length > 0 && choose, show: setShown, mayDownload };
  return html`<${Section} title="Files">
    <div class="toolbar">
      <${SearchBox} label="Search files" placeholder="A version, a platform, a build" />
      <span class="soft" role="status">${pages.total !== undefined && plural(pages.total, "file")}</span>
      ${chosen.size > 0 && html`<div class="row end"><span role="status">${count(chosen.size)} chosen</span>
        ${acts.map((one) => html`<${Button} key=${one} kind=${one === "delete" ? "danger" : "plain"} onClick=${() => setAsked({ action: one, items: [...chosen.values()], what: plural(chosen.size, "file") })}>${ACTS[one]}<//>`)}
        <${Button} kind="quiet" onClick=${() => setChosen(new Map())}>Choose none<//></div>`}
    </div>
    <${LongList} label="List of files" pages=${pages} columns=${columns(known)} keyOf=${(it) => it.ckey} rowPx=${ROW_PX} sorted=${sort} onSort=${(next) => setQuery({ sort: next })}
      empty=${html`<${Empty} title=${query.get("q") ? "No file has that in its path." : "No file shows here."} />`} />
    ${shown && html`<${FileDialog} file=${shown} mayDownload=${mayDownload} onClose=${() => setShown(null)} />`}
    ${asked && html`<${BulkDialog} channel=${key} ...${asked} onDone=${done} onClose=${() => setAsked(null)} />`}
  <//>`;
}

const ACTS = { copy: "Copy…", move: "Move…", delete: "Delete…" };
