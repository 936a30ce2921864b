/** The audit history: who did what, when and from where. */

import { channelHref, col, Dialog, Empty, Facts, html, LongList, may, place, SelectField, setQuery, TextField, Time, usePages, useState, withQuery } from "../../kit.js";
import { eventWords, subjectOf } from "./history_words.js";
import { dayAfter, ReportsPage } from "./tabs.js";

/** What the server is asked for -> what people look for. */
const KINDS = [
  ["", "Everything"],
  ["channel_*", "Channels"],
  ["mirror*", "Mirrors and runs"],
  ["policy_*,channel_policy*,mirror_policy*", "Policies"],
  ["artifact_*", "Files"],
  ["user_*,group_*,role_*,channel_group*", "People, groups, roles"],
  ["user_signed_in,sign_in*", "Sign-ins"],
  ["user_token*", "Tokens"],
  ["cve*", "Vulnerabilities"],
  ["blob*,verification*,settings*,report*", "Upkeep"],
];
const HEARD = ["channel.created", "channel.deleted", "channel.updated", "channel.published", "mirror.created", "mirror.deleted", "mirror.updated", "mirror.finished", "policy.changed", "policy.assigned", "policy.unassigned", "user.changed", "role.changed", "group.changed", "token.changed", "settings.changed"];

export default function History() {
  const asked = (name) => place.value.query.get(name) ?? "";
  const [shown, setShown] = useState(null);
  const wish = { event_type: asked("about"), by: asked("by"), from: asked("from"), to: asked("to") && dayAfter(1, asked("to")) };
  const pages = usePages(may("audit:view") ? withQuery("/api/history", wish) : null, { on: HEARD });
  const field = (name) => ({ value: asked(name), onChange: (value) => setQuery({ [name]: value }) });
  return html`<${ReportsPage} title="Audit history">
    <div class="columns small filters">
      <${SelectField} label="About" options=${KINDS} ...${field("about")} />
      <${TextField} label="By" placeholder="Everybody" ...${field("by")} />
      <${TextField} label="From" type="date" ...${field("from")} />
      <${TextField} label="Until" type="date" ...${field("to")} />
    </div>
    <${LongList} label="Audit history" pages=${pages} keyOf=${(one) => `${one.meta.source} ${one.event_id} ${one.event_type}`} empty=${html`<${Empty} title="Nothing fits">Choose other days, or everybody.<//>`} columns=${[
      col("When", (one) => html`<${Time} at=${one.created} />`),
      col("What", (one) => html`<button type="button" class="linked" onClick=${() => setShown(one)}>${eventWords(one.event_type)}</button> <span class="soft">${subjectOf(one)}</span>`, "main"),
      col("Channel", (one) => one.channel && html`<a href=${channelHref(one.channel)}>${one.channel}</a>`, "spare"),
      col("By", (one) => one.meta.by ?? one.data.user ?? html`<span class="soft">Tain itself</span>`),
      col("From", (one) => one.meta.address, "spare"),
    ]} />
    ${shown && html`<${Dialog} title=${eventWords(shown.event_type)} onClose=${() => setShown(null)}>
      <${Facts} items=${Object.entries({ event: shown.event_type, ...shown.meta, channel: shown.channel, ...shown.data, at: html`<${Time} at=${shown.created} />` })
        .filter(([, value]) => value !== null && value !== "")
        .map(([name, value]) => [name.replaceAll("_", " "), value === true ? "yes" : value === false ? "no" : value])} />
    <//>`}
  <//>`;
}
