/** All policies: what they are, where they act, who changed them last. */

import { Button, channelHref, col, Empty, html, Loaded, may, Page, place, SearchBox, Table, Time, useGet } from "../../kit.js";
import { HEARD } from "./edit.js";
import { policyHref } from "./editor.js";

const MOST_PLACES = 3;

const COLUMNS = [
  col("Name", (one) => html`<a href=${policyHref(one)}>${one.name}</a> <small class="soft">${one.description}</small>`, "main"),
  col("Rules", (one) => one.rule_count, "number"),
  col("Acts on", ({ assigned }) => html`${assigned.slice(0, MOST_PLACES).map((one) => html`<a href=${channelHref(one.channel)}>${one.channel}</a>${one.mirror && ` (${one.mirror})`} `)}${assigned.length > MOST_PLACES && `and ${assigned.length - MOST_PLACES} more`}${!assigned.length && html`<span class="soft">nothing</span>`}`),
  col("Version", (one) => html`<a href=${policyHref(one, "/versions")}>${one.number}</a>`, "number spare"),
  col("Changed", (one) => html`<${Time} at=${one.saved_at} /> ${one.saved_by && `by ${one.saved_by}`}`, "spare"),
];

export default function Policies() {
  const found = useGet("/api/policies", { on: HEARD });
  const sought = (place.value.query.get("q") ?? "").toLowerCase();
  const actions = may("policy:edit") && html`<${Button} icon="upload" href="/ui/policies/new?as=yaml">Import<//><${Button} kind="primary" icon="plus" href="/ui/policies/new">New policy<//>`;
  return html`<${Page} title="Policies" actions=${actions} lead="Rules that say what may enter a channel: by name, version, license, age, size, signature and known vulnerabilities.">
    <div class="toolbar"><${SearchBox} label="Search policies" /></div>
    <${Loaded} of=${found}>${({ items }) => {
      const rows = items.filter((one) => [one.name, one.description, ...one.assigned.map((it) => it.channel)].some((text) => text?.toLowerCase().includes(sought)));
      return rows.length
        ? html`<${Table} label="Policies" columns=${COLUMNS} rows=${rows} keyOf=${(one) => one.id} />`
        : html`<${Empty} title=${items.length ? "No policy fits this search" : "There are no policies yet"} action=${!items.length && actions}>Without one everything may enter that the filters of mirrors and channels keep.<//>`;
    }}<//>
  <//>`;
}
