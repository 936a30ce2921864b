/** The effect of rules, in figures and lists; each leads to all of its files. */

import { Badge, Button, bytes, count, Dialog, Figures, html, list, LongList, Notice, plural, ProblemBox, SelectField, Table, useCursor, usePages, useState, withQuery } from "../../kit.js";
import { usePreview } from "./preview.js";

const FEW = 8;

/** @param {{wish: object|null, children?: any}} props `wish` as of usePreview; `children` stand where there is none */
export function Effect({ wish, children }) {
  const { preview, problem, isOld, isSolving, retry } = usePreview(wish);
  const [open, setOpen] = useState(null);
  if (!wish && !preview) return children;
  const quiet = problem?.status === 400 ? html`<${Notice}>${problem.message}<//>` : html`<${ProblemBox} problem=${problem} onRetry=${retry} />`;
  if (!preview) return problem ? quiet : html`<p class="soft" role="status">Working out what would change…</p>`;
  return html`<div class="stack effect" aria-busy=${isOld}>
    ${problem && quiet}
    <${Sums} preview=${preview} isSolving=${isSolving} />
    ${!preview.mirrors.length && html`<p class="soft">No mirror there has anything yet that this could change.</p>`}
    ${preview.not_yet_run.length > 0 && html`<p class="soft">Not run yet, and so not counted: ${list(preview.not_yet_run)}.</p>`}
    ${preview.uninstallable?.length > 0 && html`<${Broken} found=${preview.uninstallable} />`}
    ${preview.unsolved > 0 && html`<p class="soft">${plural(preview.unsolved, "more package")} could break, and could not be looked at.</p>`}
    ${preview.mirrors.map((mirror) => html`<${OfMirror} key=${mirror.mirror_id} mirror=${mirror} onOpen=${(what) => setOpen({ mirror, ...what })} />`)}
    ${open && html`<${All} id=${preview.report_id} ...${open} onClose=${() => setOpen(null)} />`}
  </div>`;
}

function Sums({ preview, isSolving }) {
  const { gained, lost, uninstallable } = preview;
  const broken = uninstallable?.length;
  return html`<${Figures} items=${[
    { label: "Files gained", value: `+${count(gained.files)}`, note: bytes(gained.size_bytes) },
    { label: "Files lost", value: `−${count(lost.files)}`, note: bytes(lost.size_bytes) },
    { label: "Packages broken", value: broken === undefined ? "…" : count(broken), note: isSolving ? "looking" : broken ? "can't be installed any more" : "can be installed as before" },
  ]} />`;
}

const Broken = ({ found }) => html`<section class="stack" aria-label="Packages that break">
  <h3><${Badge} kind="bad" icon="warn">Broken<//> ${plural(found.length, "package")} could not be installed any more</h3>
  <ul class="plain broken">${found.slice(0, 200).map(
    (one) => html`<li key=${`${one.channel} ${one.platform} ${one.name}`}>
      <details>
        <summary><strong>${one.name}</strong> <span class="soft">${one.channel}, ${one.platform}: needs ${one.goes}${one.rule && html`, which goes by ${one.rule}`}</span></summary>
        ${one.reasons.length ? html`<pre tabindex="0">${one.reasons.join("\n")}</pre>` : html`<p class="soft">Of ${one.name} no file has all that it needs.</p>`}
      </details>
    </li>`,
  )}</ul>
</section>`;

function OfMirror({ mirror, onOpen }) {
  const names = (change, word) => {
    const { count: total, names: first } = mirror[`packages_${change}`];
    return total > 0 && html`<p><${Badge} kind=${change === "gained" ? "good" : "bad"}>${word}<//> ${first.slice(0, FEW).join(", ")}${total > FEW && "…"}
      <${Button} kind="quiet" onClick=${() => onOpen({ change, what: "packages" })}>${plural(total, "package")}<//></p>`;
  };
  const rules = mirror.rules.filter((one) => one.before || one.after);
  return html`<section class="card stack" aria-label=${`${mirror.channel}: ${mirror.mirror}`}>
    <h3>${mirror.mirror} <span class="soft">in ${mirror.channel}</span></h3>
    <p>Lists ${plural(mirror.before.files, "file")} now, and ${count(mirror.after.files)} then (${bytes(mirror.after.size_bytes)}).${mirror.mode === "active" && mirror.gained.files > 0 && " What is newly let in is fetched first."}</p>
    ${names("gained", "New")}
    ${names("lost", "Gone")}
    ${rules.length > 0 &&
    html`<${Table} label=${`What each rule leaves out of ${mirror.mirror}`} rows=${rules} keyOf=${(one) => `${one.policy} ${one.rule}`} columns=${[
      { name: "rule", title: "Rule", kind: "main", draw: (one) => html`<span class="mono">${one.rule}</span> ${one.policy_name && html`<small class="soft">${one.policy_name}</small>`}` },
      { name: "before", title: "Leaves out", kind: "number", draw: (one) => count(one.before) },
      { name: "after", title: "Then", kind: "number", draw: (one) => count(one.after) },
    ]} />`}
    ${(mirror.gained.files > 0 || mirror.lost.files > 0) && html`<div><${Button} onClick=${() => onOpen({ change: mirror.lost.files ? "lost" : "gained", what: "files" })}>Show all files<//></div>`}
  </section>`;
}

/** All files or packages of a mirror that come or go. */
function All({ id, mirror, onClose, ...start }) {
  const [{ what, change, rule }, setWish] = useState({ rule: "", ...start });
  const isFiles = what === "files";
  const address = withQuery(`/api/policies/preview/${id}/${what}`, { mirror: mirror.mirror_id, change, rule: isFiles && rule });
  const files = useCursor(isFiles ? address : null);
  const packages = usePages(isFiles ? null : address);
  const set = (changes) => setWish((was) => ({ ...was, ...changes }));
  const empty = html`<p class="soft">There are none.</p>`;
  return html`<${Dialog} title=${`What would change in ${mirror.mirror}`} isWide onClose=${onClose}>
    <div class="columns">
      <${SelectField} label="Show" value=${what} onChange=${(to) => set({ what: to })} options=${[{ value: "files", text: "Files" }, { value: "packages", text: "Whole packages" }]} />
      <${SelectField} label="That are" value=${change} onChange=${(to) => set({ change: to })} options=${[{ value: "lost", text: "lost" }, { value: "gained", text: "gained" }]} />
      ${isFiles && html`<${SelectField} label="By the rule" value=${rule} onChange=${(to) => set({ rule: to })} options=${[{ value: "", text: "Any" }, ...[...new Set(mirror.rules.map((one) => one.rule))].map((one) => ({ value: one, text: one }))]} />`}
    </div>
    ${isFiles
      ? html`<${LongList} label="Files" pages=${files} keyOf=${(one) => one.ckey} empty=${empty} columns=${[
          { name: "file", title: "File", kind: "main", draw: (one) => html`<span class="mono">${one.ckey}</span>` },
          { name: "size", title: "Size", kind: "number", draw: (one) => bytes(one.size_bytes) },
          { name: "rule", title: "Rule", draw: (one) => one.rule ?? "–" },
          { name: "why", title: change === "lost" ? "Why it goes" : "Why it was left out", isWideOnly: true, draw: (one) => one.detail ?? "–" },
        ]} />`
      : html`<${LongList} label="Packages" pages=${packages} keyOf=${(name) => name} empty=${empty} columns=${[{ name: "name", title: "Package", kind: "main", draw: (name) => name }]} />`}
  <//>`;
}
