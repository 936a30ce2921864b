/** What the form holds, and what is sent of it. Pure. */

/** Each type of mirror, with what its source is called. */
export const TYPES = [
  { value: "conda", text: "Conda", help: "A conda channel, such as conda-forge, bioconda, or one of your own.", example: "https://HOST/CHANNEL" },
  { value: "python_simple", text: "Std Python", help: "A Python package index with a simple API, read by pip and uv.", example: "https://HOST/simple" },
  { value: "CRAN", text: "Std R", help: "A repository of R packages, laid out as CRAN is.", example: "https://HOST/cran" },
];

export const typeOf = (value) => TYPES.find((one) => one.value === value) ?? TYPES[0];

export const MODES = [
  { value: "passive", text: "Passive (recommended)", help: "Lists everything at once, and fetches a file when a client first asks for it. Little disk, ready in minutes." },
  { value: "active", text: "Active", help: "Fetches every file in the run, and lists what it has stored. For networks that lose their source." },
];

/** Presets of the frequency; times are UTC. */
export const CRONS = [
  { value: "0 * * * *", text: "Every hour" },
  { value: "0 */6 * * *", text: "Every 6 hours" },
  { value: "0 3 * * *", text: "Every day at 03:00 UTC" },
  { value: "0 3 * * 1", text: "Every Monday at 03:00 UTC" },
  { value: "0 0 1 * *", text: "On the 1st of every month" },
  { value: "0 0 1 1 *", text: "Once a year" },
];

export const LICENSES = "agpl apache bsd cc gpl gpl2 gpl3 lgpl mit mozilla none other proprietary psf public_domain".split(" ");

const SPEC_HELP = {
  conda: "Conda match specs, one each, such as numpy >=1.26,<2 or python 3.12.*.",
  python_simple: "Names with versions, one each, such as numpy >=1.26,<2 or django ~=5.0.",
  CRAN: "Names with versions, one each, such as ggplot2 (>= 3.4) or dplyr.",
};

/**
 * The filters that a type has, in the order in which they are shown.
 * @typedef {{key: string, label: string, kind: "words"|"specs"|"licenses"|"day"|"score"|"check", help: string, only?: string[]}} Filter
 * @returns {Filter[]}
 */
export function filtersOf(type) {
  const all = [
    { key: "projects", label: "Projects", kind: "words", only: ["python_simple"], help: "Only these projects; names may have *. Empty: all of the index." },
    { key: "only_specs", label: "Only these packages", kind: "specs", help: `${SPEC_HELP[type]} Stands alone, without the two below.` },
    { key: "exclude_specs", label: "Leave out packages", kind: "specs", help: SPEC_HELP[type] },
    { key: "include_specs", label: "But let in", kind: "specs", help: "Exceptions from what is left out above." },
    { key: "include_licenses", label: "Only these licenses", kind: "licenses", help: "License families such as mit, or SPDX identifiers such as Apache-2.0." },
    { key: "exclude_licenses", label: "Leave out licenses", kind: "licenses", help: "Families or SPDX identifiers." },
    { key: "date_from", label: "Published from", kind: "day", help: "This day included." },
    { key: "date_to", label: "Published until", kind: "day", help: "This day included." },
    { key: "cve_score_threshold", label: "Highest CVE score", kind: "score", help: "Files with a known vulnerability above this CVSS score are left out; 0 to 10." },
    { key: "exclude_non_curated_cve", label: "Leave out files with CVEs that nobody has looked at", kind: "check", help: "Files whose vulnerabilities are only reported so far." },
    { key: "only_signed", label: "Only signed files", kind: "check", only: ["conda"], help: "What the source signed." },
    { key: "legacy_packages", label: "Leave out .tar.bz2 where the same build exists as .conda", kind: "check", only: ["conda"], help: "Every current client reads .conda." },
  ];
  return all.filter((one) => !one.only || one.only.includes(type));
}

const STARTS = { subdirs: [], words: [], specs: [], licenses: [], day: "", score: "", check: false };
export const blank = (kind) => STARTS[kind];

/** How many filters are set. */
export const setFilters = (values) => Object.keys(filtersSent(values)).length;

/** What a new mirror begins with. */
export const START = {
  mirror_type: "conda", mirror_name: "", mirror_mode: "passive", source_root: "", proxy: "", cron: "0 3 * * *", policy: "",
  upstream_removals: "follow", filters: {},
};

/** What the form of a mirror that is there begins with. @param {object} mirror as the REST API shows it */
export function valuesOf(mirror) {
  const { legacy_packages: legacy, cve_score_threshold: score, ...filters } = mirror.filters;
  if (legacy === "drop") filters.legacy_packages = true;
  if (score !== undefined && score !== null) filters.cve_score_threshold = String(score);
  const { mirror_type, mirror_name, mirror_mode, source_root, cron, upstream_removals } = mirror;
  return { mirror_type, mirror_name, mirror_mode, source_root, proxy: mirror.proxy ?? "", cron, policy: mirror.policy ?? "", upstream_removals, filters };
}

function filtersSent({ mirror_type: type, filters }) {
  const known = [{ key: "subdirs", kind: "words", only: ["conda", "CRAN"] }, ...filtersOf(type)];
  const sent = {};
  for (const { key, kind, only } of known) {
    const value = filters[key];
    if (only && !only.includes(type)) continue;
    if (value === undefined || value === null || value === "" || value === false || value.length === 0) continue;
    if (key === "legacy_packages") sent[key] = "drop";
    else sent[key] = kind === "score" ? Number(value) : value;
  }
  return sent;
}

/**
 * What is sent to create, edit and preview.
 * @param {object} values
 * @param {{mayChoose: boolean, now?: boolean, isPreview?: boolean}} options without `mayChoose` the policy is left out: it stays
 */
export function wishOf(values, { mayChoose, now = false, isPreview = false }) {
  const { policy, proxy, mirror_name, source_root, ...rest } = values;
  const wish = { ...rest, mirror_name: mirror_name.trim() || (isPreview ? "preview" : ""), source_root: source_root.trim(), proxy: proxy.trim() || null, filters: filtersSent(values) };
  if (mayChoose) wish.policy = policy || null;
  if (!isPreview) wish.run_now = now;
  return wish;
}
