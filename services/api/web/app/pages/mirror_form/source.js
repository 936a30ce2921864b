/** Where a mirror reads from, and what is there: tried when one asks, and when the field is left. */

import { bytes, Button, count, html, Icon, list, Notice, plural, post, TextField, useEffect, useRef, useState } from "../../kit.js";
import { typeOf } from "./wish.js";

/**
 * Try sources; `found` is of `of`, and of nothing else.
 * @param {{channel: string, mirrorId?: string}} known whose masked source keeps its secret
 */
export function useSourceCheck({ channel, mirrorId }) {
  const [state, setState] = useState({ isBusy: false, of: null, found: null, error: null });
  const going = useRef(null);
  useEffect(() => () => going.current?.abort(), []);
  const check = async ({ mirror_type, source_root, proxy }) => {
    going.current?.abort();
    const stop = (going.current = new AbortController());
    const of = JSON.stringify([mirror_type, source_root.trim(), proxy.trim()]);
    setState((was) => ({ ...was, isBusy: true, of, error: null }));
    const wish = { mirror_type, source_root: source_root.trim(), proxy: proxy.trim() || null, channel, mirror_id: mirrorId ?? null };
    try {
      const found = await post("/api/mirrors/check-source", wish, { signal: stop.signal });
      setState({ isBusy: false, of, found, error: null });
    } catch (error) {
      if (error.name !== "AbortError") setState({ isBusy: false, of, found: null, error });
    }
  };
  return { ...state, check };
}

/** @param {{values: object, set: (changes: object) => void, of: (name: string) => object, source: object, isTried: boolean, isNew: boolean}} props */
export function SourceFields({ values, set, of, source, isTried, isNew }) {
  const key = JSON.stringify([values.mirror_type, values.source_root.trim(), values.proxy.trim()]);
  const isOf = source.of === key;
  const wrong = (name) => (isOf && source.error?.field === name ? source.error.message : null);
  const look = () => source.check(values);
  const fix = (changes) => {
    set(changes);
    source.check({ ...values, ...changes });
  };
  const leave = () => isTried && !isOf && /^[a-z]+:\/\/[^/]+/i.test(values.source_root.trim()) && look();
  const known = (name) => ({ ...of(name), error: of(name).error ?? wrong(name), onBlur: leave, spellcheck: false, autocapitalize: "none", autocomplete: "off" });
  const help = values.source_root.includes("****")
    ? "Its secret is kept as long as the address stays as it is."
    : "With user and password or a token in it where the source wants one; these are kept sealed, and never shown.";
  return html`
    <div class="source-line">
      <${TextField} label="Source address" type="url" inputmode="url" placeholder=${typeOf(values.mirror_type).example} help=${help} required ...${known("source_root")} />
      ${isTried && html`<${Button} icon="search" isBusy=${source.isBusy} disabled=${!values.source_root.trim()} onClick=${look}>Check<//>`}
    </div>
    <div aria-live="polite">
      ${isOf && source.isBusy && html`<p class="loading">Asking the source…</p>`}
      ${isOf && !source.isBusy && source.error && !["source_root", "proxy"].includes(source.error.field) && html`<${Notice} kind="bad">${source.error.message}<//>`}
      ${isOf && !source.isBusy && source.found && html`<${Found} found=${source.found} onFix=${fix} isNew=${isNew} />`}
    </div>
    <${TextField} label="Proxy" isOptional placeholder="http://proxy.example:3128" help="The source is asked through it, by runs and when files are fetched." ...${known("proxy")} />
  `;
}

function Found({ found, onFix, isNew }) {
  const { problem, type_guess: guess } = found;
  if (problem) {
    const action = problem.suggestion
      ? html`<${Button} onClick=${() => onFix({ source_root: problem.suggestion })}>Use ${problem.suggestion}<//>`
      : problem.code === "other_type" && isNew && html`<${Button} onClick=${() => onFix({ mirror_type: guess, filters: {} })}>Switch to ${typeOf(guess).text}<//>`;
    return html`<${Notice} kind="warn" action=${action}><strong>${sentence(problem.detail)}</strong> ${problem.hint}<//>`;
  }
  return html`<div class="found">
    <p><${Icon} name="check" /> <strong>${headline(found)}</strong><span>${details(found)}</span></p>
    ${found.sample.length > 0 && html`<p class="soft">Such as ${list(found.sample.slice(0, 6))}.</p>`}
    ${found.is_partial && html`<p class="soft">The source is slow: there may be more.</p>`}
  </div>`;
}

function headline({ type_guess: type, projects, packages, subdirs }) {
  if (type === "python_simple") return projects === null ? "A Python index" : `A Python index with ${plural(projects, "project")}`;
  const what = type === "CRAN" ? "A repository of R packages" : "A conda channel";
  if (packages !== null) return `${what} with ${plural(packages, "package")}`;
  return `${what} with ${type === "CRAN" ? plural(subdirs.length, "folder") : plural(subdirs.length, "subdir")}`;
}

function details({ type_guess: type, subdirs, index_bytes: size, is_json: isJson, has_serials: hasSerials, r_versions: versions }) {
  const told = [
    type === "conda" && ` in ${list(subdirs.map((one) => (one.packages === null ? one.name : `${one.name} (${count(one.packages)})`)))}`,
    versions.length > 0 && `binaries for R ${list(versions)}`,
    type === "python_simple" && (isJson ? (hasSerials ? "JSON, tells what changed" : "JSON") : "HTML"),
    size !== null && `index of ${bytes(size)}`,
  ];
  return `${told.filter(Boolean).map((one) => (one[0] === " " ? one : ` · ${one}`)).join("")}.`;
}

const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}.`.replace(/\.\.$/, ".");
