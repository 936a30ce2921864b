/** Channels as a table, of any length: searched and sorted by the server. */

import {
  col, bytes, channelHref, CheckField, count, Empty, Frozen, html, LongList, place, plural, Privacy, SearchBox, session,
  setQuery, Time, usePages, withQuery,
} from "../../kit.js";
import { keyOf } from "../channel/read.js";

const SHOWN_BY = [
  "channel.created", "channel.updated", "channel.deleted", "channel.frozen", "channel.unfrozen", "channel.published",
  "mirror.created", "mirror.deleted",
];

const COLUMNS = [
  {
    name: "name", title: "Name", kind: "main", sort: "name",
    draw: (one) => html`<a href=${channelHref(keyOf(one))} title=${one.description}>${one.name}</a> ${one.is_frozen && html`<${Frozen} />`}`,
  },
  col("Read by", (one) => html`<${Privacy} privacy=${one.privacy} />`, "spare"),
  col("Packages", (one) => count(one.package_count), "number spare"),
  col("Files", (one) => count(one.artifact_count), "number", "artifact_count"),
  col("Size", (one) => bytes(one.size_bytes || null), "number", "size_bytes"),
  col("Mirrors", (one) => linked(one, "/mirrors", one.mirror_count), "number spare"),
  col("Published", (one) => html`<${Time} at=${one.revision?.published_at} />`, "spare", "published_at"),
];
const BELOW = {
  name: "below", title: "Subchannels", kind: "number spare",
  draw: (one) => linked(one, "/subchannels", one.subchannel_count),
};

const linked = (one, rest, n) => (n ? html`<a href=${channelHref(keyOf(one), rest)}>${count(n)}</a>` : "0");

/** @param {{address: string, noun: string, empty: any, isBelow?: boolean}} props `empty` where there are none at all */
export function ChannelTable({ address, noun, empty, isBelow = false }) {
  const { query } = place.value;
  const search = query.get("q");
  const sorted = query.get("sort") ?? "name";
  const owner = query.get("mine") ? session.value.username : null;
  const pages = usePages(withQuery(address, { search, sort: sorted, owner }), { on: SHOWN_BY });
  const isNarrowed = Boolean(search || owner);
  if (pages.total === 0 && !isNarrowed && !pages.isLoading && !pages.error) return empty;
  const nothing = html`<${Empty} title=${search ? `No ${noun} has “${search}” in its name or description.` : `You own no ${noun}.`} />`;
  const columns = isBelow ? COLUMNS : [...COLUMNS.slice(0, -1), BELOW, ...COLUMNS.slice(-1)];
  return html`<div class="toolbar">
      <${SearchBox} label=${`Search ${noun}s`} />
      <${CheckField} label="Only mine" value=${owner !== null} onChange=${(isOn) => setQuery({ mine: isOn ? "1" : null })} />
      <span class="end soft" role="status">${pages.total !== undefined && plural(pages.total, noun)}</span>
    </div>
    <${LongList} label=${`The ${noun}s`} pages=${pages} columns=${columns} keyOf=${(one) => one.id} empty=${nothing}
      sorted=${sorted} onSort=${(sort) => setQuery({ sort: sort === "name" ? null : sort })} />`;
}
