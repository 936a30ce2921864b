/** What services have still to do, and what the bus keeps. */

import { Button, bytes, col, count, html, plural, Section, sentence, Table, useState } from "../../kit.js";
import { Unknown } from "./frame.js";

const isBusy = (one) => one.waiting + one.in_hand > 0;

/** Queues in which a service waits for the same to do are one: the history hears everything. */
function grouped(items) {
  const groups = new Map();
  for (const one of items) {
    const key = `${one.service} ${one.does}`;
    const group = groups.get(key) ?? { key, service: one.service, does: one.does, messages: [], waiting: 0, in_hand: 0, redelivered: 0 };
    group.messages.push(...one.messages);
    for (const name of ["waiting", "in_hand", "redelivered"]) group[name] += one[name];
    groups.set(key, group);
  }
  return [...groups.values()];
}

export function Queues({ queues }) {
  const [isWhole, setWhole] = useState(false);
  if (queues.items === null) return html`<${Section} title="Queues"><${Unknown} problem=${queues.problem} /><//>`;
  const all = grouped(queues.items);
  const rows = isWhole ? all : all.filter(isBusy);
  const turn = html`<${Button} kind="quiet" aria-expanded=${isWhole} onClick=${() => setWhole(!isWhole)}>${isWhole ? "Show busy ones only" : `Show all ${count(all.length)} queues`}<//>`;
  return html`<${Section} title="Queues" actions=${turn}>
    ${rows.length === 0 && html`<p class="soft">Nothing waits: every service has done what it was told.</p>`}
    ${rows.length > 0 &&
    html`<${Table} label="What waits" rows=${rows} keyOf=${(one) => one.key} columns=${[
      col("What is to be done", (one) => sentence(one.does), "main"),
      col("By", (one) => one.service),
      col("Waiting", (one) => count(one.waiting), "number"),
      col("In hand", (one) => count(one.in_hand), "number"),
      col("Tried again", (one) => count(one.redelivered), "number spare"),
      col("Messages", (one) => one.messages.length > 3 ? html`<span title=${one.messages.join(", ")}>${plural(one.messages.length, "kind")} of messages</span>` : html`<code>${one.messages.join(", ")}</code>`, "spare"),
    ]} />`}
    ${isWhole &&
    html`<div class="kept-by-bus stack"><h3>Kept by the bus</h3>
      <${Table} label="Streams of the bus" rows=${queues.streams} keyOf=${(one) => one.name} columns=${[
        col("Stream", (one) => html`<code>${one.name}</code>`, "main"),
        col("Messages", (one) => count(one.messages), "number"),
        col("Size", (one) => bytes(one.size_bytes), "number"),
      ]} /></div>`}
  <//>`;
}
