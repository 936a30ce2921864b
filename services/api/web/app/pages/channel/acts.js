/** What is done to a channel as a whole: freeze, unfreeze, delete. */

import { bytes, channelHref, channelPath, ConfirmDialog, count, del, html, navigate, plural, put, say } from "../../kit.js";

/** @param {{of: string, channel: object, reload: () => void, onClose: () => void}} props */
export function FreezeChannel({ of: key, channel, reload, onClose }) {
  const isFrozen = channel.is_frozen;
  const act = async () => {
    await put(channelPath(key), { indexing_behavior: isFrozen ? "default" : "frozen" });
    say(isFrozen ? `${key} is published again.` : `${key} is frozen.`);
    reload();
  };
  const revision = channel.revision ? `revision ${count(channel.revision.number)}` : "an empty channel";
  return html`<${ConfirmDialog} title=${`${isFrozen ? "Unfreeze" : "Freeze"} ${key}?`} action=${isFrozen ? "Unfreeze" : "Freeze"} onConfirm=${act} onClose=${onClose}>
    ${isFrozen
      ? html`<p>Clients read ${revision} now. As soon as the channel is unfrozen, they get all that its mirrors, uploads and policies have changed since.</p>`
      : html`<p>Clients go on reading ${revision}, and nothing changes for them. Mirrors run behind it; what they bring is published when you unfreeze the channel.</p>`}
  <//>`;
}

export function DeleteChannel({ of: key, channel, onClose }) {
  const act = async () => {
    await del(channelPath(key));
    say(`${key} was deleted.`);
    navigate(channel.parent ? channelHref(channel.parent, "/subchannels") : "/ui/channels", { replace: true });
  };
  return html`<${ConfirmDialog} title=${`Delete ${key}?`} action="Delete channel" isDanger typed=${key} onConfirm=${act} onClose=${onClose}>
    <p>This can't be undone. With the channel go:</p>
    <ul>
      ${channel.mirror_count > 0 && html`<li>${plural(channel.mirror_count, "mirror")} with all runs</li>`}
      ${channel.artifact_count > 0 && html`<li>${plural(channel.artifact_count, "file")} (${bytes(channel.size_bytes)}); what no other channel has is swept from the storage later</li>`}
      ${channel.subchannel_count > 0 && html`<li>${plural(channel.subchannel_count, "subchannel")} with all content</li>`}
      <li>its revisions, and its service account with its tokens</li>
    </ul>
    <p>Clients that are set up for it get errors from then on.</p>
  <//>`;
}
