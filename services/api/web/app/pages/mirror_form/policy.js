/** Which policy decides for a mirror, and what it says in words. */

import { Button, channelPath, Dialog, Empty, html, Loaded, may, path, SelectField, useGet, useState } from "../../kit.js";

/** @param {{channel: string, mayChoose: boolean, of: (name: string) => object}} props */
export function PolicyField({ channel, mayChoose, of }) {
  const { value, onChange, error } = of("policy");
  const [isOpen, setOpen] = useState(false);
  const ofChannel = useGet(`${channelPath(channel)}/policy`, { on: ["policy.assigned", "policy.unassigned", "policy.changed"] });
  const all = useGet(mayChoose ? "/api/policies?limit=1000" : null, { on: ["policy.changed"] }).data?.items ?? [];
  const ofIt = ofChannel.data?.policy ?? ofChannel.data?.channel_policy;
  const name = ofIt?.name;
  const options = [
    { value: "", text: name ? `The channel's: ${name}` : "The channel's (it has none: everything may enter)" },
    ...all.filter((one) => one.id !== ofIt?.id).map((one) => ({ value: one.id, text: one.name })),
  ];
  if (value && !options.some((one) => one.value === value)) options.push({ value, text: "Its own, as it is" });
  return html`
    <div class="source-line">
      <${SelectField} label="Policy" value=${value} onChange=${onChange} options=${options} error=${error} disabled=${!mayChoose}
        help=${mayChoose ? "One policy decides for a mirror: its own, where it has one, instead of the channel's." : "Choosing another one takes the right to see policies."} />
      <${Button} onClick=${() => setOpen(true)}>View applied policy<//>
    </div>
    ${isOpen && html`<${Applied} channel=${channel} policy=${value} onClose=${() => setOpen(false)} />`}
  `;
}

function Applied({ channel, policy, onClose }) {
  const it = useGet(policy && may("policy:view") ? path`/api/policies/${policy}` : `${channelPath(channel)}/policy`);
  return html`<${Dialog} title="Applied policy" onClose=${onClose} actions=${html`<${Button} kind="primary" onClick=${onClose}>Close<//>`}>
    <${Loaded} of=${it}>${(data) => {
      const name = policy ? data.name : (data.policy ?? data.channel_policy)?.name;
      if (!data.summary.length) return html`<${Empty} title=${name ? `${name} has no rules` : "There is no policy"}>Everything that the filters let in may enter.<//>`;
      return html`<p>${name ? html`By <strong>${name}</strong>${policy ? ", the mirror's own" : ", the channel's"}:` : ""}</p>
        <ol class="sentences">${data.summary.map((one) => html`<li key=${one.rule}>${one.text}</li>`)}</ol>`;
    }}<//>
  <//>`;
}
