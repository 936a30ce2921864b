/** Which policy decides for a mirror, and what it says in words. */

import { Button, channelPath, Dialog, Empty, html, Loaded, may, path, SelectField, useGet, useState } from "../../kit.js";

/** @param {{channel: string, id?: string, form: object}} props `id` of the mirror that is there */
export function PolicyField({ channel, id, form }) {
  const field = form.of("policy");
  const { value } = field;
  const mayChoose = may("policy:view");
  const [isOpen, setOpen] = useState(false);
  const address = channelPath(channel);
  const ofIt = useGet(`${address}/policy`, { on: ["policy.assigned", "policy.unassigned", "policy.changed"] }).data?.policy;
  const all = useGet(mayChoose ? "/api/policies?limit=1000" : null, { on: ["policy.changed"] }).data?.items ?? [];
  const options = [
    ["", ofIt ? `The channel's: ${ofIt.name}` : "The channel's (it has none: everything may enter)"],
    ...all.filter((one) => one.id !== ofIt?.id).map((one) => [one.id, one.name]),
  ];
  if (!options.some(([known]) => known === value)) options.push([value, "Its own, as it is"]);
  // Who may not see policies may see what the one in force says.
  const applied = value ? (mayChoose ? path`/api/policies/${value}` : address + path`/mirrors/${id}/policy`) : `${address}/policy`;
  return html`
    <div class="source-line">
      <${SelectField} label="Policy" ...${field} options=${options} disabled=${!mayChoose}
        help=${mayChoose ? "One policy decides for a mirror: its own, where it has one, instead of the channel's." : "Choosing another one takes the right to see policies."} />
      <${Button} onClick=${() => setOpen(true)}>View applied policy<//>
    </div>
    ${isOpen && html`<${Applied} address=${applied} whose=${value ? "the mirror's own" : "the channel's"} onClose=${() => setOpen(false)} />`}
  `;
}

const Applied = ({ address, whose, onClose }) => html`<${Dialog} title="Applied policy" onClose=${onClose} actions=${html`<${Button} kind="primary" onClick=${onClose}>Close<//>`}>
  <${Loaded} of=${useGet(address)}>${({ policy, summary, name = policy?.name }) =>
    summary.length
      ? html`<p>By <strong>${name}</strong>, ${whose}:</p><ol class="rules">${summary.map(({ rule, text }) => html`<li key=${rule}>${text}</li>`)}</ol>`
      : html`<${Empty} title=${name ? `${name} has no rules` : "There is no policy"}>Everything that the filters let in may enter.<//>`}<//>
<//>`;
