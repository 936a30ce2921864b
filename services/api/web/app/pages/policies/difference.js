/** What changed from one version of a policy to another, in words. */

import { Badge, html, Loaded, path, useGet } from "../../kit.js";

const words = (one) => html`${one.text} <code class="soft">${one.rule.id}</code>`;
const row = (kind, word, text) => html`<li class="row"><${Badge} kind=${kind}>${word}<//><span>${text}</span></li>`;

/** @param {{policy: string, from: number, to: number}} props */
export function DifferenceOf({ policy, from, to }) {
  const found = useGet(path`/api/policies/${policy}/revisions/${from}/difference?to=${to}`);
  return html`<${Loaded} of=${found}>${({ added, removed, changed, moved }) => html`<ul class="plain stack difference">
    ${added.map((one) => row("good", "Added", words(one)))}
    ${removed.map((one) => row("bad", "Removed", words(one)))}
    ${changed.map((one) => row("info", "Changed", html`<del>${one.before.text}</del><br />${words(one.after)}`))}
    ${moved.length > 0 && row("neutral", "Moved", html`<code>${moved.join(", ")}</code>`)}
    ${!added.length && !removed.length && !changed.length && !moved.length && html`<li class="soft">The rules are the same.</li>`}
  </ul>`}<//>`;
}
