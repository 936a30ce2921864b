/** What changed from one version of a policy to another, in words. */

import { Badge, html, Loaded, path, useGet } from "../../kit.js";

const Sentence = ({ of }) => html`<span>${of.text} <span class="rule-id">${of.rule.id}</span>${of.rule.note && html` <span class="soft">${of.rule.note}</span>`}</span>`;

/** @param {{policy: string, from: number, to: number}} props */
export function DifferenceOf({ policy, from, to }) {
  const found = useGet(path`/api/policies/${policy}/revisions/${from}/difference?to=${to}`);
  return html`<${Loaded} of=${found}>${({ added, removed, changed, moved }) =>
    added.length + removed.length + changed.length + moved.length === 0
      ? html`<p class="soft">The rules are the same.</p>`
      : html`<ul class="plain difference">
          ${added.map((one) => html`<li key=${`+${one.rule.id}`}><${Badge} kind="good">Added<//><${Sentence} of=${one} /></li>`)}
          ${removed.map((one) => html`<li key=${`-${one.rule.id}`}><${Badge} kind="bad">Removed<//><${Sentence} of=${one} /></li>`)}
          ${changed.map((one) => html`<li key=${`~${one.id}`}><${Badge} kind="info">Changed<//><span><del>${one.before.text}</del><br /><${Sentence} of=${one.after} /></span></li>`)}
          ${moved.length > 0 && html`<li><${Badge}>Moved<//><span class="mono">${moved.join(", ")}</span></li>`}
        </ul>`}<//>`;
}
