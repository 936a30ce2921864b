/** What nothing names any more: shown first, and removed when one says so. */

import { Button, bytes, col, count, Dialog, html, Loading, Notice, post, ProblemBox, Table, useAct, useEffect, useState } from "../../kit.js";
import { Awaited, useReport } from "./report.js";

const KINDS = {
  blobs: "Package and index files",
  shards: "Records of packages",
  rendered_shards: "Rendered pages of packages",
  revisions: "Old revisions of channels",
  catalogues: "Catalogues of deleted mirrors",
  runs: "Old runs",
  batches: "Work of ended runs",
  extracted: "Facts taken out of files that are gone",
};

/** Shows what a sweep would remove, then does it. */
export function SweepDialog({ onClose }) {
  const [dry, setDry] = useState(null);
  const [wet, setWet] = useState(null);
  const ask = useAct(async (isDry) => (isDry ? setDry : setWet)((await post("/api/system/garbage", { dry_run: isDry })).report_id));
  useEffect(() => {
    ask.run(true);
  }, []);
  const { report: found, problem } = useReport(dry);
  const isWorth = found && !found.refused && Object.values(found.found).some((amount) => amount.count > 0);
  const actions = html`<${Button} onClick=${onClose}>Close<//>
    ${isWorth && !wet && html`<${Button} kind="danger" icon="trash" isBusy=${ask.isBusy} onClick=${() => ask.run(false)}>Sweep now<//>`}`;
  return html`<${Dialog} title="Sweep" onClose=${onClose} actions=${actions}>
    <p>A sweep removes what nothing names any more and is older than the grace period. It may run beside everything else.</p>
    <${ProblemBox} problem=${ask.error ?? problem} onRetry=${() => ask.run(!dry || Boolean(problem))} />
    ${wet
      ? html`<${Awaited} key=${wet} id=${wet} words="Sweeping…">${(report) => html`<${Found} report=${report} />`}<//>`
      : found
        ? html`<${Found} report=${found} />`
        : !ask.error && !problem && html`<${Loading}>Looking what would go…<//>`}
  <//>`;
}

function Found({ report }) {
  if (report.refused) return html`<${Notice} kind="warn">Nothing ${report.is_dry_run ? "would be" : "was"} removed: ${report.refused}.<//>`;
  const rows = Object.entries(report.found).filter(([, amount]) => amount.count > 0);
  const sum = rows.reduce((bytesSoFar, [, amount]) => bytesSoFar + amount.size_bytes, 0);
  if (!rows.length) return html`<${Notice} kind="good">${report.is_dry_run ? "There is nothing to remove." : "There was nothing to remove."}<//>`;
  return html`
    <p role="status">${report.is_dry_run ? "It would free" : "It freed"} <strong>${bytes(sum)}</strong>.</p>
    <${Table} label="What a sweep found" rows=${rows} keyOf=${([kind]) => kind} columns=${[
      col("What", ([kind]) => KINDS[kind] ?? kind, "main"),
      col("Number", ([, amount]) => count(amount.count), "number"),
      col("Size", ([, amount]) => (amount.size_bytes ? bytes(amount.size_bytes) : "–"), "number"),
    ]} />
    ${report.blobs.length > 0 &&
    html`<details>
      <summary>The first of the files, by digest</summary>
      <ul class="digests">${report.blobs.slice(0, 100).map((sha256) => html`<li key=${sha256}><code>${sha256}</code></li>`)}</ul>
    </details>`}`;
}
