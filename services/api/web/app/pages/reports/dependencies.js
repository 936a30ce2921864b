/** Dependency reports: those that are there, and asking for another one. */

import { Badge, bytes, Button, channelHref, col, Empty, FormDialog, html, LongList, navigate, path, post, SelectField, TagsField, Time, useForm, useGet, usePages, useState } from "../../kit.js";
import { ECOSYSTEMS } from "../policies/fields.js";
import { ChannelField, MirrorField } from "../policies/places.js";
import { ReportsPage } from "./tabs.js";

const COLUMNS = [
  col("Report", (one) => html`<a href=${path`/ui/reports/${one.report_id}`}>${one.title}</a>${one.error && html` <${Badge} kind="bad" title=${one.error}>Failed<//>`}`, "main"),
  col("Channel", (one) => one.channel && html`<a href=${channelHref(one.channel)}>${one.channel}</a>`, "spare"),
  col("Asked by", (one) => one.requested_by, "spare"),
  col("Made", (one) => html`<${Time} at=${one.made_at} />`),
  col("Size", (one) => bytes(one.size_bytes), "number spare"),
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
    const { report_id: id } = await post("/api/reports/dependencies", Object.fromEntries(Object.entries(wish).filter(([, value]) => value.length)));
    navigate(path`/ui/reports/${id}?asked=1`);
  });
  const tags = (name) => ({ values: form.wish[name], isOptional: true, ...form.of(name) });
  return html`<${FormDialog} title="What do packages need?" action="Make the report" form=${form} isWhole=${form.wish.channel.trim()} onClose=${onClose}>
    <${ChannelField} ...${form.of("channel")} />
    <${MirrorField} channel=${form.wish.channel} all="All of one type" ...${form.of("mirror")} />
    <${TagsField} label="Packages" splitAt=${/\n+/} ...${tags("specs")} help="Specs as numpy >=2; left out, those that the rules name. Enter adds one." />
    <${SelectField} label="Rules" ...${form.of("policy")} options=${[["", "Those in force"], ...(policies.data?.items ?? []).map((one) => [one.id, one.name])]} />
    <${SelectField} label="Type" ...${form.of("ecosystem")} options=${[["", "That of the mirrors"], ...Object.entries(ECOSYSTEMS)]} />
    <div class="columns small"><${TagsField} label="Platforms" placeholder="linux-64" ...${tags("platforms")} /><${TagsField} label="Pythons" placeholder="3.12" ...${tags("pythons")} /></div>
  <//>`;
}
