/** Lines to copy that install a package from a channel. */

import { channelHref, CopyLine, html } from "../../kit.js";
import { installLines, TOKEN } from "../../client_lines.js";
import { TYPE_OF } from "./words.js";

/** @param {{channel: {key: string, privacy: string}, family: string, name: string}} props Nothing where no client installs it. */
export function Install({ channel, family, name }) {
  const type = TYPE_OF[family];
  if (!type) return null;
  const lines = installLines(location.origin, channel, type, name);
  return html`<div class="card stack">
    <h2>Install</h2>
    ${lines.map(({ label, text }) => html`<div key=${label}><p class="line-name">${label}</p><${CopyLine} text=${text} label=${`Install with ${label}`} /></div>`)}
    ${channel.privacy !== "public" && html`<p class="field-help">The channel is not public: put a token that may read it in the place of <code>${TOKEN}</code>. <a href="/ui/account/tokens">Make a token</a></p>`}
    <p class="field-help"><a href=${channelHref(channel.key)}>Lines that set a client up for good</a></p>
  </div>`;
}
