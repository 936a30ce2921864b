/** The service accounts of all channels. */

import { col, channelHref, Empty, html, LongList, Time, usePages } from "../../kit.js";
import { PeoplePage, userHref } from "./frame.js";
import { UserState } from "./users.js";

const COLUMNS = [
  col("Account", (one) => html`<a href=${userHref(one.username)}>${one.username}</a>`, "main"),
  col("Channel", (one) => html`<a href=${channelHref(one.channel, "/access")}>${one.channel}</a>`),
  col("State", (one) => html`<${UserState} user=${one} />`),
  col("Created", (one) => html`<${Time} at=${one.created} />`, "spare"),
];

export default function ServiceAccounts() {
  const pages = usePages("/api/service-accounts", { on: ["user.changed", "channel.deleted"] });
  return html`<${PeoplePage} title="Service accounts" lead="A channel’s service account has no password; its tokens open that channel alone, and do not end with the person who made them.">
    <${LongList} label="Service accounts" pages=${pages} columns=${COLUMNS} keyOf=${(one) => one.id}
      empty=${html`<${Empty} title="No channel has a service account.">Who manages a channel makes one on its Access tab.<//>`} />
  <//>`;
}
