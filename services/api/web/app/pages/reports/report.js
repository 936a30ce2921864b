/** A dependency report: whether it works together, and what is needed, as a tree or a table. */

import { Badge, bytes, Button, channelHref, count, Dialog, Empty, Facts, html, Icon, list, Loaded, LongList, Menu, Notice, Page, path, place, plural, ProblemBox, SearchBox, SelectField, setQuery, Time, useGet, useMemo, useState } from "../../kit.js";
import { pagesOf } from "./tabs.js";
import { treeRows } from "./tree.js";

const FORMS = { json: "JSON", csv: "CSV", cyclonedx: "CycloneDX 1.6", spdx: "SPDX 2.3" };
const PRESENCE = { all: ["good", "There"], some: ["warn", "In part"], none: ["bad", "Not there"] };
const ABOVE = [{ href: "/ui/reports", text: "Reports" }];

export default function Report({ report: id }) {
  const head = useGet(path`/api/reports/${id}`, { on: ["report.ready"], when: ({ data }) => data.report_id === id });
  const isReady = head.data && !head.data.error;
  const whole = useGet(isReady ? path`/api/reports/${id}/download` : null);
  if (!head.data && head.error?.status === 404) {
    return place.value.query.has("asked")
      ? html`<${Page} title="A report is being made" above=${ABOVE}><${Notice}>It shows here as soon as it is there; you may leave this page, and find it in the list later.<//><//>`
      : html`<${Page} title="No such report" above=${ABOVE}><${Empty} title="It is no longer kept, or not for you" /><//>`;
  }
  return html`<${Loaded} of=${head}>${({ title, formats, error, requested_by, made_at, expires_at }) => html`<${Page} title=${title} above=${ABOVE}
    lead=${html`Made <${Time} at=${made_at} />${requested_by && ` for ${requested_by}`}; kept until <${Time} at=${expires_at} />.`}
    actions=${formats.length > 0 && html`<${Menu} label="Download" text="Download" items=${formats.map((form) => ({ label: FORMS[form] ?? form, icon: "download", href: path`/api/reports/${id}/download?format=${form}`, download: true }))} />`}>
    ${error ? html`<${ProblemBox} problem=${new Error(error)} title="It could not be made:" />` : html`<${Loaded} of=${whole}>${(report) => html`<${Content} report=${report} />`}<//>`}
  <//>`}<//>`;
}

function Content({ report }) {
  if (!report.platforms) return html`<p>This is a preview of a policy; download it to read it.</p>`;
  const { query } = place.value;
  const asked = query.get("platform");
  const platform = report.platforms.find((one) => one.platform === asked) ?? report.platforms[0];
  const facts = [
    ["Channel", html`<a href=${channelHref(report.channel)}>${report.channel}</a>${report.revision > 0 && ` at revision ${report.revision}`}`],
    ["From", list(report.mirrors)],
    report.specs.length > 0 && ["Asked for", html`<span class="mono">${report.specs.join(", ")}</span>`],
  ];
  if (!platform) return html`<${Facts} items=${facts} /><${Empty} title="Nothing that was asked for is there" />`;
  const isTree = query.get("as") !== "table";
  const search = (query.get("q") ?? "").toLowerCase();
  return html`<div class="stack">
    <div class="card"><${Facts} items=${facts} /></div>
    ${report.platforms.length > 1 && html`<${SelectField} label="Platform" value=${platform.platform} onChange=${(to) => setQuery({ platform: to })} options=${report.platforms.map((one) => ({ value: one.platform, text: one.platform }))} />`}
    <${Together} of=${platform} />
    ${platform.missing?.length > 0 && html`<${Notice} kind="warn"><strong>No source has ${plural(platform.missing.length, "package")} that ${platform.missing.length === 1 ? "is" : "are"} needed</strong>
      <ul>${platform.missing.slice(0, 100).map((one) => html`<li key=${one.name}><span class="mono">${one.name}</span>${one.needed_by.length > 0 && html` <span class="soft">for ${one.needed_by.slice(0, 5).join(", ")}${one.needed_by.length > 5 && " and others"}</span>`}</li>`)}</ul><//>`}
    <${Packages} key=${platform.platform} of=${platform} isTree=${isTree} search=${search} />
  </div>`;
}

/** What the solver says of all that was asked for. */
function Together({ of: { environment, alone = [], platform } }) {
  const { files = [], reasons = [], is_possible: isPossible, is_unknown: isUnknown } = environment;
  if (isPossible) return html`<${Notice} kind="good">On ${platform} all that was asked for can be installed from the channel: ${plural(files.length, "package")}, ${bytes(files.reduce((sum, one) => sum + (one.size_bytes ?? 0), 0))}.<//>`;
  return html`<${Notice} kind=${isUnknown ? "info" : "warn"}><strong>${isUnknown ? "Nobody can say for sure whether this works together." : `On ${platform} this can't be installed from the channel as it is.`}</strong>
    <pre class="reasons" tabindex="0">${reasons.join("\n")}</pre>
    ${alone.length > 0 && html`<ul>${alone.map((one) => html`<li key=${one.spec}><span class="mono">${one.spec}</span> by itself: ${one.environment.is_possible ? "can be installed" : one.environment.is_unknown ? "not known" : "can't be installed"}</li>`)}</ul>`}
  <//>`;
}

