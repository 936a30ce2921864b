/** Compare index, catalogues and store; repair where that is wanted. */

import { Button, CheckField, col, Dialog, html, list, Notice, plural, post, ProblemBox, Table, TextField, useForm, useState } from "../../kit.js";
import { Awaited } from "./report.js";

export function VerifyDialog({ onClose }) {
  const [id, setId] = useState(null);
  const form = useForm({ channel: "", deep: false, repair: false }, async (wish) => {
    setId((await post("/api/system/verify", { ...wish, channel: wish.channel.trim() || null })).report_id);
  });
  const actions = html`<${Button} onClick=${onClose}>${id ? "Close" : "Cancel"}<//>
    ${!id && html`<${Button} kind="primary" type="submit" isBusy=${form.isBusy}>Verify<//>`}`;
  return html`<${Dialog} title="Verify" isWide=${Boolean(id)} onClose=${onClose} onSubmit=${() => !id && form.run()} actions=${actions}>
    ${id
      ? html`<${Awaited} id=${id} words="Comparing…">${(report) => html`<${Compared} report=${report} />`}<//>`
      : html`<p>Looks whether everything that channels show is in the store, and is what it should be.</p>
          <${TextField} label="Channel" isOptional help="All channels where this is empty." placeholder="main or main/stage" ...${form.of("channel")} />
          <${CheckField} label="Read every file" help="Compares the digest of each; takes as long as reading the whole store." ...${form.of("deep")} />
          <${CheckField} label="Repair what can be repaired" help="Publishes anew and runs mirrors, as what is wrong needs." ...${form.of("repair")} />
          <${ProblemBox} problem=${form.problem} />`}
  <//>`;
}

function Compared({ report }) {
  const checked = list(Object.entries(report.checked).map(([part, n]) => plural(n, part.replaceAll("_", " "), `${part.replaceAll("_", " ")}s`)));
  if (!report.fault_count) return html`<${Notice} kind="good">Nothing is missing or damaged. ${checked && `Checked: ${checked}.`}<//>`;
  return html`
    <${Notice} kind="bad">${plural(report.fault_count, "thing")} missing or damaged. Checked: ${checked}.<//>
    <${Table} label="Faults" rows=${report.faults} keyOf=${(one) => `${one.channel} ${one.part} ${one.digest} ${one.affects}`} columns=${[
      col("What", (one) => one.affects, "main"),
      col("Channel", (one) => one.channel),
      col("Fault", (one) => `${one.part.replaceAll("_", " ")} ${one.problem}`),
      col("What helps", (one) => one.remedy ?? "–"),
    ]} />
    ${report.faults.length < report.fault_count && html`<p class="soft">The first ${plural(report.faults.length, "fault")} of ${report.fault_count}.</p>`}`;
}
