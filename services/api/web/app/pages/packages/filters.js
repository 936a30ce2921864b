/** What narrows lists of packages; all of it stands in the address. */

import { html, place, setQuery, useId } from "../../kit.js";
import { FAMILIES } from "./words.js";

/** One choice of the address. @param {{label: string, name: string, options: Array<[string, string]>}} props */
export function Choice({ label, name, options }) {
  const id = useId();
  const chosen = place.value.query.get(name) ?? "";
  return html`<div class="choose">
    <label for=${id}>${label}</label>
    <select id=${id} class="input" value=${chosen} onChange=${(event) => setQuery({ [name]: event.target.value })}>
      ${options.map(([value, text]) => html`<option key=${value} value=${value} selected=${value === chosen}>${text}</option>`)}
    </select>
  </div>`;
}

const TYPES = [["", "All types"], ...Object.entries(FAMILIES)];
export const TypeChoice = () => html`<${Choice} label="Type" name="family" options=${TYPES} />`;

/** What `show` in the address means to the REST API. */
const ASKED = { cves: { has_cves: true }, stored: { state: "active" }, passive: { state: "passive" } };
const SHOWN = [
  ["", "All packages"],
  ["cves", "With known vulnerabilities"],
  ["stored", "Files are stored"],
  ["passive", "Files come on demand"],
];
const LEFT_OUT = [...SHOWN, ["excluded", "Not here, though a source has them"]];

/** @param {{hasLeftOut?: boolean}} props whether names that are not there can be shown, too */
export const ShowChoice = ({ hasLeftOut = false }) => html`<${Choice} label="Show" name="show" options=${hasLeftOut ? LEFT_OUT : SHOWN} />`;

/** The query of the REST API for what the address asks for. */
export function askedQuery() {
  const { query } = place.value;
  return { q: query.get("q"), family: query.get("family"), sort: query.get("sort"), ...ASKED[query.get("show")] };
}

export const isNarrowed = () => ["q", "family", "show"].some((name) => place.value.query.get(name));

/** How the list is sorted, and what sorts it otherwise. */
export const sorting = () => ({ sorted: place.value.query.get("sort") ?? (place.value.query.get("q") ? "" : "name"), onSort: (sort) => setQuery({ sort }) });
