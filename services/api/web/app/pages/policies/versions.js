/** Every saved state of a policy: look at one, compare any two, bring an old one back as a new one. */

import { Badge, Button, col, ConfirmDialog, get, html, Loaded, LongList, may, Page, path, place, say, Section, SelectField, setQuery, Time, useGet, usePages, useState } from "../../kit.js";
import { DifferenceOf } from "./difference.js";
import { RuleWords } from "./edit.js";
import { ABOVE, policyHref, saveOn } from "./editor.js";

export default function Versions({ policy: key }) {
  const found = useGet(path`/api/policies/${key}`, { on: ["policy.changed"] });
  return html`<${Loaded} of=${found}>${(policy) => html`<${OfPolicy} policy=${policy} />`}<//>`;
}

function OfPolicy({ policy }) {
  const { id, name, number } = policy;
  const [restored, setRestored] = useState(null);
  const pages = usePages(path`/api/policies/${id}/revisions`, { on: ["policy.changed"] });
  const asked = (word) => Number(place.value.query.get(word));
  const to = asked("to") || number;
  const from = asked("from") || Math.max(1, to - 1);
  const show = asked("show");
  const numbers = Array.from({ length: number }, (_, at) => [String(number - at), `Version ${number - at}`]);
  const button = (word, act, version) => html`<${Button} kind="quiet" aria-label=${`${word} version ${version}`} onClick=${act}>${word}<//>`;
  return html`<${Page} title=${`Versions of ${name}`} above=${[...ABOVE, { href: policyHref(policy), text: name }]}>
    <${LongList} label="Versions" pages=${pages} keyOf=${(one) => String(one.number)} columns=${[
      col("Version", (one) => html`${one.number} ${one.number === number && html`<${Badge} kind="good">In force<//>`}`, "main"),
      col("Saved", (one) => html`<${Time} at=${one.saved_at} /> ${one.saved_by && `by ${one.saved_by}`}`),
      col("Rules", (one) => one.rule_count, "number spare"),
      col("", (one) => html`${button("Show", () => setQuery({ show: one.number }), one.number)}${one.number !== number && may("policy:edit") && button("Restore", () => setRestored(one.number), one.number)}`, "actions"),
    ]} />
    ${show > 0 && html`<${Version} key=${show} policy=${policy} number=${show} />`}
    ${number > 1 && html`<${Section} title="Compare">
      <div class="toolbar">
        <${SelectField} label="From" value=${String(from)} options=${numbers} onChange=${(one) => setQuery({ from: one })} />
        <${SelectField} label="To" value=${String(to)} options=${numbers} onChange=${(one) => setQuery({ from, to: one })} />
      </div>
      <${DifferenceOf} policy=${id} from=${from} to=${to} />
    <//>`}
    ${restored && html`<${Restore} policy=${policy} number=${restored} onClose=${() => setRestored(null)} />`}
  <//>`;
}

function Version({ policy, number }) {
  const found = useGet(path`/api/policies/${policy.id}/revisions/${number}`);
  return html`<${Section} title=${`Version ${number}`}><${Loaded} of=${found}>${(version) => html`<${RuleWords} ...${version} />`}<//><//>`;
}

function Restore({ policy, number, onClose }) {
  const restore = async () => {
    const { description, rules } = await get(path`/api/policies/${policy.id}/revisions/${number}`);
    const saved = await saveOn(policy, policy.number, { name: policy.name, description, rules });
    say(`Version ${number} is back as version ${saved.number}`);
  };
  return html`<${ConfirmDialog} title=${`Restore version ${number}?`} action="Save it as a new version" onConfirm=${restore} onClose=${onClose}>
    <p>Its rules come back and act at once where the policy is assigned:</p>
    <${DifferenceOf} policy=${policy.id} from=${policy.number} to=${number} />
  <//>`;
}
