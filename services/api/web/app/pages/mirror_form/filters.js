/** What may enter, by the filters of a mirror's type. */

import { CheckField, html, plural, TagsField, TextField } from "../../kit.js";
import { NamesField } from "../people/names_field.js";
import { filtersOf } from "./wish.js";

const LICENSES = "agpl apache bsd cc gpl gpl2 gpl3 lgpl mit mozilla none other proprietary psf public_domain".split(" ");
const isOptional = true;
const placeholder = "Type, then Enter";

/** The field of each kind of filter, and what it takes. */
const FIELDS = {
  words: [TagsField, { isOptional, placeholder }],
  specs: [TagsField, { isOptional, placeholder, splitAt: /\n+/ }],
  licenses: [TagsField, { isOptional, placeholder, suggestions: LICENSES }],
  day: [TextField, { isOptional, type: "date" }],
  score: [TextField, { isOptional, type: "number", min: 0, max: 10, step: 0.1, inputmode: "decimal" }],
  check: [CheckField],
};

/** What comes along always, and the words for folders, by type. */
const FOLDERS = {
  conda: ["noarch", "Platforms", "Nothing ticked: all that the source has. noarch always comes along, since the others need it.", "linux-64, osx-arm64"],
  CRAN: ["src/contrib", "Folders of binaries", "Nothing ticked: sources alone (src/contrib), which always come along.", "windows/4.5"],
};

/** @param {{form: object, found?: Array<{name: string, packages: number|null}>}} props `found` are the folders of the source */
export function FilterFields({ form, found = [] }) {
  const type = form.wish.mirror_type;
  return html`
    ${FOLDERS[type] && html`<${Folders} of=${FOLDERS[type]} found=${found} field=${form.of("filters.subdirs")} />`}
    <div class="filters">
      ${filtersOf(type).map(({ key, kind, ...words }) => {
        const [Kind, more] = FIELDS[kind];
        const { value, ...field } = form.of(`filters.${key}`);
        return html`<${Kind} key=${key} ...${Kind === TagsField ? { values: value } : { value }} ...${field} ...${words} ...${more} />`;
      })}
    </div>
  `;
}

/** Those that the source has to tick, once that is known; until then as words. */
function Folders({ of: [always, label, help, example], found, field: { value, ...field } }) {
  const options = found.filter(({ name }) => name !== always).map(({ name, packages }) => ({ value: name, help: packages === null ? "" : plural(packages, "package") }));
  return options.length
    ? html`<div><${NamesField} label=${label} options=${options} value=${value} ...${field} /><p class="field-help">${help}</p></div>`
    : html`<${TagsField} label=${label} isOptional values=${value} ...${field} placeholder=${example} help=${`${help} Check the source to choose from what it has.`} />`;
}
