/** Who downloaded what: sums and every item of some days, to look at or to take along. */

import { Badge, Button, col, count, Empty, html, keepFile, LongList, may, place, plural, post, ProblemBox, SelectField, setQuery, Table, TagsField, TextField, Time, useAct, useEffect, useMemo, useState } from "../../kit.js";
import { dayAfter, pagesOf, ReportsPage } from "./tabs.js";

const MOST_SUMS = 200;
const SUMS = [["channel_name", "Channel"], ["name", "Package"], ["user_name", "User"], ["day", "Day"]];

export default function Downloads() {
  const { query } = place.value;
  const names = (name) => query.get(name)?.split(",") ?? [];
  const asked = { from_date: query.get("from") ?? dayAfter(-30), to_date: query.get("to") ?? dayAfter(0), user_names: names("users"), channel_names: names("channels") };
  const key = JSON.stringify(asked);
  const [wish, setWish] = useState(asked);
  const [items, setItems] = useState(null);
  const find = useAct(async (form) => {
    const answer = await post("/api/reports/artifact_downloads", { ...asked, download_as: form ?? "json" }, { raw: true });
    if (form) keepFile(await answer.blob(), `downloads-${asked.from_date}-${asked.to_date}.${form}`);
    else setItems((await answer.json()).downloaded_items);
  });
  useEffect(() => {
    if (may("audit:view")) find.run();
  }, [key]);
  const field = (name) => ({ value: wish[name], values: wish[name], error: find.error?.field === name ? find.error.message : null, onChange: (value) => setWish({ ...wish, [name]: value }) });
  const show = (event) => {
    event.preventDefault();
    setQuery({ from: wish.from_date, to: wish.to_date, users: wish.user_names.join(), channels: wish.channel_names.join() }, { replace: false });
  };
  return html`<${ReportsPage} title="Downloads">
    <form class="stack" onSubmit=${show}>
      <div class="columns small">
        <${TextField} label="From" type="date" ...${field("from_date")} />
        <${TextField} label="To" type="date" ...${field("to_date")} />
        <${TagsField} label="Users" isOptional ...${field("user_names")} />
        <${TagsField} label="Channels" isOptional ...${field("channel_names")} />
      </div>
      <div class="row">
        <${Button} kind="primary" type="submit" isBusy=${find.isBusy}>Show<//>
        ${["csv", "json"].map((form) => html`<${Button} key=${form} icon="download" onClick=${() => find.run(form)}>${form.toUpperCase()}<//>`)}
      </div>
      <${ProblemBox} problem=${find.error?.field ? null : find.error} />
    </form>
    <div class="section">${items && (items.length ? html`<${Found} items=${items} />` : html`<${Empty} title="Nothing was downloaded in these days">Choose others, or fewer users and channels.<//>`)}</div>
  <//>`;
}

function Found({ items }) {
  const by = place.value.query.get("by") ?? "channel_name";
  const sums = useMemo(() => {
    const found = new Map();
    for (const one of items) {
      const name = (by === "day" ? one.downloaded_at.slice(0, 10) : one[by]) ?? "unknown";
      found.set(name, (found.get(name) ?? 0) + one.count);
    }
    return [...found].sort((one, other) => other[1] - one[1]);
  }, [items, by]);
  return html`<div class="columns sums">
    <div class="stack">
      <p><strong>${plural(items.reduce((sum, one) => sum + one.count, 0), "download")}</strong></p>
      <${SelectField} label="Sums by" value=${by} onChange=${(to) => setQuery({ by: to })} options=${SUMS} />
      <${Table} label="Sums" rows=${sums.slice(0, MOST_SUMS)} keyOf=${([name]) => name} columns=${[col("Of", ([name]) => name, "main"), col("Downloads", ([, sum]) => count(sum), "number")]} />
      ${sums.length > MOST_SUMS && html`<p class="soft">${plural(sums.length - MOST_SUMS, "more")}: in the file.</p>`}
    </div>
    <${LongList} label="Downloads" pages=${pagesOf(items, items[0].downloaded_at + items.length)} keyOf=${(one) => JSON.stringify(one)} columns=${[
      col("When", (one) => html`<${Time} at=${one.downloaded_at} />`),
      col("File", (one) => html`<code>${one.ckey}</code>`, "main"),
      col("Channel", (one) => one.channel_name, "spare"),
      col("User", (one) => one.user_name ?? html`<span class="soft">no token</span>`),
      col("Times", (one) => count(one.count), "number spare"),
      col("CVEs", (one) => one.cves.length > 0 && html`<${Badge} kind="warn" title=${one.cves.join(", ")}>${one.cves.length}<//>`, "spare"),
    ]} />
  </div>`;
}
