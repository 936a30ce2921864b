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
    <${ClientLines} lines=${channelLines(location.origin, { key, privacy: channel.privacy }, type)} privacy=${channel.privacy} />
  </div>`;
}

/** @param {{lines: Array<{label: string, text: string}>, privacy: string}} props of client_lines.js */
export const ClientLines = ({ lines, privacy }) => html`
  ${lines.map(({ label, text }) => html`<div key=${label}><p class="line-name">${label}</p><${CopyLine} label=${label} text=${text} /></div>`)}
  ${privacy !== "public" && html`<p class="field-help">The channel is not public: put a token that may read it in the place of <code>${TOKEN}</code>. <a href="/ui/account/tokens">Create a token</a></p>`}
`;
