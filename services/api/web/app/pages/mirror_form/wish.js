/** What the form holds, and what is sent of it. Pure. */

import { may } from "../../kit.js";

const option = (value, text, help, example) => ({ value, text, help, example });

/** Each type of mirror, with what its source is called. */
export const MIRROR_TYPES = [
  option("conda", "Conda", "A conda channel, such as conda-forge or one of your own.", "https://HOST/CHANNEL"),
  option("python_simple", "Std Python", "A Python package index, as pip and uv read it.", "https://HOST/simple"),
  option("CRAN", "Std R", "A repository of R packages, laid out as CRAN is.", "https://HOST/cran"),
];

export const typeOf = (type) => MIRROR_TYPES.find(({ value }) => value === type) ?? MIRROR_TYPES[0];

export const MODES = [
  option("passive", "Passive (recommended)", "Lists everything at once, and fetches a file when a client first asks for it. Little disk, ready in minutes."),
  option("active", "Active", "Fetches every file in the run, and lists what it has stored. For networks that lose their source."),
];

export const REMOVALS = [
  option("follow", "Follow the source", "What it removes goes from the channel, too, with the next run."),
  option("keep", "Keep what is stored", "Stored files stay when the source removes them. Filters and policies still apply."),
];

/** Presets of the frequency; times are UTC. */
export const CRONS = [
  option("0 * * * *", "Every hour"),
  option("0 */6 * * *", "Every 6 hours"),
  option("0 3 * * *", "Every day at 03:00 UTC"),
  option("0 3 * * 1", "Every Monday at 03:00 UTC"),
  option("0 0 1 * *", "On the 1st of every month"),
  option("0 0 1 1 *", "Once a year"),
];

const SPECS = {
  conda: "Conda match specs, one each: numpy >=1.26,<2 or python 3.12.*",
  python_simple: "Names with versions, one each: numpy >=1.26,<2 or django ~=5.0",
  CRAN: "Names with versions, one each: ggplot2 (>= 3.4) or dplyr",
};

/** Each filter by its name: what it holds, the word for it, a line of help, and the one type that has it. */
const FILTERS = [
  ["projects", "words", "Projects", "Only these; names may have *. Empty: all of the index.", "python_simple"],
  ["only_specs", "specs", "Only these packages", "Stands alone, without the two below."],
  ["exclude_specs", "specs", "Leave out packages"],
  ["include_specs", "specs", "But let in", "Exceptions from what is left out."],
  ["include_licenses", "licenses", "Only these licenses", "Families as mit, or SPDX identifiers as Apache-2.0."],
  ["exclude_licenses", "licenses", "Leave out licenses", "Families or SPDX identifiers."],
  ["date_from", "day", "Published from", "This day included."],
  ["date_to", "day", "Published until", "This day included."],
  ["cve_score_threshold", "score", "Highest CVE score", "Leaves out files with a known vulnerability above this CVSS score, 0 to 10."],
  ["exclude_non_curated_cve", "check", "Leave out files with CVEs that nobody has looked at", "Their vulnerabilities are only reported so far."],
  ["only_signed", "check", "Only signed files", "What the source signed.", "conda"],
  ["legacy_packages", "check", "Leave out .tar.bz2 where the same build exists as .conda", "Every current client reads .conda.", "conda"],
];

/**
 * The filters that a type has, but for its folders, in the order in which they are shown.
 * @returns {Array<{key: string, kind: "words"|"specs"|"licenses"|"day"|"score"|"check", label: string, help: string}>}
 */
export const filtersOf = (type) =>
  FILTERS.filter(([, , , , only]) => !only || only === type).map(([key, kind, label, help]) => ({
    key, kind, label, help: kind === "specs" ? [SPECS[type], help].filter(Boolean).join(". ") : help,
  }));

const BLANKS = { day: "", score: "", check: false };

/** Filters stand beside the other values, by the name that the server has for them where one is wrong. */
export const NO_FILTERS = { "filters.subdirs": [] };
for (const [key, kind] of FILTERS) NO_FILTERS[`filters.${key}`] = BLANKS[kind] ?? [];

/** What a new mirror begins with. */
export const START = {
  mirror_type: "conda", mirror_name: "", mirror_mode: "passive", source_root: "", proxy: "", cron: "0 3 * * *", policy: "",
  upstream_removals: "follow", ...NO_FILTERS,
};

/** What the form of a mirror that is there begins with. @param {object} mirror as the REST API shows it */
export function valuesOf(mirror) {
  const values = { ...START };
  for (const key of Object.keys(START)) values[key] = mirror[key] ?? START[key];
  for (const [key, value] of Object.entries(mirror.filters)) {
    values[`filters.${key}`] = key === "legacy_packages" ? value === "drop" : typeof value === "number" ? String(value) : value;
  }
  return values;
}

/** What is sent to create, edit and preview. Who may not see policies sends none: it stays. */
export function wishOf(values, isRun = false) {
  const { mirror_type, mirror_mode, cron, upstream_removals, mirror_name, source_root, proxy, policy } = values;
  const filters = {};
  for (const { key, kind } of [{ key: "subdirs" }, ...filtersOf(mirror_type)]) {
    const value = values[`filters.${key}`];
    if (value === true || value?.length) filters[key] = key === "legacy_packages" ? "drop" : kind === "score" ? Number(value) : value;
  }
  return {
    mirror_type, mirror_mode, cron, upstream_removals, filters, mirror_name: mirror_name.trim(), source_root: source_root.trim(),
    proxy: proxy.trim() || null, policy: may("policy:view") ? policy || null : undefined, run_now: isRun,
  };
}
