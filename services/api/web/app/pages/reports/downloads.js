/** Who downloaded what: sums and every item of a range of days, to look at or to take along. */

import { Badge, Button, count, Empty, Figures, html, LongList, may, Notice, place, plural, post, ProblemBox, SelectField, Section, setQuery, Table, TagsField, TextField, Time, useAct, useEffect, useMemo, useState } from "../../kit.js";
import { dayBefore, pagesOf, ReportsPage } from "./tabs.js";

const SUMS = {
  channel_name: "Channel",
  name: "Package",
  user_name: "User",
  day: "Day",
};
const MOST_SUMS = 200;
const named = (item, by) => (by === "day" ? item.downloaded_at.slice(0, 10) : (item[by] ?? (by === "user_name" ? "without a token" : "–")));

function sumsOf(items, by) {
  const sums = new Map();
  for (const item of items) sums.set(named(item, by), (sums.get(named(item, by)) ?? 0) + item.count);
  const rows = [...sums].map(([name, downloads]) => ({ name, downloads }));
  return by === "day" ? rows : rows.sort((a, b) => b.downloads - a.downloads);
}

/** Hand a file to the browser to keep. */
function keepFile(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export default function Downloads() {
  const { query } = place.value;
  const asked = {
    from_date: query.get("from") ?? dayBefore(30),
    to_date: query.get("to") ?? dayBefore(0),
    user_names: query.get("users")?.split(",") ?? [],
    channel_names: query.get("channels")?.split(",") ?? [],
  };
  const key = JSON.stringify(asked);
  const [wish, setWish] = useState(asked);
  const [items, setItems] = useState(null);
  const find = useAct(async () => setItems((await post("/api/reports/artifact_downloads", asked)).downloaded_items));
  useEffect(() => {
    if (may("audit:view")) find.run();
  }, [key]);
  const take = useAct(async (form) => {
    const answer = await post("/api/reports/artifact_downloads", { ...asked, download_as: form }, { raw: true });
    keepFile(await answer.blob(), `downloads-${asked.from_date}-${asked.to_date}.${form}`);
  });
  if (!may("audit:view")) return html`<${ReportsPage} title="Downloads"><${Empty} title="You may not see who downloaded what" /><//>`;
  const field = (name) => ({ value: wish[name], onChange: (value) => setWish({ ...wish, [name]: value }), error: find.error?.field === name ? find.error.message : null });
  const tags = (name) => ({ ...field(name), values: wish[name] });
  const show = (event) => {
    event.preventDefault();
    if (JSON.stringify(wish) === key) find.run();
    setQuery({ from: wish.from_date, to: wish.to_date, users: wish.user_names.join(), channels: wish.channel_names.join() }, { replace: false });
  };
  return html`<${ReportsPage} title="Downloads">
    <form class="card stack" onSubmit=${show}>
      <div class="columns small">
        <${TextField} label="From" type="date" ...${field("from_date")} />
        <${TextField} label="To" type="date" ...${field("to_date")} />
        <${TagsField} label="Users" isOptional ...${tags("user_names")} />
        <${TagsField} label="Channels" isOptional ...${tags("channel_names")} />
      </div>
      <div class="row">
        <${Button} kind="primary" type="submit" isBusy=${find.isBusy}>Show<//>
        ${["csv", "json"].map((form) => html`<${Button} key=${form} icon="download" disabled=${take.isBusy} onClick=${() => take.run(form)}>${form.toUpperCase()}<//>`)}
      </div>
      <${ProblemBox} problem=${find.error && !find.error.field ? find.error : take.error} />
    </form>
    ${items && html`<${Found} items=${items} by=${SUMS[query.get("by")] ? query.get("by") : "channel_name"} />`}
  <//>`;
}

function Found({ items, by }) {
  const sums = useMemo(() => sumsOf(items, by), [items, by]);
  const total = items.reduce((sum, one) => sum + one.count, 0);
  if (!items.length) return html`<div class="section"><${Empty} title="Nothing was downloaded in these days">Choose others, or fewer users and channels.<//></div>`;
  const distinct = (name) => new Set(items.map((one) => one[name])).size;
  return html`<div class="section">
    <${Figures} items=${[{ label: "Downloads", value: count(total) }, { label: "Files", value: count(distinct("ckey")) }, { label: "Packages", value: count(distinct("name")) }, { label: "Users", value: count(distinct("user_name")) }]} />
    <div class="columns sums">
      <div class="stack">
        <${SelectField} label="Sums by" value=${by} onChange=${(to) => setQuery({ by: to })} options=${Object.entries(SUMS).map(([value, text]) => ({ value, text }))} />
        <${Table} label=${`Downloads by ${SUMS[by].toLowerCase()}`} rows=${sums.slice(0, MOST_SUMS)} keyOf=${(one) => one.name} columns=${[
          { name: "name", title: SUMS[by], kind: "main", draw: (one) => one.name },
          { name: "downloads", title: "Downloads", kind: "number", draw: (one) => html`<span class="share" style=${{ "--share": one.downloads / total }}>${count(one.downloads)}</span>` },
        ]} />
        ${sums.length > MOST_SUMS && html`<p class="soft">${plural(sums.length - MOST_SUMS, "more")}; the file has them.</p>`}
      </div>
      <${LongList} label="Downloads" pages=${pagesOf(items, String(items.length))} keyOf=${(one) => `${one.downloaded_at} ${one.channel_name} ${one.ckey} ${one.user_name}`} columns=${[
        { name: "at", title: "When", draw: (one) => html`<${Time} at=${one.downloaded_at} />` },
        { name: "file", title: "File", kind: "main", draw: (one) => html`<span class="mono">${one.ckey}</span>` },
        { name: "channel", title: "Channel", isWideOnly: true, draw: (one) => one.channel_name },
        { name: "user", title: "User", draw: (one) => one.user_name ?? html`<span class="soft">without a token</span>` },
        { name: "count", title: "Times", kind: "number", isWideOnly: true, draw: (one) => count(one.count) },
        { name: "cves", title: "CVEs", isWideOnly: true, draw: (one) => one.cves.length > 0 && html`<${Badge} kind=${one.cve_score > 7 ? "bad" : "warn"} title=${one.cves.join(", ")}>${one.cves.length}<//>` },
      ]} />
    </div>
  </div>`;
}
