/** Create a mirror. */

import { channelHref, Empty, html, Loading, useAllowed, useMemo } from "../../kit.js";
import { ChannelPage } from "../channel/shell.js";
import { MirrorForm } from "./form.js";
import { START } from "./wish.js";

export default function CreateMirror({ channel }) {
  const { may, isKnown } = useAllowed(channel);
  const start = useMemo(() => ({ ...START }), [channel]);
  return html`<${ChannelPage} channel=${channel} title="Create mirror" above=${[{ href: channelHref(channel, "/mirrors"), text: "Mirrors" }]}
    lead="A mirror fills the channel from a source, again and again, with what its filters and the policy let in.">
    ${!isKnown && html`<${Loading} />`}
    ${isKnown && !may("channel.mirror:edit") && html`<${Empty} title="You may not create mirrors here">Ask an owner of the channel.<//>`}
    ${isKnown && may("channel.mirror:edit") && html`<${MirrorForm} key=${channel} channel=${channel} start=${start} />`}
  <//>`;
}
