/** Every saved state of a policy: look at one, compare any two, bring an old one back as a new one. */

import { Badge, Button, ConfirmDialog, count, get, html, Loaded, LongList, may, Page, path, place, put, say, Section, SelectField, setQuery, Time, useGet, usePages, useState } from "../../kit.js";
import { DifferenceOf } from "./difference.js";
import { policyHref } from "./editor.js";
import { RuleWords } from "./rule_card.js";

export default function Versions({ policy: key }) {
  const found = useGet(path`/api/policies/${key}`, { on: ["policy.changed"] });
  return html`<${Loaded} of=${found}>${(policy) => html`<${OfPolicy} policy=${policy} />`}<//>`;
}

function OfPolicy({ policy }) {
  const [restored, setRestored] = useState(null);
  const pages = usePages(path`/api/policies/${policy.id}/revisions`, { on: ["policy.changed"] });
  const { query } = place.value;
  const to = Number(query.get("to")) || policy.number;
  const from = Number(query.get("from")) || Math.max(1, to - 1);
  const shown = Number(query.get("show")) || null;
  const numbers = Array.from({ length: policy.number }, (_, at) => ({ value: String(policy.number - at), text: `Version ${policy.number - at}` }));
  const columns = [
    { name: "number", title: "Version", kind: "main", draw: (one) => html`${one.number} ${one.number === policy.number && html`<${Badge} kind="good">In force<//>`}` },
    { name: "saved", title: "Saved", draw: (one) => html`<${Time} at=${one.saved_at} />${one.saved_by && ` by ${one.saved_by}`}` },
    { name: "rules", title: "Rules", kind: "number", isWideOnly: true, draw: (one) => count(one.rule_count) },
    { name: "actions", title: "", kind: "actions", draw: (one) => html`
      <${Button} kind="quiet" onClick=${() => setQuery({ show: one.number === shown ? null : one.number }, { replace: false })} aria-label=${`Show version ${one.number}`}>Show<//>
      ${one.number > 1 && html`<${Button} kind="quiet" onClick=${() => setQuery({ from: one.number - 1, to: one.number }, { replace: false })} aria-label=${`What version ${one.number} changed`}>Changes<//>`}
      ${one.number !== policy.number && may("policy:edit") && html`<${Button} kind="quiet" onClick=${() => setRestored(one.number)} aria-label=${`Restore version ${one.number}`}>Restore<//>`}` },
  ];
  return html`<${Page} title=${`Versions of ${policy.name}`} above=${[{ href: "/ui/policies", text: "Policies" }, { href: policyHref(policy), text: policy.name }]}>
    <div class="stack">
      <${LongList} label="Versions" pages=${pages} columns=${columns} keyOf=${(one) => String(one.number)} />
      <div>
        ${shown && html`<${Shown} key=${shown} policy=${policy} number=${shown} />`}
        ${policy.number > 1
          ? html`<${Section} title="Compare">
              <div class="toolbar">
                <${SelectField} label="From" value=${String(from)} options=${numbers} onChange=${(number) => setQuery({ from: number, to })} />
                <${SelectField} label="To" value=${String(to)} options=${numbers} onChange=${(number) => setQuery({ from, to: number })} />
              </div>
              <${DifferenceOf} policy=${policy.id} from=${from} to=${to} />
            <//>`
          : !shown && html`<p class="soft">It was saved once, so there is nothing to compare yet.</p>`}
      </div>
    </div>
    ${restored && html`<${Restore} policy=${policy} number=${restored} onClose=${() => setRestored(null)} />`}
  <//>`;
}

function Shown({ policy, number }) {
  const found = useGet(path`/api/policies/${policy.id}/revisions/${number}`);
  return html`<${Section} title=${`Version ${number}`} actions=${html`<${Button} icon="download" href=${path`/api/policies/${policy.id}/export?format=yaml&number=${number}`} download=${`${policy.name}-${number}.yaml`}>YAML<//>`}>
    <${Loaded} of=${found}>${(version) => html`${version.description && html`<p class="soft">${version.description}</p>`}<${RuleWords} ...${version} />`}<//>
  <//>`;
}

function Restore({ policy, number, onClose }) {
  const restore = async () => {
    const { description, rules } = await get(path`/api/policies/${policy.id}/revisions/${number}`);
    const saved = await put(path`/api/policies/${policy.id}`, { name: policy.name, description, rules }, { headers: { "If-Match": `"${policy.number}"` } });
    say(`Version ${number} is back as version ${saved.number}`);
  };
  return html`<${ConfirmDialog} title=${`Restore version ${number}?`} action=${`Save it as version ${policy.number + 1}`} onConfirm=${restore} onClose=${onClose}>
    <p>Its rules and description come back, and act at once where the policy is assigned. The name stays. Now this would change:</p>
    <${DifferenceOf} policy=${policy.id} from=${policy.number} to=${number} />
  <//>`;
}
