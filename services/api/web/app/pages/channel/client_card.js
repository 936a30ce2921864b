/** How a client is told to read a channel: lines to copy. */

import { Button, CopyLine, html, useState } from "../../kit.js";
import { channelLines, TOKEN, TYPES } from "../../client_lines.js";

/** @param {{of: string, channel: object, types: string[]}} props `types` are those of its mirrors, the first is shown first */
export function ClientCard({ of: key, channel, types }) {
  const [chosen, setChosen] = useState(null);
  const type = chosen ?? types[0] ?? "conda";
  return html`<div class="stack">
    <div class="row" role="group" aria-label="Package client">
      ${Object.entries(TYPES).map(([name, word]) => html`<${Button} key=${name} kind=${name === type ? "plain" : "quiet"} aria-pressed=${name === type} onClick=${() => setChosen(name)}>${word}<//>`)}
    </div>
    ${channelLines(location.origin, { key, privacy: channel.privacy }, type).map(
      ({ label, text }) => html`<div class="client-line" key=${label}><span>${label}</span><${CopyLine} label=${label} text=${text} /></div>`,
    )}
    ${channel.privacy !== "public" && html`<p class="soft">Only who may read the channel gets in: put a token in the place of ${TOKEN}. <a href="/ui/account/tokens">Create a token</a></p>`}
  </div>`;
}
