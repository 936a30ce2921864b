/** Changes: what was published of a channel, what each revision changed, and going back to one. */

import { Empty, html, LongList, place, useAllowed, usePages, channelPath, useState } from "../../kit.js";
import { isOf, useChannel } from "./read.js";
import { RevisionChanges } from "./revision_changes.js";
import { revisionColumns } from "./revision_columns.js";
import { RollBack } from "./roll_back.js";
import { ChannelPage } from "./shell.js";

const ROW_PX = 57;

/** @param {{channel: string}} props the key; `?revision=12&against=7` compares two */
export default function Changes({ channel }) {
  const revision = Number(place.value.query.get("revision"));
  return revision
    ? html`<${RevisionChanges} key=${channel} channel=${channel} revision=${revision} />`
    : html`<${RevisionList} key=${channel} channel=${channel} />`;
}

function RevisionList({ channel }) {
  const pages = usePages(`${channelPath(channel)}/revisions`, { on: ["channel.published"], when: isOf(channel), size: 50 });
  const it = useChannel(channel);
  const { may } = useAllowed(channel);
  const [target, setTarget] = useState(null);
  const columns = revisionColumns(channel, {
    isOpen: may("channel:view-artifacts"),
    onRollBack: may("channel:edit") && it.data ? setTarget : undefined,
  });
  return html`<${ChannelPage} channel=${channel} lead="Every publication is a revision. Clients read the newest; the last ones are kept, to compare and to go back.">
    <${LongList} pages=${pages} label="Revisions" columns=${columns} keyOf=${(row) => row.number} rowPx=${ROW_PX}
      empty=${html`<${Empty} title="Nothing was published yet.">A revision appears when a mirror's first run ends, or a package was uploaded.<//>`} />
    ${target && html`<${RollBack} channel=${channel} revision=${target} current=${it.data?.revision?.number} isFrozen=${it.data?.is_frozen} onDone=${pages.reload} onClose=${() => setTarget(null)} />`}
  <//>`;
}
