/** All policies: what they are, where they act, who changed them last. */

import { Button, channelHref, count, Empty, forget, html, Loaded, may, Menu, Page, place, SearchBox, Table, Time, useGet, useState } from "../../kit.js";
import { DeletePolicy, policyActions } from "./edit.js";
import { policyHref } from "./editor.js";
import { ImportDialog } from "./import_dialog.js";

const MOST_PLACES = 3;

function Assigned({ places }) {
  if (!places.length) return html`<span class="soft">nowhere</span>`;
  return html`${places.slice(0, MOST_PLACES).map((one, at) => html`${at > 0 && ", "}<a href=${channelHref(one.channel)}>${one.channel}</a>${one.mirror && ` (${one.mirror})`}`)}${places.length > MOST_PLACES && ` and ${places.length - MOST_PLACES} more`}`;
}

const COLUMNS = [
  { name: "name", title: "Name", kind: "main", draw: (one) => html`<a href=${policyHref(one)}>${one.name}</a>${one.description && html`<small class="soft clipped">${one.description}</small>`}` },
  { name: "rules", title: "Rules", kind: "number", draw: (one) => count(one.rule_count) },
  { name: "assigned", title: "Acts on", draw: (one) => html`<${Assigned} places=${one.assigned} />` },
  { name: "version", title: "Version", kind: "number", isWideOnly: true, draw: (one) => html`<a href=${policyHref(one, "/versions")}>${one.number}</a>` },
  { name: "saved", title: "Changed", isWideOnly: true, draw: (one) => html`<${Time} at=${one.saved_at} />${one.saved_by && ` by ${one.saved_by}`}` },
];

export default function Policies() {
  const found = useGet("/api/policies", { on: ["policy.changed", "policy.assigned", "policy.unassigned"] });
  const [open, setOpen] = useState(null);
  const close = () => setOpen(null);
  const mayEdit = may("policy:edit");
  const sought = (place.value.query.get("q") ?? "").toLowerCase();
  const fits = (one) => [one.name, one.description ?? "", ...one.assigned.map((it) => it.channel)].some((text) => text.toLowerCase().includes(sought));
  const deleted = () => {
    forget("/api/policies");
    found.reload();
  };
  const make = html`<${Button} kind="primary" icon="plus" href="/ui/policies/new">New policy<//>`;
  const actions = mayEdit && html`<${Button} icon="upload" onClick=${() => setOpen("import")}>Import<//>${make}`;
  const columns = [...COLUMNS, { name: "actions", title: "", kind: "actions", draw: (one) => html`<${Menu} kind="quiet" label=${`Actions of ${one.name}`} items=${policyActions(one, () => setOpen(one))} />` }];
  return html`<${Page} title="Policies" actions=${actions} lead="Rules that say what may enter a channel, by name, version, license, age, size, signature and known vulnerabilities.">
    <${Loaded} of=${found}>${({ items }) => {
      const rows = items.filter(fits);
      if (!items.length) return html`<${Empty} title="There are no policies yet" action=${mayEdit && make}>Without one everything may enter that the filters of a mirror or channel keep.<//>`;
      return html`<div class="toolbar"><${SearchBox} label="Search policies" /></div>
        ${rows.length ? html`<${Table} label="Policies" columns=${columns} rows=${rows} keyOf=${(one) => one.id} />` : html`<${Empty} title="No policy fits this search" />`}`;
    }}<//>
    ${open === "import" && html`<${ImportDialog} onClose=${close} />`}
    ${open?.id && html`<${DeletePolicy} policy=${open} onClose=${close} onDone=${deleted} />`}
  <//>`;
}
