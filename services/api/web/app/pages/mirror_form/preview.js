/** What the mirror would bring, before it is saved: asked for, followed, and looked into file by file. */

import {
  Badge, Button, bytes, count, Dialog, del, Empty, Figures, get, html, LongList, Notice, path, plural, post, ProblemBox, Progress, SearchBox,
  useCursor, useEffect, useRef, useState, place, setQuery, withQuery,
} from "../../kit.js";

const LOOK_MS = 600;
const FEW = 12;

/** Make one preview at a time; `of` names what it was made of. */
export function usePreview() {
  const [state, setState] = useState({ of: null, isBusy: false, preview: null, problem: null });
  const going = useRef(null);

  const stop = () => {
    const { url, abort } = going.current ?? {};
    abort?.abort();
    // Nobody waits for it any more: the server need not go on.
    if (url) del(url).catch(() => {});
    going.current = null;
  };
  useEffect(() => stop, []);

  const ask = async (wish, of) => {
    stop();
    const mine = (going.current = { abort: new AbortController(), url: null });
    const { signal } = mine.abort;
    setState((was) => ({ ...was, of, isBusy: true, preview: null, problem: null }));
    try {
      const { url } = await post("/api/mirrors/preview", wish, { signal });
      mine.url = url;
      for (;;) {
        const preview = await get(url, { signal });
        const isOver = preview.state === "done" || preview.state === "failed";
        if (isOver) mine.url = null;
        setState((was) => ({ ...was, preview, isBusy: !isOver }));
        if (isOver) return;
        await pause(LOOK_MS, signal);
      }
    } catch (problem) {
      if (problem.name === "AbortError") return;
      mine.url = null;
      setState((was) => ({ ...was, isBusy: false, problem }));
    }
  };
  const cancel = () => {
    stop();
    setState({ of: null, isBusy: false, preview: null, problem: null });
  };
  return { ...state, ask, cancel };
}

const pause = (ms, signal) =>
  new Promise((done, fail) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      fail(new DOMException("stopped", "AbortError"));
    });
  });

