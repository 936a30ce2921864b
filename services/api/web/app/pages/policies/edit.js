/** A policy: its rules, where it acts, what can be done with it; to edit for those who may, to read for the others. */

import { Badge, ConfirmDialog, del, html, Loaded, may, Menu, navigate, Notice, Page, path, Time, useGet, useState } from "../../kit.js";
import { Places } from "./assign.js";
import { learn } from "./checked.js";
import { ABOVE, Editor, policyHref } from "./editor.js";
import { Rules } from "./rules.js";

export const HEARD = ["policy.changed", "policy.assigned", "policy.unassigned"];

/** Rules that are only read. */
export function RuleWords({ rules, summary }) {
  learn(rules, summary);
  return html`<${Rules} rules=${rules.map((rule, key) => ({ key, rule }))} />`;
}

export default function EditPolicy({ policy: key }) {
  const [isDeleting, setDeleting] = useState(false);
  const found = useGet(path`/api/policies/${key}`, { on: HEARD });
  const exported = (form) => ({ label: `Export as ${form.toUpperCase()}`, icon: "download", href: path`/api/policies/${key}/export?format=${form}`, download: `${key}.${form}` });
  const remove = async () => {
    await del(path`/api/policies/${key}`);
    navigate("/ui/policies", { unguarded: true });
  };
  return html`<${Loaded} of=${found}>${(policy) => {
    learn(policy.rules, policy.summary);
    const mayEdit = may("policy:edit");
    const isUsed = policy.assigned.length > 0;
    const known = {
      badges: html`<${Badge}>Version ${policy.number}<//><span class="soft">saved <${Time} at=${policy.saved_at} /> ${policy.saved_by && `by ${policy.saved_by}`}</span>`,
      actions: html`<${Menu} label="More" items=${[
        { label: "Versions", icon: "back", href: policyHref(policy, "/versions") },
        exported("yaml"),
        exported("json"),
        mayEdit && { label: "Delete", icon: "trash", isDanger: true, act: () => setDeleting(true) },
      ]} />`,
    };
    const more = html`<${Places} policy=${policy} onDone=${found.reload} />
      ${isDeleting && html`<${ConfirmDialog} title=${`Delete ${policy.name}?`} action="Delete" isDanger onConfirm=${remove} onClose=${() => setDeleting(false)}>
        ${isUsed ? html`<${Notice} kind="warn">It still acts somewhere; take it off there first.<//>` : html`<p>It is assigned nowhere. Decisions of old runs still name it.</p>`}
      <//>`}`;
    return mayEdit
      ? html`<${Editor} policy=${policy} ...${known}>${more}<//>`
      : html`<${Page} title=${policy.name} above=${ABOVE} lead=${policy.description} ...${known}><${RuleWords} ...${policy} />${more}<//>`;
  }}<//>`;
}
