/** Create a mirror, or edit the one that the address names. */

import { channelHref, channelPath, Empty, forget, html, Loaded, Loading, path, useAllowed, useGet, useMemo } from "../../kit.js";
import { ChannelPage } from "../channel/shell.js";
import { MirrorForm } from "./form.js";

export default function MirrorFormPage({ channel, mirror: id }) {
  const { may, isKnown } = useAllowed(channel);
  const address = id ? channelPath(channel) + path`/mirrors/${id}` : null;
  // The form begins with what is there now, not with what was there when it was last seen.
  useMemo(() => address && forget(address), [address]);
  const it = useGet(address);
  const name = it.data?.mirror_name;
  const above = [{ href: channelHref(channel, "/mirrors"), text: "Mirrors" }];
  if (name) above.push({ href: channelHref(channel, path`/mirrors/${id}`), text: name });
  const lead = id
    ? "Filters and policy act at once on what is known of the source; all else from the next run."
    : "A mirror fills the channel from a source, again and again, with what its filters and the policy let in.";
  const form = (mirror) => html`<${MirrorForm} key=${`${channel} ${id}`} channel=${channel} mirror=${mirror} />`;
  return html`<${ChannelPage} channel=${channel} title=${id ? `Edit ${name ?? "mirror"}` : "Create mirror"} above=${above} lead=${lead}>
    ${!isKnown
      ? html`<${Loading} />`
      : may("channel.mirror:edit")
        ? id ? html`<${Loaded} of=${it}>${form}<//>` : form()
        : html`<${Empty} title=${`You may not ${id ? "edit" : "create"} mirrors here`}>Ask an owner of the channel.<//>`}
  <//>`;
}
