/** The effect of rules in figures and lists, which lead to all files and packages. */

import { Badge, Button, bytes, col, count, Dialog, Figures, html, list, LongList, plural, ProblemBox, SelectField, Table, useCursor, usePages, useState, withQuery } from "../../kit.js";
import { usePolicyPreview } from "./preview.js";

const FEW = 8;
const MOST_BROKEN = 200;

/** @param {{wish: object|null}} props as of usePolicyPreview */
export function Effect({ wish }) {
  const { preview, problem, isOld, retry } = usePolicyPreview(wish);
  const [open, setOpen] = useState(null);
  if (!wish) return null;
  if (!preview) return problem ? html`<${ProblemBox} problem=${problem} onRetry=${retry} />` : html`<p class="soft" role="status">Working out what would change…</p>`;
  const { gained, lost, uninstallable: broken, unsolved, mirrors, not_yet_run: waiting } = preview;
  const changed = mirrors.filter((one) => one.gained.files || one.lost.files);
  return html`<div class="stack effect" aria-busy=${isOld}>
    <${ProblemBox} problem=${problem} onRetry=${retry} />
    <${Figures} items=${[
      ["Files gained", `+${count(gained.files)}`, bytes(gained.size_bytes)],
      ["Files lost", `−${count(lost.files)}`, bytes(lost.size_bytes)],
      ["Packages broken", broken ? count(broken.length) : "…", !broken ? "looking" : broken.length ? "can't be installed then" : "all can be installed as now"],
    ]} />
    ${changed.length < mirrors.length && html`<p class="soft">${plural(mirrors.length - changed.length, "mirror")} would stay as now.</p>`}
    ${waiting.length > 0 && html`<p class="soft">Not run yet, and not counted: ${list(waiting)}.</p>`}
    ${broken?.length > 0 && html`<h3><${Badge} kind="bad" icon="warn">Broken<//> What could not be installed any more</h3>
      <div>${broken.slice(0, MOST_BROKEN).map((one) => html`<details key=${`${one.channel} ${one.platform} ${one.name}`}>
        <summary><strong>${one.name}</strong> <span class="soft">in ${one.channel}, ${one.platform}: needs ${one.goes}${one.rule && html`, which <code>${one.rule}</code> drops`}</span></summary>
        <pre tabindex="0">${one.reasons.join("\n") || "No file of it has all that it needs."}</pre>
      </details>`)}</div>`}
    ${unsolved > 0 && html`<p class="soft">${plural(unsolved, "more package")} could break, and could not be looked at.</p>`}
    ${changed.map((mirror) => html`<${OfMirror} key=${mirror.mirror_id} mirror=${mirror} onOpen=${(what) => setOpen({ mirror, what })} />`)}
    ${open && html`<${All} id=${preview.report_id} ...${open} onClose=${() => setOpen(null)} />`}
  </div>`;
}

const OfMirror = ({ mirror, onOpen }) => html`<section class="card stack" aria-label=${`${mirror.channel}: ${mirror.mirror}`}>
  <h3>${mirror.mirror} <span class="soft">in ${mirror.channel}</span></h3>
  <p>${plural(mirror.before.files, "file")} now, ${count(mirror.after.files)} then.${mirror.mode === "active" && mirror.gained.files > 0 && " What is let in is fetched first."}</p>
  ${["gained", "lost"].map((change) => {
    const { count: total, names } = mirror[`packages_${change}`];
    return total > 0 && html`<p key=${change}><${Badge} kind=${change === "gained" ? "good" : "bad"}>${change === "gained" ? "New" : "Gone"}<//> ${names.slice(0, FEW).join(", ")} <${Button} kind="quiet" onClick=${() => onOpen(`packages ${change}`)}>${plural(total, "package")}<//></p>`;
  })}
  <${Table} label=${`What each rule leaves out of ${mirror.mirror}`} rows=${mirror.rules.filter((one) => one.before || one.after)} keyOf=${(one) => `${one.policy} ${one.rule}`} columns=${[
    col("Rule", (one) => html`<code title=${one.policy_name}>${one.rule}</code>`, "main"),
    col("Leaves out", (one) => count(one.before), "number"),
    col("Then", (one) => count(one.after), "number"),
  ]} />
  <div><${Button} onClick=${() => onOpen(mirror.lost.files ? "files lost" : "files gained")}>Show all files<//></div>
</section>`;

const WHAT = [["files lost", "Files that go"], ["files gained", "Files that come"], ["packages lost", "Packages that go as a whole"], ["packages gained", "Packages that are new"]];

/** All files or packages of a mirror that come or go. */
function All({ id, mirror, what: start, onClose }) {
  const [what, setWhat] = useState(start);
  const [rule, setRule] = useState("");
  const [kind, change] = what.split(" ");
  const isFiles = kind === "files";
  const address = withQuery(`/api/policies/preview/${id}/${kind}`, { mirror: mirror.mirror_id, change, rule: isFiles && rule ? rule : null });
  const files = useCursor(isFiles ? address : null);
  const packages = usePages(isFiles ? null : address);
  return html`<${Dialog} title=${`What would change in ${mirror.mirror}`} isWide onClose=${onClose}>
    <div class="columns small">
      <${SelectField} label="Show" value=${what} onChange=${setWhat} options=${WHAT} />
      ${isFiles && html`<${SelectField} label="By the rule" value=${rule} onChange=${setRule} options=${[["", "Any"], ...[...new Set(mirror.rules.map((one) => one.rule))].map((one) => [one, one])]} />`}
    </div>
    <${LongList} label=${what} pages=${isFiles ? files : packages} keyOf=${(one) => one.ckey ?? one} empty=${html`<p class="soft">There are none.</p>`} columns=${[
      col(isFiles ? "File" : "Package", (one) => html`<code>${one.ckey ?? one}</code>`, "main"),
      ...(isFiles ? [col("Size", (one) => bytes(one.size_bytes), "number"), col("Rule", (one) => one.rule), col(change === "lost" ? "Why it goes" : "Why it was left out", (one) => one.detail, "spare")] : []),
    ]} />
  <//>`;
}
