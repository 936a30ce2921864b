/** A dependency report: whether it works together, and what is needed, as a tree or a table. */

import { Badge, bytes, channelHref, col, Dialog, Empty, Facts, html, Icon, list, Loaded, LongList, Menu, Notice, Page, path, place, plural, SearchBox, SelectField, setQuery, Time, useGet, useMemo, useState } from "../../kit.js";
import { pagesOf } from "./tabs.js";
import { treeRows } from "./tree.js";

const FORMS = { json: "JSON", csv: "CSV", cyclonedx: "CycloneDX", spdx: "SPDX" };
const PRESENCE = { all: ["good", "There"], some: ["warn", "In part"], none: ["bad", "Not there"] };
const ABOVE = [{ href: "/ui/reports", text: "Reports" }];

export default function Report({ report: id }) {
  const head = useGet(path`/api/reports/${id}`, { on: ["report.ready"], when: ({ data }) => data.report_id === id });
  const whole = useGet(head.data && !head.data.error ? path`/api/reports/${id}/download` : null);
  if (head.error?.status === 404 && !head.data) {
    return place.value.query.has("asked")
      ? html`<${Page} title="A report is being made" above=${ABOVE}><${Notice}>It shows here as soon as it is there, and stands in the list then.<//><//>`
      : html`<${Page} title="No such report" above=${ABOVE}><${Empty} title="It is no longer kept, or not for you" /><//>`;
  }
  return html`<${Loaded} of=${head}>${({ title, formats, error, requested_by: by, made_at: made, expires_at: until }) => html`<${Page} title=${title} above=${ABOVE}
    lead=${html`Made <${Time} at=${made} /> ${by && `for ${by}`}; it goes <${Time} at=${until} />.`}
    actions=${formats.length > 0 && html`<${Menu} label="Download" text="Download" items=${formats.map((form) => ({ label: FORMS[form], icon: "download", href: path`/api/reports/${id}/download?format=${form}`, download: true }))} />`}>
    ${error ? html`<${Notice} kind="bad">${error}<//>` : html`<${Loaded} of=${whole}>${(report) => html`<${Content} report=${report} />`}<//>`}
  <//>`}<//>`;
}

function Content({ report: { channel, revision, mirrors, specs, platforms = [] } }) {
  const asked = place.value.query.get("platform");
  const platform = platforms.find((one) => one.platform === asked) ?? platforms[0];
  return html`<div class="stack">
    <${Facts} items=${[
      ["Channel", html`<a href=${channelHref(channel)}>${channel}</a> ${revision > 0 && `at revision ${revision}`}`],
      ["From", list(mirrors ?? [])],
      specs?.length > 0 && ["Asked for", html`<code>${specs.join(", ")}</code>`],
    ]} />
    ${platforms.length > 1 && html`<div class="toolbar"><${SelectField} label="Platform" value=${platform.platform} onChange=${(to) => setQuery({ platform: to })} options=${platforms.map((one) => [one.platform, one.platform])} /></div>`}
    ${platform ? html`<${Together} key=${platform.platform} of=${platform} /><${Packages} key=${`${platform.platform} packages`} packages=${platform.packages} />` : html`<${Empty} title="Nothing that was asked for is there" />`}
  </div>`;
}

/** What the solver says of all that was asked for, and what nobody has. */
function Together({ of: { environment: { files = [], reasons = [], is_possible: isGood, is_unknown: isUnknown }, alone = [], missing = [], platform } }) {
  const word = ({ is_possible: can, is_unknown: perhaps }) => (can ? "can be installed" : perhaps ? "nobody can say for sure" : "can't be installed");
  return html`<${Notice} kind=${isGood ? "good" : "warn"}>
      <strong>${platform}: ${isGood ? `all of it can be installed from the channel, ${plural(files.length, "package")}` : isUnknown ? "nobody can say for sure whether it works together" : "it can't be installed from the channel as it is"}.</strong>
      ${reasons.length > 0 && html`<pre class="reasons" tabindex="0">${reasons.join("\n")}</pre>`}
      ${alone.map((one) => html`<p key=${one.spec}><code>${one.spec}</code> by itself: ${word(one.environment)}</p>`)}
    <//>
    ${missing.length > 0 && html`<${Notice} kind="warn"><strong>No source has these:</strong>${missing.slice(0, 100).map((one) => html`<p key=${one.name}><code>${one.name}</code> <span class="soft">${one.needed_by.length > 0 && `for ${list(one.needed_by.slice(0, 5))}`}</span></p>`)}<//>`}`;
}

