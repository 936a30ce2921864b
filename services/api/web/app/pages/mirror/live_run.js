/** The run that goes on: its step, its counts, how quick it is. */

import { bytes, count, duration, Figures, html, Notice, Progress } from "../../kit.js";
import { useNow, perSecond } from "../mirrors/runs_now.js";

/** @param {{mirror: object}} props as of rowOf; draws nothing where none goes on */
export function LiveRun({ mirror }) {
  const now = useNow(mirror);
  if (!now.isActive) return null;
  const word = { pending: "waits for its turn", stopping: "is stopping" }[now.state] ?? "goes on";
  return html`<section class="card stack now" aria-label="The run that goes on">
    <div>
      <h2>Run ${count(now.run)} ${word}</h2>
      <p class="soft">${now.state === "pending" ? "It begins as soon as the scheduler has taken it up." : `Step ${now.stepNumber} of 8: ${now.step}, ${now.percent} %`}</p>
    </div>
    ${now.state !== "pending" && html`<${Progress} percent=${now.percent} label=${`Step ${now.stepNumber} of 8: ${now.step}`} />`}
    ${now.waits && html`<${Notice} kind="warn">It waits: ${now.waits}<//>`}
    ${now.state === "stopping" && html`<p>It was asked to stop, which may take up to 10 minutes. What is stored stays.</p>`}
    <${Figures} items=${[
      ["Files listed", count(now.listed), now.planned > 0 && `${count(now.planned)} to fetch`],
      ["Failed", count(now.failed)],
      ["Transferred", bytes(now.bytes)],
      ["Speed", perSecond(now.speed)],
      ["Time left", duration(now.left), now.left !== null && "about, of this step"],
    ]} />
  </section>`;
}
