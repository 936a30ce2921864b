/** The packages of a channel: what clients see, and what they do not see though a source has it. */

import {
  Button, channelPath, count, Empty, html, LongList, place, plural, SearchBox, useAllowed, useGet, usePages, useState,
  withQuery,
} from "../../kit.js";
import { COLUMNS } from "../packages/columns.js";
import { askedQuery, isNarrowed, ShowChoice, sorting, TypeChoice } from "../packages/filters.js";
import { LeftOutList } from "../packages/left_out_list.js";
import { UploadDialog } from "../packages/upload_dialog.js";
import { channelHref } from "../../routes.js";
import { useChannel } from "./read.js";
import { ChannelPage } from "./shell.js";

const EVENTS = ["channel.published", "catalogue.decided", "mirror.finished", "advisories.changed"];

export default function Packages({ channel: key }) {
  const { may } = useAllowed(key);
  const [isUploading, setUploading] = useState(false);
  const on = { on: EVENTS, when: ({ data }) => !data.channel || data.channel === key };
  const isLeftOut = place.value.query.get("show") === "excluded";
  const upload = may("artifact:create") && html`<${Button} icon="upload" onClick=${() => setUploading(true)}>Upload<//>`;
  return html`<${ChannelPage} channel=${key} actions=${upload}>
    <div class="toolbar">
      <${SearchBox} label="Search packages" />
      <${TypeChoice} />
      <${ShowChoice} hasLeftOut=${true} />
    </div>
    ${isLeftOut ? html`<${LeftOutList} channel=${key} on=${on} />` : html`<${Shown} channel=${key} on=${on} may=${may} onUpload=${() => setUploading(true)} />`}
    ${isUploading && html`<${UploadDialog} channel=${key} onClose=${() => setUploading(false)} />`}
  <//>`;
}

function Shown({ channel: key, on, may, onUpload }) {
  const q = place.value.query.get("q");
  const address = `${channelPath(key)}/artifacts`;
  const pages = usePages(withQuery(address, askedQuery()), on);
  const leftOut = useGet(q ? withQuery(`${address}/excluded`, { q, family: place.value.query.get("family"), limit: 0 }) : null, on);
  const more = q ? leftOut.data?.total_count ?? 0 : 0;
  return html`
    <p class="told" role="status">
      ${pages.total !== undefined && plural(pages.total, "package")}
      ${more > 0 && html`<span aria-hidden="true"> · </span><a href=${withQuery(channelHref(key, "/packages"), { q, show: "excluded" })}>${count(more)} more ${more === 1 ? "is" : "are"} not here: see why</a>`}
    </p>
    <${LongList} label="Packages" pages=${pages} columns=${COLUMNS} keyOf=${(it) => `${it.family}/${it.name}`} ...${sorting()}
      empty=${html`<${Nothing} channel=${key} q=${q} more=${more} may=${may} onUpload=${onUpload} />`} />`;
}

function Nothing({ channel: key, q, more, may, onUpload }) {
  const all = channelHref(key, "/packages");
  const isFrozen = useChannel(key).data?.is_frozen;
  if (more > 0) {
    return html`<${Empty} title=${`No package that shows here matches “${q}”.`}
      action=${html`<${Button} kind="primary" href=${withQuery(all, { q, show: "excluded" })}>See what is left out, and why<//>`}>
      A source has ${plural(more, "package")} of such a name.
    <//>`;
  }
  if (isNarrowed()) {
    return html`<${Empty} title=${q ? `Nothing here matches “${q}”.` : "No package is of this kind."} action=${html`<${Button} href=${all}>Show all packages<//>`}>
      ${q && "No mirror of this channel knows a package of such a name, either."}
    <//>`;
  }
  return html`<${Empty} title="There are no packages yet."
    action=${html`<div class="row">
      ${may("channel.mirror:edit") && html`<${Button} kind="primary" icon="plus" href=${channelHref(key, "/mirrors/new")}>Create mirror<//>`}
      ${may("artifact:create") && html`<${Button} icon="upload" onClick=${onUpload}>Upload<//>`}
    </div>`}>
    ${isFrozen ? "The channel is frozen: what mirrors and people put into it shows once it is unfrozen." : "They show when a mirror has run, or somebody has put some in, and the channel is published."}
  <//>`;
}
