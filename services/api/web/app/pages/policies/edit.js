/** A policy: its rules, where it acts, what its versions are; to edit for those who may, to read for the others. */

import { Button, ConfirmDialog, del, html, list, Loaded, may, Menu, navigate, Page, path, Badge, say, Time, useGet, useState } from "../../kit.js";
import { Places } from "./assign.js";
import { learn } from "./checked.js";
import { Editor, policyHref } from "./editor.js";
import { imported } from "./import_dialog.js";
import { RuleWords } from "./rule_card.js";

/** What can be done with a policy, here and in the list. */
export const policyActions = (policy, onDelete) => [
  { label: "Versions", icon: "back", href: policyHref(policy, "/versions") },
  { label: "Export as YAML", icon: "download", href: path`/api/policies/${policy.id}/export?format=yaml`, download: `${policy.name}.yaml` },
  { label: "Export as JSON", icon: "download", href: path`/api/policies/${policy.id}/export?format=json`, download: `${policy.name}.json` },
  may("policy:edit") && { label: "Make another like it", icon: "copy", act: () => imported.like(policy) },
  may("policy:edit") && { label: "Delete", icon: "trash", isDanger: true, act: onDelete },
];

export function DeletePolicy({ policy, onClose, onDone }) {
  const remove = async () => {
    await del(path`/api/policies/${policy.id}`);
    say(`Policy ${policy.name} was deleted`);
    onDone();
  };
  if (policy.assigned.length) {
    return html`<${ConfirmDialog} title="It still acts somewhere" action="Close" onConfirm=${async () => {}} onClose=${onClose}>
      <p>${policy.name} is assigned to ${list(policy.assigned.slice(0, 10).map((one) => (one.mirror ? `${one.channel} (${one.mirror})` : one.channel)))}. Take it off there first.</p>
    <//>`;
  }
  return html`<${ConfirmDialog} title=${`Delete ${policy.name}?`} action="Delete" isDanger onConfirm=${remove} onClose=${onClose}><p>It is assigned nowhere. Decisions of old runs still name it.</p><//>`;
}

export default function EditPolicy({ policy: key }) {
  const [isDeleting, setDeleting] = useState(false);
  const found = useGet(path`/api/policies/${key}`, { on: ["policy.changed", "policy.assigned", "policy.unassigned"] });
  return html`<${Loaded} of=${found}>${(policy) => {
    learn(policy.rules, policy.summary);
    const badges = html`<${Badge} title="Every save makes one">Version ${policy.number}<//><span class="soft">saved <${Time} at=${policy.saved_at} />${policy.saved_by && ` by ${policy.saved_by}`}</span>`;
    const actions = html`<${Menu} label="More" items=${policyActions(policy, () => setDeleting(true))} />`;
    const more = html`<${Places} policy=${policy} onDone=${found.reload} />
      ${isDeleting && html`<${DeletePolicy} policy=${policy} onClose=${() => setDeleting(false)} onDone=${() => navigate("/ui/policies", { unguarded: true })} />`}`;
    if (may("policy:edit")) return html`<${Editor} policy=${policy} badges=${badges} actions=${actions}>${more}<//>`;
    return html`<${Page} title=${policy.name} above=${[{ href: "/ui/policies", text: "Policies" }]} badges=${badges} actions=${actions} lead=${policy.description}><${RuleWords} ...${policy} />${more}<//>`;
  }}<//>`;
}
