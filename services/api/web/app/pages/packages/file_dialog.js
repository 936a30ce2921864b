/** All that is known of one file. */

import { Badge, Button, bytes, CopyButton, count, Dialog, exact, Facts, html, Notice } from "../../kit.js";
import { Presence } from "./columns.js";
import { downloadHref, licenseOf, needsOf, originWords, platformOf } from "./file_words.js";
import { fileOf, scoreKind } from "./words.js";

/** @param {{file: object, mayDownload: boolean, onClose: () => void}} props */
export function FileDialog({ file, mayDownload, onClose }) {
  const needs = needsOf(file);
  const yanked = file.metadata.yanked;
  const download = mayDownload && html`<${Button} kind="primary" icon="download" href=${downloadHref(file)} download=${fileOf(file.ckey)}>Download<//>`;
  return html`<${Dialog} title=${fileOf(file.ckey)} isWide=${true} onClose=${onClose} actions=${html`<${Button} onClick=${onClose}>Close<//>${download}`}>
    ${yanked && html`<${Notice} kind="warn">Its publisher withdrew it (yanked)${typeof yanked === "string" ? `: ${yanked}` : ""}.<//>`}
    <${Facts} items=${[
      ["Path", html`<span class="mono">${file.ckey}</span>`],
      ["Version", file.version],
      ["Platform", platformOf(file)],
      ["Size", `${bytes(file.size)} (${count(file.size)} bytes)`],
      ["SHA-256", file.sha256 ? html`<span class="row"><span class="mono">${file.sha256}</span><${CopyButton} text=${file.sha256} label="Copy the SHA-256" /></span>` : "not told by its source"],
      ["Files are", html`<${Presence} state=${file.state} />`],
      ["License", licenseOf(file) || "not told"],
      ["Published", exact(file.created_at)],
      ["Came how", originWords(file)],
      ["Downloads", count(file.download_count)],
      file.sbom && ["SBOM", html`<a href=${downloadHref({ url: file.sbom })} download=${true}>Download the SBOM</a>`],
    ]} />
    ${file.cves?.length > 0 && html`<h3>Known vulnerabilities</h3>
      <ul class="lines">${file.cves.map((one) => html`<li key=${one.id} class="row"><span class="mono">${one.id}</span><${Badge} kind=${scoreKind(one.score)}>${one.score === null ? "no score" : one.score.toFixed(1)}<//><span class="soft">${one.status}</span></li>`)}</ul>`}
    ${needs && html`<h3>Needs</h3>
      ${needs.length ? html`<ul class="lines mono">${needs.map((one) => html`<li key=${one}>${one}</li>`)}</ul>` : html`<p class="soft">Nothing.</p>`}`}
  <//>`;
}
