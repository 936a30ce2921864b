/** What the mirror would bring, before it is saved: followed while it is made, and looked into file by file. */

import { Badge, Button, bytes, count, del, Figures, get, html, Notice, plural, ProblemBox, Progress } from "../../kit.js";
import { LeftOut } from "../mirror/decided.js";

const LOOK_MS = 600;
const FEW = 12;

/** Look at a preview until it is over; `tell` hears of each step. Where nobody waits any more, the server need not go on. */
export async function follow(url, signal, tell) {
  signal.onabort = () => del(url).catch(() => {});
  for (;;) {
    const data = await get(url, { signal });
    if (data.finished_at) {
      signal.onabort = null;
      return data;
    }
    tell({ data, isBusy: true });
    await pause();
  }
}

/** Wait a moment, and for as long as nobody looks at the page. */
const pause = () =>
  new Promise((go) => setTimeout(() => (document.hidden ? document.addEventListener("visibilitychange", go, { once: true }) : go()), LOOK_MS));

/** @param {{preview: ReturnType<typeof import("./ask.js").useAsk>, isOld: boolean, isActive: boolean, isNew: boolean, onAsk?: () => void}} props */
export function PreviewPanel({ preview, isOld, isActive, isNew, onAsk }) {
  const { data, error, isBusy, clear } = preview;
  return html`<aside class="card stack preview" aria-label="Preview">
    <header class="section-head"><h2>What it would bring</h2>
      ${isBusy ? html`<${Button} icon="stop" onClick=${clear}>Stop<//>` : html`<${Button} icon="search" disabled=${!onAsk} onClick=${onAsk}>${data || error ? "Preview again" : "Preview"}<//>`}
    </header>
    <div class="stack" aria-live="polite" aria-busy=${isBusy}>
      ${!data && !error && !isBusy && html`<p class="soft">Reads the source and decides by these filters and the policy, as the ${isNew ? "first" : "next"} run would. Nothing of the channel changes.</p>`}
      ${isBusy && html`<div><p>${data?.percent ? data.step : "Waiting for its turn"}…</p><${Progress} percent=${data?.percent || null} label="Preview" /></div>`}
      <${ProblemBox} problem=${error} />
      ${data?.problem && html`<${Notice} kind="bad">${data.problem.detail}<//>`}
      ${data?.count && html`${isOld && html`<${Notice} kind="warn">The form has changed since.<//>`}<${Outcome} of=${data} isActive=${isActive} />`}
    </div>
  </aside>`;
}

function Outcome({ of: { preview_id: id, count: { listed, listed_bytes: size, excluded, unread }, packages, change, failed, failures }, isActive }) {
  const left = Object.values(excluded).reduce((sum, files) => sum + files, 0);
  return html`
    <${Figures} items=${[
      ["Packages", count(packages.count)],
      ["Files", count(listed), bytes(size)],
      ["Left out", count(left), "files"],
    ]} />
    ${change && html`<${Change} ...${change} />`}
    ${unread > 0 && html`<p class="soft">${plural(unread, "project")} of the index not read yet: ${isActive ? "the run reads and fetches all." : "each is read when a client first asks for it."}</p>`}
    <${LeftOut} address=${`/api/mirrors/preview/${id}/files`} counts=${excluded} listed=${listed} />
    ${packages.count > 0 && html`<details><summary>${plural(packages.count, "package")}</summary><p class="names">${some(packages, packages.names.length)}</p></details>`}
    ${failed > 0 && html`<details><summary><${Badge} kind="warn">Unusable<//> ${plural(failed, "record")} of the source</summary>
      <ul class="plain names">${failures.map(({ ckey, reason }) => html`<li key=${ckey}><code>${ckey}</code>: ${reason}</li>`)}</ul></details>`}
  `;
}

const some = ({ count: total, names }, most = FEW) => `${names.slice(0, most).join(", ")}${total > most ? ` and ${count(total - most)} more` : ""}`;

const Change = ({ gained, gained_bytes, lost, lost_bytes, replaced, packages_gained: came, packages_lost: went }) =>
  gained || lost || replaced
    ? html`<section class="stack" aria-label="Change">
        <p>Against now: <strong>+${plural(gained, "file")}</strong> (${bytes(gained_bytes)}), <strong>−${count(lost)}</strong> (${bytes(lost_bytes)})${replaced > 0 && `, ${count(replaced)} replaced`}.</p>
        ${came.count > 0 && html`<p><${Badge} kind="good">New<//> ${some(came)}</p>`}
        ${went.count > 0 && html`<p><${Badge} kind="bad">Gone<//> ${some(went)}</p>`}
      </section>`
    : html`<p>The mirror lists the same as now.</p>`;
