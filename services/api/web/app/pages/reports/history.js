/** The audit history: who did what, when and from where. */

import { channelHref, Dialog, Empty, Facts, html, LongList, may, place, SelectField, setQuery, TextField, Time, usePages, useState, withQuery } from "../../kit.js";
import { eventWords, factsOf, KINDS, subjectOf } from "./history_words.js";
import { ReportsPage } from "./tabs.js";

const HEARD = ["channel.created", "channel.deleted", "channel.updated", "mirror.created", "mirror.deleted", "mirror.updated", "mirror.finished", "policy.changed", "policy.assigned", "policy.unassigned", "user.changed", "role.changed", "group.changed", "token.changed", "settings.changed"];
const DAY_MS = 86_400_000;
/** The end of a day is the beginning of the next one. */
const dayAfter = (day) => day && new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10);

export default function History() {
  const { query } = place.value;
  const asked = (name) => query.get(name) ?? "";
  const [person, setPerson] = useState(asked("by"));
  const [shown, setShown] = useState(null);
  const isAllowed = may("audit:view");
  const wish = { event_type: KINDS[asked("kind")]?.[1], by: asked("by"), from: asked("from"), to: dayAfter(asked("to")) };
  const pages = usePages(isAllowed ? withQuery("/api/history", wish) : null, { on: HEARD });
  if (!isAllowed) return html`<${ReportsPage} title="Audit history"><${Empty} title="You may not see the audit history" /><//>`;
  const set = (name) => (value) => setQuery({ [name]: value });
  const columns = [
    { name: "when", title: "When", draw: (one) => html`<${Time} at=${one.created} />` },
    { name: "what", title: "What", kind: "main", draw: (one) => html`<button type="button" class="linked" onClick=${() => setShown(one)}>${eventWords(one.event_type)}</button> <span class="soft">${subjectOf(one)}</span>` },
    { name: "channel", title: "Channel", isWideOnly: true, draw: (one) => one.channel && html`<a href=${channelHref(one.channel)}>${one.channel}</a>` },
    { name: "by", title: "By", draw: (one) => one.meta.by ?? one.data.user ?? html`<span class="soft">Tain itself</span>` },
    { name: "address", title: "From", isWideOnly: true, draw: (one) => one.meta.address ?? "" },
  ];
  return html`<${ReportsPage} title="Audit history">
    <div class="columns small filters">
      <${SelectField} label="About" value=${asked("kind")} onChange=${set("kind")} options=${[{ value: "", text: "Everything" }, ...Object.entries(KINDS).map(([value, [text]]) => ({ value, text }))]} />
      <${TextField} label="By" value=${person} placeholder="Everybody" onChange=${setPerson} onBlur=${() => set("by")(person.trim())} onKeyDown=${(event) => event.key === "Enter" && set("by")(person.trim())} />
      <${TextField} label="From" type="date" value=${asked("from")} onChange=${set("from")} />
      <${TextField} label="Until" type="date" value=${asked("to")} onChange=${set("to")} />
    </div>
    <${LongList} label="Audit history" pages=${pages} columns=${columns} keyOf=${(one) => `${one.meta.source} ${one.event_id} ${one.event_type}`} empty=${html`<${Empty} title="Nothing fits">Choose other days, or everybody.<//>`} />
    ${shown && html`<${OfEvent} event=${shown} onClose=${() => setShown(null)} />`}
  <//>`;
}

const OfEvent = ({ event, onClose }) => html`<${Dialog} title=${eventWords(event.event_type)} onClose=${onClose}>
  <${Facts} items=${[
    ["When", html`<${Time} at=${event.created} />`],
    event.channel && ["Channel", event.channel],
    event.meta.by && ["By", event.meta.by],
    event.meta.address && ["From", event.meta.address],
    ...factsOf(event),
    ["Event", html`<span class="mono">${event.event_type} ${event.event_id}</span>`],
  ]} />
<//>`;
