/** One package of a channel: what it is, how to install it, its files, and what of it is not here. */

import {
  Badge, bytes, channelHref, channelPath, count, Facts, html, Icon, Loaded, may, Menu, path, Time, useAllowed, useGet, useState,
} from "../../kit.js";
import { BulkDialog } from "../packages/bulk_dialog.js";
import { Cves, Presence } from "../packages/columns.js";
import { Files } from "../packages/files.js";
import { Install } from "../packages/install.js";
import { WhyNot } from "../packages/why.js";
import { familyWord, TYPE_OF, webAddress } from "../packages/words.js";
import { ChannelPage } from "./shell.js";

const EVENTS = ["channel.published", "catalogue.decided", "mirror.finished", "advisories.changed", "artifact.removed", "artifact.registered"];

export default function Package({ channel: key, family, package: name }) {
  const allowed = useAllowed(key);
  const on = { on: EVENTS, when: ({ data }) => !data.channel || data.channel === key };
  const address = channelPath(key) + path`/artifacts/${family}/${name}`;
  const it = useGet(address, on);
  const channel = useGet(channelPath(key), { on: ["channel.updated"], when: on.when });
  const isGone = it.error?.status === 404;
  const acts = actsOf(allowed.may);
  const [action, setAction] = useState(null);
  const head = {
    channel: key,
    title: name,
    above: [{ href: channelHref(key, "/packages"), text: "Packages" }],
    badges: html`<${Badge}>${familyWord(family)}<//>${isGone && html`<${Badge} kind="warn">Not here<//>`}${it.data && !isGone && html`<${Cves} count=${it.data.cve_count} score=${it.data.cve_score} />`}`,
  };
  const why = html`<${WhyNot} channel=${key} family=${family} name=${name} on=${on} isThere=${!isGone} mirrorsMay=${allowed.may("channel.mirror:view")} mayRestore=${allowed.may("artifact:delete")} />`;
  // Its dialog tells how far a deletion is, also when the package is not here any more.
  const dialog = action && html`<${BulkDialog} channel=${key} action=${action} items=${[{ name, family }]} what=${name} onDone=${it.reload} onClose=${() => setAction(null)} />`;
  if (isGone) return html`<${ChannelPage} ...${head} lead=${`Channel ${key} does not show a package of this name.`}>${TYPE_OF[family] && why}<//>${dialog}`;
  const menu = it.data && html`<${Menu} label="Actions" text="Actions" items=${acts.map((one) => ({ ...ACTS[one], act: () => setAction(one) }))} />`;
  return html`<${ChannelPage} ...${head} lead=${it.data?.metadata.summary} actions=${menu}>
    <${Loaded} of=${it}>${(data) => html`
      <div class="columns">
        <div class="card stack"><h2>About</h2><${Facts} items=${factsOf(data)} /></div>
        ${channel.data && html`<${Install} channel=${{ key, privacy: channel.data.privacy }} family=${family} name=${data.name} />`}
      </div>
      <${Files} channel=${key} address=${`${address}/files`} on=${on} acts=${acts} mayDownload=${allowed.may("artifact:download")} />
      ${TYPE_OF[family] && why}
    `}<//>
  <//>${dialog}`;
}

/** What may be done with files here; copies and moves go to a channel where one may add some. */
const actsOf = (mayHere) =>
  [
    mayHere("artifact:download") && may("artifact:create") && "copy",
    mayHere("artifact:download") && mayHere("artifact:delete") && may("artifact:create") && "move",
    mayHere("artifact:delete") && "delete",
  ].filter(Boolean);

const ACTS = { copy: { label: "Copy to another channel…", icon: "copy" }, move: { label: "Move to another channel…", icon: "external" }, delete: { label: "Delete…", icon: "trash", isDanger: true } };

function factsOf({ metadata, file_count: files, size, state, download_count: downloads, updated_at: updated }) {
  return [
    ["Latest version", metadata.version || "not read yet"],
    ["License", metadata.license || "not told"],
    ["Files", files ? `${count(files)}, ${bytes(size)} together` : "not read yet"],
    ["Files are", html`<${Presence} state=${state} />`],
    metadata.subdirs?.length > 0 && ["Platforms", metadata.subdirs.join(", ")],
    ["Newest file", html`<${Time} at=${updated} />`],
    ["Downloads", count(downloads)],
    ...[["Home page", metadata.home], ["Documentation", metadata.doc_url], ["Development", metadata.dev_url]].map(([title, address]) => addressOf(title, address)),
  ].filter(Boolean);
}

function addressOf(title, text) {
  const address = webAddress(text);
  return address && [title, html`<a href=${address} target="_blank" rel="noopener noreferrer">${address} <${Icon} name="external" /><span class="off-screen"> (opens another site)</span></a>`];
}