const WHICH = {
  all: ["All", () => true],
  absent: ["Not in the channel", (line) => line.in_channel !== "all"],
  chosen: ["Chosen by the solver", (line) => line.chosen],
  direct: ["Asked for", (line) => line.direct],
  cves: ["With CVEs", (line) => line.cves?.length],
};

function Packages({ of: platform, isTree, search }) {
  const [turned, setTurned] = useState(() => new Set());
  const [depth, setDepth] = useState(2);
  const [shown, setShown] = useState(null);
  const which = WHICH[place.value.query.get("which")] ? place.value.query.get("which") : "all";
  const { packages } = platform;
  const rows = useMemo(() => {
    if (isTree) return treeRows({ packages, depth, turned, search });
    return packages.filter((line) => WHICH[which][1](line) && line.name.toLowerCase().includes(search)).map((line) => ({ line, name: line.name, way: line.ckey }));
  }, [packages, isTree, depth, turned, search, which]);
  const turn = (way) => setTurned((was) => (was.has(way) ? new Set([...was].filter((one) => one !== way)) : new Set(was).add(way)));
  const name = ({ name: text, line }) => (line ? html`<button type="button" class="linked" onClick=${() => setShown(line)}>${text}</button>` : html`${text} <${Badge} kind="bad">No source has it<//>`);
  const branch = (row) => html`<span class="branch" style=${{ "--level": row.level }}>
    ${row.hasMore && !row.isAgain ? html`<button type="button" class="twig" aria-expanded=${row.isOpen} aria-label=${`What ${row.name} needs`} onClick=${() => turn(row.way)}><${Icon} name=${row.isOpen ? "down" : "right"} /></button>` : html`<span class="twig"></span>`}
    ${name(row)}${row.isAgain && html` <small class="soft">as above</small>`}<span class="off-screen">, level ${row.level}</span>
  </span>`;
  const columns = [
    { name: "name", title: "Package", kind: "main", draw: isTree ? branch : name },
    { name: "version", title: "Version", draw: ({ line }) => html`<span class="mono">${line?.version ?? "–"}</span>${line?.chosen && html` <${Badge} kind="info">Chosen<//>`}` },
    { name: "there", title: "In the channel", draw: ({ line }) => line && html`<${Badge} kind=${PRESENCE[line.in_channel][0]} title=${line.why_not?.detail}>${PRESENCE[line.in_channel][1]}<//>` },
    { name: "license", title: "License", isWideOnly: true, draw: ({ line }) => line?.license ?? "–" },
    { name: "cves", title: "CVEs", kind: "number", isWideOnly: true, draw: ({ line }) => count(line?.cves?.length ?? 0) },
    { name: "size", title: "Size", kind: "number", isWideOnly: true, draw: ({ line }) => bytes(line?.size_bytes) },
  ];
  return html`<section aria-label="Packages">
    <div class="toolbar">
      <div class="segments" role="group" aria-label="Show as">
        <button type="button" aria-pressed=${isTree} onClick=${() => setQuery({ as: null })}>Tree</button>
        <button type="button" aria-pressed=${!isTree} onClick=${() => setQuery({ as: "table" })}>Table</button>
      </div>
      <${SearchBox} label="Search packages" />
      ${isTree
        ? html`<label class="row">Open <select class="input narrow" value=${depth} onChange=${(event) => { setDepth(Number(event.target.value)); setTurned(new Set()); }}>${[[1, "nothing"], [2, "one level"], [3, "two levels"], [4, "three levels"], [1e9, "all"]].map(([value, text]) => html`<option key=${value} value=${value} selected=${value === depth}>${text}</option>`)}</select></label>`
        : html`<label class="row">Show <select class="input narrow" value=${which} onChange=${(event) => setQuery({ which: event.target.value })}>${Object.entries(WHICH).map(([value, [text]]) => html`<option key=${value} value=${value} selected=${value === which}>${text}</option>`)}</select></label>`}
      <span class="soft end">${plural(rows.length, "row")}</span>
    </div>
    <${LongList} label="Packages" pages=${pagesOf(rows, `${isTree} ${search} ${which}`)} keyOf=${(row) => row.way} columns=${columns} empty=${html`<${Empty} title="No package fits" />`} />
    ${shown && html`<${OfLine} line=${shown} onClose=${() => setShown(null)} />`}
  </section>`;
}

const OfLine = ({ line, onClose }) => html`<${Dialog} title=${`${line.name} ${line.version}`} onClose=${onClose} actions=${html`<${Button} onClick=${onClose}>Close<//>`}>
  ${line.why_not && html`<${Notice} kind="warn"><strong>${line.files_in_channel} of ${plural(line.files, "file")} in the channel.</strong> ${line.why_not.detail}${line.why_not.rule && ` (rule ${line.why_not.rule})`}<//>`}
  <${Facts} items=${[
    ["File", html`<span class="mono">${line.ckey}</span>`],
    ["Size", bytes(line.size_bytes)],
    ["License", line.license ?? "not known"],
    line.needs?.length > 0 && ["Needs", html`<span class="mono">${line.needs.join(", ")}</span>`],
    line.cves?.length > 0 && ["CVEs", html`<ul class="plain">${line.cves.map((one) => html`<li key=${one.id}>${one.id} <span class="soft">${one.score ?? ""} ${one.status ?? ""}</span></li>`)}</ul>`],
    line.purl && ["Package URL", html`<span class="mono">${line.purl}</span>`],
    line.digest && ["Digest", html`<span class="mono">${line.digest}</span>`],
  ]} />
<//>`;
