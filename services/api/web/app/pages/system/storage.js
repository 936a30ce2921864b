/** The store and its upkeep: how full it is, what a sweep would remove, and comparing all that there is. */

import { Badge, Button, bytes, Facts, html, may, plural, Progress, Section, Time, useState } from "../../kit.js";
import { Unknown } from "./frame.js";
import { SweepDialog } from "./sweep.js";
import { VerifyDialog } from "./verify.js";

export function Storage({ health }) {
  const { storage, sweep, verify } = health;
  const [dialog, setDialog] = useState(null);
  const open = (Shown) => () => setDialog({ Shown });
  const actions = may("system:edit") && html`
    <${Button} onClick=${open(VerifyDialog)}>Verify…<//>
    <${Button} icon="trash" onClick=${open(SweepDialog)}>Sweep…<//>`;
  const disk = storage.disk;
  const used = disk && Math.round((100 * (disk.total_bytes - disk.free_bytes)) / disk.total_bytes);
  return html`<${Section} title="Storage and upkeep" actions=${actions}>
    <${Unknown} problem=${storage.problem ?? sweep.problem ?? verify.problem} />
    <div class="card">
      <${Facts} items=${[
        disk && ["Disk of the store", html`<span class="stack">${`${bytes(disk.free_bytes)} of ${bytes(disk.total_bytes)} are free`}<${Progress} percent=${used} label="Used of the disk" /></span>`],
        ["Last sweep by itself", html`<${Swept} report=${sweep.daily} />`],
        sweep.next_at && ["Next one", html`<${Time} at=${sweep.next_at} />`],
        sweep.asked && ["Last sweep on request", html`<${Swept} report=${sweep.asked} />`],
        ["Last verification", html`<${Verified} report=${verify.last} />`],
      ]} />
    </div>
    ${dialog && html`<${dialog.Shown} onClose=${() => setDialog(null)} />`}
  <//>`;
}

function Swept({ report }) {
  if (!report) return html`<span class="soft">none yet, or longer ago than a week</span>`;
  const isEmpty = !Object.values(report.counts).some(Boolean);
  const found = isEmpty ? "nothing" : `${plural(report.counts.blobs ?? 0, "file")}, ${bytes(report.size_bytes)} in all`;
  if (report.refused) return html`<${Badge} kind="warn">Removed nothing<//> <${Time} at=${report.finished_at} />: ${report.refused}`;
  return html`<${Time} at=${report.finished_at} />: ${report.is_dry_run ? `would have removed ${found}` : `removed ${found}`}`;
}

function Verified({ report }) {
  if (!report) return html`<span class="soft">none in the last week</span>`;
  const of = `${report.channel ?? "all channels"}${report.is_deep ? ", every file read" : ""}`;
  const word = report.fault_count ? html`<${Badge} kind="bad">${plural(report.fault_count, "fault")}<//>` : html`<${Badge} kind="good">No faults<//>`;
  return html`${word} <${Time} at=${report.finished_at} />: ${of}`;
}
