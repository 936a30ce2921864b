/** Lines to copy that install a package from a channel. */

import { channelHref, html } from "../../kit.js";
import { installLines } from "../../client_lines.js";
import { ClientLines } from "../channel/client_card.js";
import { TYPE_OF } from "./words.js";

/** @param {{channel: {key: string, privacy: string}, family: string, name: string}} props Nothing where no client installs it. */
export function Install({ channel, family, name }) {
  const type = TYPE_OF[family];
  if (!type) return null;
  return html`<div class="card stack">
    <h2>Install</h2>
    <${ClientLines} lines=${installLines(location.origin, channel, type, name)} privacy=${channel.privacy} />
    <p class="field-help"><a href=${channelHref(channel.key)}>Lines that set a client up for good</a></p>
  </div>`;
}
