/** Where a mirror reads from, and what is there: tried when one asks, and when the field is left. */

import { bytes, Button, count, html, Icon, list, Notice, plural, post, TextField } from "../../kit.js";
import { NO_FILTERS, typeOf, wishOf } from "./wish.js";

/** @param {{form: object, source: ReturnType<typeof import("./ask.js").useAsk>, about: {channel: string, mirror_id?: string}, isTried: boolean}} props */
export function SourceFields({ form, source, about, isTried }) {
  const asked = (changes) => {
    const { mirror_type, source_root, proxy } = wishOf({ ...form.wish, ...changes });
    return { ...about, mirror_type, source_root, proxy };
  };
  const root = asked().source_root;
  const { data, error: problem, isBusy } = source.of === JSON.stringify(asked()) ? source : {};
  const check = (changes) => {
    const wish = asked(changes);
    source.ask(JSON.stringify(wish), (signal) => post("/api/mirrors/check-source", wish, { signal }));
  };
  const fix = (changes) => {
    form.clear();
    form.set(changes);
    check(changes);
  };
  const leave = () => isTried && !data && !problem && !isBusy && /^[a-z]+:\/\/[^/]+/i.test(root) && check();
  const field = (name) => {
    const { error, ...known } = form.of(name);
    const wrong = problem?.field === name ? problem.message : null;
    return { ...known, error: error ?? wrong, onBlur: leave, spellcheck: false, autocapitalize: "none", autocomplete: "off" };
  };
  const help = root.includes("****")
    ? "Its secret is kept as long as the address stays as it is."
    : "With user and password or a token in it where the source wants one; these are kept sealed, and never shown.";
  return html`
    <div class="source-line">
      <${TextField} label="Source address" type="url" placeholder=${typeOf(form.wish.mirror_type).example} help=${help} required ...${field("source_root")} />
      ${isTried && html`<${Button} icon="search" isBusy=${isBusy} disabled=${!root} onClick=${() => check()}>Check<//>`}
    </div>
    <div aria-live="polite">
      ${isBusy
        ? html`<p class="loading">Asking the source…</p>`
        : problem
          ? !["source_root", "proxy"].includes(problem.field) && html`<${Notice} kind="bad">${problem.message}<//>`
          : data && html`<${Found} found=${data} onFix=${fix} isNew=${!about.mirror_id} />`}
    </div>
    <${TextField} label="Proxy" isOptional placeholder="http://proxy.example:3128" help="The source is asked through it, by runs and when files are fetched." ...${field("proxy")} />
  `;
}

function Found({ found, onFix, isNew }) {
  const { problem, type_guess: type, sample, projects, packages, subdirs, r_versions: versions, index_bytes: size } = found;
  if (problem) {
    const { suggestion, code, detail, hint } = problem;
    const action = suggestion
      ? html`<${Button} onClick=${() => onFix({ source_root: suggestion })}>Use ${suggestion}<//>`
      : code === "other_type" && isNew && html`<${Button} onClick=${() => onFix({ ...NO_FILTERS, mirror_type: type })}>Switch to ${typeOf(type).text}<//>`;
    return html`<${Notice} kind="warn" action=${action}><strong>${detail[0].toUpperCase() + detail.slice(1).replace(/\.$/, "")}.</strong> ${hint}<//>`;
  }
  const [what, n, unit] = {
    conda: ["A conda channel", packages, "package"],
    python_simple: ["A Python index", projects, "project"],
    CRAN: ["A repository of R packages", packages, "package"],
  }[type];
  const told = [
    type === "conda" && list(subdirs.map((one) => (one.packages === null ? one.name : `${one.name} (${count(one.packages)})`))),
    versions.length > 0 && `binaries for R ${list(versions)}`,
    type === "python_simple" && (found.is_json ? (found.has_serials ? "JSON, tells what changed" : "JSON") : "HTML"),
    size !== null && `index of ${bytes(size)}`,
  ];
  return html`<div class="found">
    <p><${Icon} name="check" /> <strong>${what}${n !== null && ` with ${plural(n, unit)}`}</strong>${told.filter(Boolean).map((one) => ` · ${one}`)}</p>
    ${sample.length > 0 && html`<p>Such as ${list(sample.slice(0, 6))}.</p>`}
    ${found.is_partial && html`<p>The source is slow: there may be more.</p>`}
  </div>`;
}
