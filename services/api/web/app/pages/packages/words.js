/** How packages are put in words. Pure. */

import { path } from "../../api.js";
import { channelHref } from "../../routes.js";

/** Families of the wire, as people name them. */
export const FAMILIES = {
  conda: "Conda",
  python: "Python",
  cran: "R",
  notebook: "Notebook",
  anaconda_env: "Environment",
  anaconda_project: "Project",
  gra: "File",
};

/** The families whose packages clients install -> the type of the mirrors that bring them. */
export const TYPE_OF = { conda: "conda", python: "python_simple", cran: "CRAN" };

export const familyWord = (family) => FAMILIES[family] ?? family;

/** @param {{channel: string, subchannel: string|null}} item as lists have it */
export const keyOfItem = ({ channel, subchannel }) => (subchannel ? `${channel}/${subchannel}` : channel);

/** The address of a package's page. */
export const packageHref = (key, family, name) => channelHref(key, path`/packages/${family}/${name}`);

const REASONS = {
  cve: "vulnerabilities",
  signed: "no signature",
  license: "license",
  date: "date",
  duplicated_legacy_conda: "a newer form of the same build",
  newest: "not among the newest",
  yanked: "withdrawn (yanked)",
  size: "size",
  kind: "kind of file",
  platform: "platform",
  python: "Python version",
  r: "R version",
  only_specs: "not on the list of what may enter",
  exclude_specs: "on the list of what may not enter",
  removed: "removed by hand",
};
const OTHERS = { not_stored: "could not be stored", not_published: "not published yet" };
const SCOPES = { mirror_filtered: "the mirror's rules", channel_filtered: "the channel's rules" };

/** A reason of counts, as "channel_filtered.license" -> "license (the channel's rules)". */
export function reasonWords(reason) {
  const [scope, word] = reason.split(".");
  if (word === undefined) return OTHERS[scope] ?? scope;
  const words = REASONS[word] ?? word.replaceAll("_", " ");
  return word === "removed" ? words : `${words} (${SCOPES[scope] ?? scope})`;
}

/** An address that a page of ours may lead to; null for what is no web address: sources may say anything. */
export function webAddress(text) {
  try {
    const { protocol, href } = new URL(text);
    return protocol === "https:" || protocol === "http:" ? href : null;
  } catch {
    return null;
  }
}

/** A CVSS score -> the kind of its badge, by the bands of CVSS 3. */
export const scoreKind = (score) => (score === null || score === undefined ? "neutral" : score >= 7 ? "bad" : score >= 4 ? "warn" : "info");

/** The part of a file's path before its name, as "linux-64"; "" where there is none. */
export const folderOf = (ckey) => ckey.slice(0, Math.max(0, ckey.lastIndexOf("/")));
export const fileOf = (ckey) => ckey.slice(ckey.lastIndexOf("/") + 1);