/** @param {{it: ReturnType<typeof usePreview>, isOld: boolean, isActive: boolean, isNew: boolean, onAsk: () => void, canAsk: boolean}} props */
export function PreviewPanel({ it, isOld, isActive, isNew, onAsk, canAsk }) {
  const [open, setOpen] = useState(null);
  const { preview, problem, isBusy } = it;
  const button = isBusy
    ? html`<${Button} icon="stop" onClick=${it.cancel}>Stop<//>`
    : html`<${Button} icon="search" disabled=${!canAsk} onClick=${onAsk}>${preview || problem ? "Preview again" : "Preview"}<//>`;
  return html`<aside class="card stack preview" aria-label="Preview">
    <header class="section-head"><h2>What it would bring</h2>${button}</header>
    <div class="stack" aria-live="polite" aria-busy=${isBusy}>
      ${!preview && !problem && !isBusy && html`<p class="soft">Reads the source and decides by these filters and the policy, as ${isNew ? "the first" : "the next"} run would. Nothing of the channel changes.</p>`}
      ${isBusy && html`<div><p>${preview && preview.state !== "waiting" ? preview.step : "Waiting for its turn"}…</p><${Progress} percent=${preview?.percent || null} label="Preview" /></div>`}
      ${problem && !problem.field && html`<${ProblemBox} problem=${problem} />`}
      ${problem?.field && html`<${Notice} kind="warn">Mend what is marked in the form, then preview again.<//>`}
      ${preview?.problem && html`<${Notice} kind="bad">${preview.problem.detail}<//>`}
      ${preview?.state === "done" && html`
        ${isOld && html`<${Notice} kind="warn">The form has changed since.<//>`}
        <${Outcome} preview=${preview} isActive=${isActive} onOpen=${setOpen} />`}
    </div>
    ${open && html`<${Files} id=${preview.preview_id} ...${open} onClose=${() => setOpen(null)} />`}
  </aside>`;
}

function Outcome({ preview, isActive, onOpen }) {
  const { count: counts, packages, rules, change, failed } = preview;
  const excluded = Object.entries(counts.excluded).sort((a, b) => b[1] - a[1]);
  const left = excluded.reduce((sum, [, files]) => sum + files, 0);
  const acting = rules.filter((one) => one.excluded);
  return html`
    <${Figures} items=${[
      { label: "Packages", value: count(packages.count) },
      { label: "Files", value: count(counts.listed), note: bytes(counts.listed_bytes) },
      { label: "Left out", value: count(left), note: left ? "files" : "nothing" },
    ]} />
    ${change && html`<${Change} change=${change} />`}
    ${counts.unread > 0 && html`<p class="soft">${plural(counts.unread, "project")} of the index ${counts.unread === 1 ? "was" : "were"} not read: ${isActive ? "the run reads and fetches them all." : "each is read when a client first asks for it."}</p>`}
    <p class="row">
      ${counts.listed > 0 && html`<${Button} onClick=${() => onOpen({ title: "Files that it would bring", query: { decision: "kept" } })}>Show the files<//>`}
      ${left > 0 && html`<${Button} onClick=${() => onOpen({ title: "Files that are left out", query: { decision: "excluded" } })}>Show what is left out<//>`}
    </p>
    ${acting.length > 0 && html`<section class="stack" aria-label="Rules">
      <h3>Left out by</h3>
      <ul class="plain rules">${acting.map((one) => html`<li key=${`${one.policy} ${one.rule} ${one.reason}`}>
        <div>${one.text} <span class="soft">${one.policy_name ? `policy ${one.policy_name}` : one.reason.startsWith("channel") ? "of the channel" : "this mirror's filter"}</span></div>
        <${Button} label=${`Show the ${plural(one.excluded, "file")} left out by ${one.rule}`} onClick=${() => onOpen({ title: `Left out by ${one.rule}`, query: { decision: "excluded", rule: one.rule, reason: one.reason } })}>${count(one.excluded)}<//>
      </li>`)}</ul>
    </section>`}
    ${packages.count > 0 && html`<details><summary>${plural(packages.count, "package")}</summary><p class="names">${packages.names.join(", ")}${packages.count > packages.names.length && `, and ${count(packages.count - packages.names.length)} more`}</p></details>`}
    ${failed > 0 && html`<details><summary><${Badge} kind="warn">Unusable<//> ${plural(failed, "record")} of the source</summary>
      <ul class="plain names">${preview.failures.map((one) => html`<li key=${one.ckey}><code>${one.ckey}</code>: ${one.reason}</li>`)}</ul></details>`}
  `;
}

function Change({ change: { gained, gained_bytes: more, lost, lost_bytes: less, replaced, packages_gained: came, packages_lost: went } }) {
  if (!gained && !lost && !replaced) return html`<p>The mirror lists the same as now.</p>`;
  const names = (word, kind, { count: total, names: some }) =>
    total > 0 && html`<p><${Badge} kind=${kind}>${word}<//> ${some.slice(0, FEW).join(", ")}${total > FEW && ` and ${count(total - FEW)} more`}</p>`;
  return html`<section class="stack" aria-label="Change">
    <p>Against now: <strong>+${count(gained)}</strong> ${gained === 1 ? "file" : "files"} (${bytes(more)}), <strong>−${count(lost)}</strong> (${bytes(less)})${replaced > 0 && `, ${count(replaced)} replaced`}.</p>
    ${names("New", "good", came)}
    ${names("Gone", "bad", went)}
  </section>`;
}

const KEPT = [
  { name: "file", title: "File", kind: "main", draw: (row) => html`<code>${row.ckey}</code>` },
  { name: "version", title: "Version", isWideOnly: true, draw: (row) => row.version },
  { name: "size", title: "Size", kind: "number", draw: (row) => bytes(row.size_bytes) },
];
const WHY = { name: "why", title: "Why", isWideOnly: true, draw: (row) => html`<span title=${row.detail}>${row.detail ?? row.rule ?? ""}</span>` };

function Files({ id, title, query, onClose }) {
  const name = place.value.query.get("package") ?? "";
  const pages = useCursor(withQuery(path`/api/mirrors/preview/${id}/files`, { ...query, package: name || null }));
  const close = () => {
    setQuery({ package: null });
    onClose();
  };
  return html`<${Dialog} title=${title} isWide onClose=${close} actions=${html`<${Button} kind="primary" onClick=${close}>Close<//>`}>
    <${SearchBox} label="Package, by its whole name" name="package" />
    <${LongList} pages=${pages} label=${title} columns=${query.decision === "kept" ? KEPT : [KEPT[0], WHY, KEPT[2]]} keyOf=${(row) => row.ckey} empty=${html`<${Empty} title="No such file" />`} />
  <//>`;
}
