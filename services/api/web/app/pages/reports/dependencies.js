/** Dependency reports: those that are there, and asking for another one. */

import { Badge, bytes, Button, channelHref, Empty, FormDialog, html, LongList, navigate, path, post, SelectField, TagsField, Time, useForm, useGet, usePages, useState } from "../../kit.js";
import { ChannelField, MirrorField } from "../policies/places.js";
import { ReportsPage } from "./tabs.js";

const COLUMNS = [
  { name: "title", title: "Report", kind: "main", draw: (one) => html`<a href=${path`/ui/reports/${one.report_id}`}>${one.title}</a>` },
  { name: "state", title: "State", draw: (one) => (one.error ? html`<${Badge} kind="bad" title=${one.error}>Failed<//>` : html`<${Badge} kind=${one.state === "done" ? "good" : "info"}>${one.state === "done" ? "Done" : "Being made"}<//>`) },
  { name: "channel", title: "Channel", isWideOnly: true, draw: (one) => one.channel && html`<a href=${channelHref(one.channel)}>${one.channel}</a>` },
  { name: "by", title: "Asked by", isWideOnly: true, draw: (one) => one.requested_by ?? "–" },
  { name: "made", title: "Made", draw: (one) => html`<${Time} at=${one.made_at} />` },
  { name: "size", title: "Size", kind: "number", isWideOnly: true, draw: (one) => bytes(one.size_bytes) },
];

export default function Dependencies() {
  const [isAsking, setAsking] = useState(false);
  const pages = usePages("/api/reports?kind=dependencies", { on: ["report.ready"] });
  const ask = html`<${Button} kind="primary" icon="plus" onClick=${() => setAsking(true)}>New report<//>`;
  return html`<${ReportsPage} title="Dependency reports" actions=${ask}>
    <${LongList} label="Dependency reports" pages=${pages} columns=${COLUMNS} keyOf=${(one) => one.report_id} empty=${html`<${Empty} title="No report is kept" action=${ask}>A report says what packages need, directly and indirectly, and what of it a channel has.<//>`} />
    ${isAsking && html`<${Ask} onClose=${() => setAsking(false)} />`}
  <//>`;
}

const FIRST = { channel: "", mirror: "", specs: [], policy: "", ecosystem: "", platforms: [], pythons: [] };

function Ask({ onClose }) {
  const policies = useGet("/api/policies");
  const form = useForm(FIRST, async (wish) => {
    const filled = Object.fromEntries(Object.entries(wish).filter(([, value]) => value.length));
    const { report_id } = await post("/api/reports/dependencies", filled);
    navigate(path`/ui/reports/${report_id}` + "?asked=1");
  });
  const tags = ({ value, ...rest }) => ({ values: value, ...rest });
  return html`<${FormDialog} title="What do packages need?" action="Make the report" form=${form} isWhole=${form.wish.channel.trim()} onClose=${onClose}>
    <${ChannelField} ...${form.of("channel")} />
    <${MirrorField} channel=${form.wish.channel} ...${form.of("mirror")} />
    <${TagsField} label="Packages" isOptional splitAt=${/\n+/} ...${tags(form.of("specs"))} help="Specs as numpy >=2, names may have *. Left out, the packages that the rules name. Enter adds one." />
    <${SelectField} label="Rules of the policy" isOptional ...${form.of("policy")} options=${[{ value: "", text: "Those in force" }, ...(policies.data?.items ?? []).map((one) => ({ value: one.id, text: one.name }))]} />
    <div class="columns">
      <${SelectField} label="Type" isOptional ...${form.of("ecosystem")} options=${[{ value: "", text: "That of the mirrors" }, { value: "conda", text: "conda" }, { value: "python", text: "Python" }, { value: "r", text: "R" }]} />
      <${TagsField} label="Pythons" isOptional placeholder="3.12" ...${tags(form.of("pythons"))} />
    </div>
    <${TagsField} label="Platforms" isOptional placeholder="linux-64" ...${tags(form.of("platforms"))} help="Left out, all of the sources." />
  <//>`;
}