const WHICH = {
  tree: ["A tree", null],
  all: ["All versions", () => true],
  absent: ["Not in the channel", (line) => line.in_channel !== "all"],
  chosen: ["Chosen by the solver", (line) => line.chosen],
  cves: ["With CVEs", (line) => line.cves?.length],
};
const DEPTHS = [["1", "nothing"], ["2", "one level"], ["3", "two levels"], ["99", "all levels"]];

function Packages({ packages }) {
  const { query } = place.value;
  const which = WHICH[query.get("as")] ? query.get("as") : "tree";
  const fits = WHICH[which][1];
  const search = (query.get("q") ?? "").toLowerCase();
  const depth = query.get("depth") ?? "2";
  const [turned, setTurned] = useState([]);
  const [shown, setShown] = useState(null);
  const rows = useMemo(
    () => (fits ? packages.filter((line) => fits(line) && line.name.toLowerCase().includes(search)).map((line) => ({ line, name: line.name, way: line.ckey })) : treeRows({ packages, depth: Number(depth), turned, search })),
    [packages, which, depth, turned, search],
  );
  const turn = (way) => setTurned(turned.includes(way) ? turned.filter((one) => one !== way) : [...turned, way]);
  const name = ({ name: text, line, level, way, isOpen, hasMore, isAgain }) => html`<span class="branch" style=${{ "--level": level ?? 1 }}>
    ${level && (hasMore ? html`<button type="button" class="twig" aria-expanded=${isOpen} aria-label=${`What ${text} needs`} onClick=${() => turn(way)}><${Icon} name=${isOpen ? "down" : "right"} /></button>` : html`<span class="twig"></span>`)}
    ${line ? html`<button type="button" class="linked" onClick=${() => setShown(line)}>${text}</button>` : text}
    ${isAgain && html`<small class="soft">as above</small>`}${level && html`<span class="off-screen">, level ${level}</span>`}
  </span>`;
  return html`<div>
    <div class="toolbar">
      <${SearchBox} label="Search packages" />
      <${SelectField} label="Show" value=${which} options=${Object.entries(WHICH).map(([word, [text]]) => [word, text])} onChange=${(to) => setQuery({ as: to })} />
      ${!fits && html`<${SelectField} label="Open" value=${depth} options=${DEPTHS} onChange=${(to) => {
        setTurned([]);
        setQuery({ depth: to });
      }} />`}
    </div>
    <${LongList} label="Packages" pages=${pagesOf(rows, `${which} ${search}`)} keyOf=${(row) => row.way} empty=${html`<${Empty} title="No package fits" />`} columns=${[
      col("Package", name, "main"),
      col("Version", ({ line }) => html`${line?.version} ${line?.chosen && html`<${Badge} kind="info">Chosen<//>`}`),
      col("In the channel", ({ line }) => html`<${Badge} kind=${PRESENCE[line?.in_channel ?? "none"][0]} title=${line?.why_not?.detail}>${line ? PRESENCE[line.in_channel][1] : "No source has it"}<//>`),
      col("License", ({ line }) => line?.license, "spare"),
      col("CVEs", ({ line }) => line?.cves?.length, "number spare"),
      col("Size", ({ line }) => bytes(line?.size_bytes), "number spare"),
    ]} />
    ${shown && html`<${OfLine} line=${shown} onClose=${() => setShown(null)} />`}
  </div>`;
}

const OfLine = ({ line, onClose }) => html`<${Dialog} title=${`${line.name} ${line.version}`} onClose=${onClose}>
  ${line.why_not && html`<${Notice} kind="warn">${line.files_in_channel} of ${plural(line.files, "file")} in the channel: ${line.why_not.detail}<//>`}
  <${Facts} items=${[
    ["File", line.ckey],
    ["Size", bytes(line.size_bytes)],
    ["License", line.license ?? "not known"],
    line.needs && ["Needs", list(line.needs)],
    line.cves && ["CVEs", line.cves.map((one) => `${one.id} (${one.score ?? "no score"}, ${one.status ?? "?"})`).join(", ")],
    ["Package URL", line.purl],
    ["Digest", line.digest],
  ]} />
<//>`;
