/** All channels that one may see. */

import { Button, Empty, html, may, Page, useState } from "../../kit.js";
import { CreateChannel } from "./channel_form.js";
import { ChannelTable } from "./channel_table.js";

export default function Channels() {
  const [isMaking, setMaking] = useState(false);
  const create = may("channel:create") && html`<${Button} kind="primary" icon="plus" onClick=${() => setMaking(true)}>Create channel<//>`;
  const empty = html`<${Empty} title="There are no channels yet." action=${create}>
    ${create ? "A channel is what package clients read. Mirrors and uploads fill it." : "None is shared with you. Ask whoever runs this server."}
  <//>`;
  return html`<${Page} title="Channels" actions=${create}>
    <${ChannelTable} address="/api/channels" noun="channel" empty=${empty} />
    ${isMaking && html`<${CreateChannel} onClose=${() => setMaking(false)} />`}
  <//>`;
}
