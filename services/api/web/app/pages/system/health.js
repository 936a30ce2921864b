/** How the installation is: services, queues, what is stored, and what needs a look. */

import { Badge, bytes, channelHref, col, count, Empty, Figures, html, path, Loaded, Notice, plural, Section, Table, Time } from "../../kit.js";
import { SystemPage, Unknown, useHealth } from "./frame.js";
import { Queues } from "./queues.js";
import { Storage } from "./storage.js";

const LITTLE = 0.05;
const STORES = { mongodb: "MongoDB", nats: "NATS", blobs: "the blob store" };

export default function Health() {
  const health = useHealth();
  return html`<${SystemPage} title="System health">
    <${Loaded} of=${health}>${(now) => html`
      <${Summary} health=${now} />
      <${Ailing} failures=${now.failures} />
      <${Services} services=${now.services} />
      <${Queues} queues=${now.queues} />
      <${Storage} health=${now} />
    `}<//>
  <//>`;
}

/** What is wrong in words, the worst first. @returns {string[]} */
function troubles({ stores, services, storage, failures }) {
  const away = stores.filter((one) => !one.is_up).map((one) => `${STORES[one.name] ?? one.name} does not answer as it should`);
  return [
    ...away,
    ...services.missing.map((name) => `No ${name} answers`),
    storage.disk && storage.disk.free_bytes < LITTLE * storage.disk.total_bytes && "The disk of the store is almost full",
    services.items === null && "Nobody knows which services are there",
    failures.total_count > 0 && `${plural(failures.total_count, "mirror")} ${failures.total_count === 1 ? "needs" : "need"} a look`,
  ].filter(Boolean);
}

function Summary({ health }) {
  const { services, fetchers, queues, storage, dead_letters: dead } = health;
  const wrong = troubles(health);
  const waiting = queues.items?.reduce((sum, one) => sum + one.waiting, 0);
  const disk = storage.disk;
  return html`
    ${wrong.length
      ? html`<${Notice} kind="warn">${wrong.map((words) => html`<p key=${words}>${words}.</p>`)}<//>`
      : html`<${Notice} kind="good">Everything answers, and no mirror failed in its last run.<//>`}
    <${Figures} items=${[
      ["Processes", count(services.items?.length), services.missing.length ? `missing: ${services.missing.join(", ")}` : "all services are there"],
      ["Fetchers", count(fetchers.instances), fetchers.in_hand === null ? "not known" : fetchers.in_hand ? `${plural(fetchers.in_hand, "batch", "batches")} in hand, ${count(fetchers.waiting)} waiting` : "idle"],
      ["Messages waiting", count(waiting), waiting ? "in all queues" : "nothing waits"],
      ["Stored", storage.blobs ? bytes(storage.blobs.size_bytes) : "–", storage.blobs ? html`${plural(storage.blobs.count, "file")}, counted <${Time} at=${storage.blobs.counted_at} />` : storage.is_counting ? "being counted" : "not known"],
      disk && ["Free on disk", bytes(disk.free_bytes), `of ${bytes(disk.total_bytes)}`],
      ["Dead letters", html`<a href="/ui/system/dead-letters">${count(dead.total_count)}</a>`, "in the last 90 days"],
    ]} />`;
}

/** What a mirror needs a look for. */
function why(one) {
  if (one.reason) return one.reason;
  return one.failed_files ? `${plural(one.failed_files, "file")} could not be fetched` : "the run failed";
}

function Ailing({ failures }) {
  if (failures.problem) return html`<${Section} title="Mirrors that need a look"><${Unknown} problem=${failures.problem} /><//>`;
  if (!failures.items.length) return null;
  const left = failures.total_count - failures.items.length;
  return html`<${Section} title="Mirrors that need a look">
    <${Table} label="Mirrors and why" rows=${failures.items} keyOf=${(one) => one.mirror_id} columns=${[
      col("Mirror", (one) => html`<a href=${channelHref(one.channel, path`/mirrors/${one.mirror_id}`)}>${one.mirror}</a>`, "main"),
      col("Channel", (one) => html`<a href=${channelHref(one.channel)}>${one.channel}</a>`, "spare"),
      col("What", (one) => html`<${Badge} kind=${one.state === "failed" ? "bad" : "warn"}>${one.state === "failed" ? "Failed" : one.state === "completed" ? "Incomplete" : "Rests"}<//> ${why(one)}`),
      col("Files failed", (one) => count(one.failed_files), "number spare"),
      col("When", (one) => html`<${Time} at=${one.at} />`),
    ]} />
    ${left > 0 && html`<p class="soft">And ${plural(left, "other")}.</p>`}
  <//>`;
}

function Services({ services }) {
  const missing = services.missing.map((name) => ({ name, id: name, isMissing: true }));
  const rows = [...missing, ...(services.items ?? [])];
  return html`<${Section} title="Services">
    <${Unknown} problem=${services.problem} />
    ${rows.length > 0
      ? html`<${Table} label="Processes of services" rows=${rows} keyOf=${(one) => one.id} columns=${[
          col("Service", (one) => one.name, "main"),
          col("State", (one) => (one.isMissing ? html`<${Badge} kind="bad">Does not answer<//>` : html`<${Badge} kind="good">Up<//>`)),
          col("Since", (one) => !one.isMissing && html`<${Time} at=${one.started_at} never="not known" />`),
          col("Where", (one) => one.host && html`${one.host} <span class="soft">process ${one.pid}</span>`, "spare"),
          col("Version", (one) => one.version, "spare"),
          col("Id", (one) => html`<code>${one.id}</code>`, "spare"),
        ]} />`
      : !services.problem && html`<${Empty} title="No service answers" />`}
  <//>`;
}
