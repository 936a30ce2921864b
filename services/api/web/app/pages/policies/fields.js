/** What rules can look at, and how each is asked for: one table for the form. */

const OPERATORS = [[">=", "at least"], ["<=", "at most"], ["<", "under"], [">", "over"], ["==", "exactly"], ["!=", "other than"]];
const PLATFORMS = ["linux-64", "linux-aarch64", "osx-64", "osx-arm64", "win-64", "noarch", "any", "source"];
const FAMILIES = ["AGPL", "APACHE", "BSD", "CC", "GPL", "GPL2", "GPL3", "LGPL", "MIT", "MOZILLA", "NONE", "OTHER", "PROPRIETARY", "PSF", "PUBLIC-DOMAIN"];

const words = (label, help, splitAt) => ({ label, help, splitAt, kind: "words", start: [] });
const among = (label, suggestions, help) => ({ label, help, suggestions, kind: "among", start: { in: [] } });
const text = (label, help) => ({ label, help, kind: "text", start: "" });
const yes = (label, is, not) => ({ label, kind: "yes", options: [["true", is], ["false", not]], start: true });
/** `parts` are a value's own keys: label and choices, "number" or "date"; the first is named by the field. */
const parts = (label, start, of, help) => ({ label, help, kind: "parts", start, parts: of });

/** In the order in which they are offered; `start` is the value where one adds the field. */
export const FIELDS = {
  spec: words("Package specs", "A conda MatchSpec, a Python requirement or an R dependency, as numpy >=1.26,<2. Enter adds one.", /\n+/),
  name: words("Package names", "Exact, or with *. Enter adds one."),
  version: text("Version", "A range, as >=1.26,<2"),
  license: among("License", FAMILIES, "Families, or SPDX identifiers as Apache-2.0"),
  platform: among("Platform", PLATFORMS, "Conda subdirs; platforms of wheels, any for pure ones; source for sources"),
  age: parts("Age", { op: ">=", days: 14 }, { op: ["", OPERATORS], days: ["Days", "number"], by: ["Counted from", [["upstream", "the source's date"], ["first_seen", "when it was first seen here"]]] }),
  created: parts("Date", {}, { from: ["From", "date"], to: ["Until", "date"] }, "Days in UTC, both included"),
  newest: parts("Newest versions", 3, { "": ["Newest versions of each name", "number"] }),
  cve_score: parts("Highest CVE score", { op: "<=", value: 7 }, { op: ["", OPERATORS], value: ["Score, 0 to 10", "number"] }),
  cve_status: among("CVE status", ["Reported", "Active", "Cleared", "Mitigated", "Disputed"]),
  signed: yes("Signature", "is signed", "is not signed"),
  yanked: yes("Withdrawn", "was withdrawn by its authors", "was not withdrawn"),
  size: parts("Size", { op: ">", bytes: 500_000_000 }, { op: ["", OPERATORS], bytes: ["Bytes", "number"] }),
  kind: among("Kind of file", ["conda", "tar.bz2", "wheel", "sdist", "source", "binary"]),
  file: words("File names", "Exact, or with *; with a / the path in the channel"),
  legacy_duplicate: yes("Legacy duplicate", "is a .tar.bz2 that is there as .conda", "is no such duplicate"),
  wheel_tag: words("Wheel tags", "With *, as cp312-*-manylinux*"),
  python: text("For Python", "As >=3.11"),
  r: text("For R", "As >=4.3"),
  any: { label: "Any of these", kind: "any", start: [{}] },
  not: { label: "Not this", kind: "not", start: {} },
};

/** Fields whose new rules require; those of others exclude. */
export const REQUIRED = ["platform", "age", "created", "newest", "cve_score", "signed"];

export const RULE_ACTIONS = [
  ["require", "Keep only what matches"],
  ["exclude", "Leave out what matches"],
  ["allow", "Let in what matches, whatever the other rules say"],
];

export const ECOSYSTEMS = { conda: "conda", python: "Python", r: "R" };
