/** What rules can look at, and how each is asked for: one table for the form. */

const PLATFORMS = ["linux-64", "linux-aarch64", "osx-64", "osx-arm64", "win-64", "noarch", "any", "source"];
const FAMILIES = ["AGPL", "APACHE", "BSD", "CC", "GPL", "GPL2", "GPL3", "LGPL", "MIT", "MOZILLA", "NONE", "OTHER", "PROPRIETARY", "PSF", "PUBLIC-DOMAIN"];
const KINDS = ["conda", "tar.bz2", "wheel", "sdist", "source", "binary"];
const STATUSES = ["Reported", "Active", "Cleared", "Mitigated", "Disputed"];

/**
 * @typedef {{label: string, kind: string, help?: string, suggestions?: string[], placeholder?: string, start: any,
 *   yes?: string, no?: string, hasCommas?: boolean}} FieldOfWhere
 *   `start` is the value where one adds the field; `hasCommas` words are not parted at commas.
 */

/** @type {Record<string, FieldOfWhere>} in the order in which they are offered */
export const FIELDS = {
  name: { label: "Package names", kind: "words", help: "Exact, or with *: numpy, torch*", start: [] },
  spec: { label: "Package specs", kind: "words", hasCommas: true, help: "A conda MatchSpec, a Python requirement or an R dependency, as numpy >=1.26,<2. Enter adds one.", start: [] },
  version: { label: "Version", kind: "text", placeholder: ">=1.26,<2", help: "A range, in the words of the ecosystem.", start: "" },
  license: { label: "License", kind: "among", suggestions: FAMILIES, help: "Families as GPL, or SPDX identifiers as Apache-2.0.", start: { in: [] } },
  platform: { label: "Platform", kind: "among", suggestions: PLATFORMS, help: "Conda subdirs; platforms of wheels, any for pure ones; source for sdists and R sources.", start: { in: [] } },
  age: { label: "Age", kind: "age", help: "How long the world has had to find a bad release.", start: { op: ">=", days: 14 } },
  created: { label: "Date", kind: "dates", help: "Days in UTC, both included.", start: {} },
  newest: { label: "Newest versions", kind: "number", help: "So many of each name, of what the other rules keep.", start: 3 },
  cve_score: { label: "Highest CVE score", kind: "score", help: "From 0 to 10; 0 without any known CVE.", start: { op: "<=", value: 7 } },
  cve_status: { label: "CVE status", kind: "among", suggestions: STATUSES, start: { in: [] } },
  signed: { label: "Signature", kind: "yes", yes: "is signed", no: "is not signed", start: true },
  yanked: { label: "Withdrawn", kind: "yes", yes: "was withdrawn by its authors", no: "was not withdrawn", start: true },
  size: { label: "Size", kind: "size", start: { op: ">", bytes: 500_000_000 } },
  kind: { label: "Kind of file", kind: "among", suggestions: KINDS, start: { in: [] } },
  file: { label: "File names", kind: "words", help: "Exact, or with *; with a / the path in the channel.", start: [] },
  legacy_duplicate: { label: "Legacy duplicate", kind: "yes", yes: "is a .tar.bz2 that is there as .conda, too", no: "is no such duplicate", start: true },
  wheel_tag: { label: "Wheel tags", kind: "words", help: "With *: cp312-*-manylinux*", start: [] },
  python: { label: "For Python", kind: "text", placeholder: ">=3.11", help: "What some such Python can use.", start: "" },
  r: { label: "For R", kind: "text", placeholder: ">=4.3", help: "What some such R can use.", start: "" },
  any: { label: "Any of these", kind: "any", start: [{}] },
  not: { label: "Not this", kind: "not", start: {} },
};

export const ACTIONS = [
  { value: "require", text: "Keep only what matches" },
  { value: "exclude", text: "Leave out what matches" },
  { value: "allow", text: "Let in what matches, whatever the other rules say" },
];

export const ECOSYSTEMS = [
  ["conda", "conda"],
  ["python", "Python"],
  ["r", "R"],
];

/** What a new rule may begin as. */
export const PRESETS = [
  { label: "Only these packages", rule: { id: "packages", action: "require", where: { spec: [] } } },
  { label: "Leave packages out", rule: { id: "left-out", action: "exclude", where: { spec: [] } } },
  { label: "Let packages in all the same", rule: { id: "exceptions", action: "allow", where: { spec: [] } } },
  { label: "Only these platforms", rule: { id: "platforms", action: "require", where: { platform: { in: [] } } } },
  { label: "Leave licenses out", rule: { id: "licenses", action: "exclude", where: { license: { in: [] } } } },
  { label: "No known vulnerabilities over a score", rule: { id: "cve-score", action: "require", where: { cve_score: { op: "<=", value: 7 } } } },
  { label: "Nothing younger than some days", rule: { id: "settled", action: "require", where: { age: { op: ">=", days: 14 } } } },
  { label: "Only the newest versions", rule: { id: "newest", action: "require", where: { newest: 3 } } },
  { label: "Only what is signed", rule: { id: "signed", action: "require", where: { signed: true } } },
  { label: "An empty rule", rule: { id: "rule", action: "exclude", where: {} } },
];
