/** The mirrors of all channels. */

import { Button, Empty, html, Page } from "../../kit.js";
import { MirrorTable } from "./mirror_table.js";

const empty = html`<${Empty} title="There are no mirrors yet." action=${html`<${Button} kind="primary" href="/ui/channels">Choose a channel<//>`}>
  A mirror fills a channel from a source, and follows it. Open a channel, or create one, and choose “Create mirror”.
<//>`;

export default function Mirrors() {
  return html`<${Page} title="Mirrors"><${MirrorTable} address="/api/mirrors" empty=${empty} /><//>`;
}
