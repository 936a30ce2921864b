/** What lies below a channel. */

import { Button, channelPath, Empty, html, useAllowed, useState } from "../../kit.js";
import { CreateChannel } from "../channels/channel_form.js";
import { ChannelTable } from "../channels/channel_table.js";
import { ChannelPage } from "./shell.js";

export default function Subchannels({ channel: key }) {
  const { may } = useAllowed(key);
  const [isMaking, setMaking] = useState(false);
  const create = may("subchannel:create") && html`<${Button} kind="primary" icon="plus" onClick=${() => setMaking(true)}>Create subchannel<//>`;
  const empty = html`<${Empty} title=${`${key} has no subchannels.`} action=${create}>
    A subchannel stands below its channel's address, with content, readers and mirrors of its own: for stages, or teams.
  <//>`;
  return html`<${ChannelPage} channel=${key} actions=${create}>
    <${ChannelTable} address=${`${channelPath(key)}/subchannels`} noun="subchannel" empty=${empty} isBelow />
    ${isMaking && html`<${CreateChannel} parent=${key} onClose=${() => setMaking(false)} />`}
  <//>`;
}
