/** The mirrors that fill one channel. */

import { Button, channelHref, channelPath, Empty, html, useAllowed } from "../../kit.js";
import { MirrorTable } from "../mirrors/mirror_table.js";
import { ChannelPage } from "./shell.js";

export default function ChannelMirrors({ channel }) {
  const allowed = useAllowed(channel);
  const create = allowed.may("channel.mirror:edit") && html`<${Button} kind="primary" icon="plus" href=${channelHref(channel, "/mirrors/new")}>Create mirror<//>`;
  const empty = html`<${Empty} title="No mirror fills this channel yet." action=${create}>
    A mirror brings the packages of a source, by the rules that you set, and follows it on a schedule.
  <//>`;
  return html`<${ChannelPage} channel=${channel} actions=${create}>
    <${MirrorTable} key=${channel} address=${`${channelPath(channel)}/mirrors`} channel=${channel} empty=${empty} allowed=${allowed} />
  <//>`;
}
