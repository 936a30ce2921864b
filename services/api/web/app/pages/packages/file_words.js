/** What is told of one file, whatever its family. Pure. */

import { fileOf, folderOf } from "./words.js";

/** Where a file runs: a conda subdir, a wheel's tags, an R folder. */
export function platformOf({ family, ckey }) {
  const filename = fileOf(ckey);
  if (family === "conda") return folderOf(ckey);
  if (family === "python") return filename.endsWith(".whl") ? filename.slice(0, -4).split("-").slice(-3).join("-") : "source";
  if (family === "cran") return folderOf(ckey).startsWith("bin/") ? folderOf(ckey).slice(4) : "source";
  return "";
}

const split = (text) => (text ? text.split(",").map((one) => one.trim()).filter(Boolean) : []);

const NEEDS = {
  conda: ({ "repodata_record.json": record, "index.json": index }) => record?.depends ?? index?.depends ?? [],
  python: ({ requires_dist: needs, requires_python: python }) => [...(python ? [`Python ${python}`] : []), ...(needs ?? [])],
  cran: ({ Depends, Imports, LinkingTo }) => [...split(Depends), ...split(Imports), ...split(LinkingTo)],
};

/** What a file needs, in the words of its ecosystem; null where nobody reads that. @returns {string[]|null} */
export const needsOf = ({ family, metadata }) => NEEDS[family]?.(metadata) ?? null;

const LICENSES = {
  conda: ({ "repodata_record.json": record, "about.json": about }) => record?.license ?? about?.license,
  python: ({ license }) => license,
  cran: ({ License }) => License,
};
export const licenseOf = ({ family, metadata }) => LICENSES[family]?.(metadata) || "";

/** Where a file can be had from here: the server's own word for it names the address that it was asked by. */
export function downloadHref({ url }) {
  const { pathname, search } = new URL(url, location.href);
  return pathname + search;
}

const ORIGINS = { mirror: "A mirror brought it", uploaded: "Uploaded", copied: "Copied here", moved: "Moved here" };
export const originWords = ({ origin, by }) => `${ORIGINS[origin] ?? origin}${by ? ` by ${by}` : ""}`;
