/** What may enter, by the filters of a mirror's type. */

import { CheckField, count, html, TagsField, TextField, useId } from "../../kit.js";
import { blank, filtersOf, LICENSES } from "./wish.js";

const ALWAYS = { conda: "noarch", CRAN: "src/contrib" };

/** @param {{values: object, set: (changes: object) => void, errorOf: (field: string) => string|null, found: object|null}} props */
export function FilterFields({ values, set, errorOf, found }) {
  const { mirror_type: type, filters } = values;
  const change = (key, value) => set({ filters: { ...filters, [key]: value } });
  return html`
    ${type !== "python_simple" && html`<${Subdirs} type=${type} chosen=${filters.subdirs ?? []} found=${found?.subdirs ?? []} error=${errorOf("filters.subdirs")} onChange=${(chosen) => change("subdirs", chosen)} />`}
    <div class="filters">
      ${filtersOf(type).map((one) => html`<${One} key=${one.key} filter=${one} value=${filters[one.key] ?? blank(one.kind)} error=${errorOf(`filters.${one.key}`)} onChange=${(value) => change(one.key, value)} />`)}
    </div>
  `;
}

function One({ filter: { kind, label, help }, value, error, onChange }) {
  const known = { label, help, error, onChange };
  if (kind === "check") return html`<${CheckField} value=${value} ...${known} />`;
  if (kind === "day") return html`<${TextField} type="date" isOptional value=${value} ...${known} />`;
  if (kind === "score") return html`<${TextField} type="number" min="0" max="10" step="0.1" inputmode="decimal" isOptional value=${value} ...${known} />`;
  const splitAt = kind === "specs" ? /\n+/ : undefined;
  return html`<${TagsField} isOptional values=${value} suggestions=${kind === "licenses" ? LICENSES : []} splitAt=${splitAt} placeholder="Type, then Enter" ...${known} />`;
}

/** The subdirs that the source was found to have as ticks, and those that it was not as words. */
function Subdirs({ type, chosen, found, error, onChange }) {
  const id = useId();
  const always = ALWAYS[type];
  const seen = found.filter((one) => one.name !== always);
  const strange = chosen.filter((name) => !seen.some((one) => one.name === name));
  const isConda = type === "conda";
  const help = isConda
    ? "Nothing ticked: all that the source has. noarch always comes along, since the others need it."
    : "Folders of binaries. Nothing ticked: sources alone (src/contrib), which always come along.";
  const turn = (name, isOn) => onChange(isOn ? [...chosen, name] : chosen.filter((one) => one !== name));
  if (!seen.length) {
    return html`<${TagsField} label=${isConda ? "Platforms" : "Folders of binaries"} isOptional values=${chosen} error=${error} onChange=${onChange}
      placeholder=${isConda ? "linux-64, osx-arm64" : "windows/4.5"} help=${`${help} Check the source to choose from what it has.`} />`;
  }
  return html`<fieldset class=${error ? "field choices wrong" : "field choices"} aria-describedby=${`${id}-help`}>
    <legend>${isConda ? "Platforms" : "Folders of binaries"}</legend>
    <div class="ticks">
      ${seen.map((one) => html`<label key=${one.name} class="tick">
        <input type="checkbox" checked=${chosen.includes(one.name)} onChange=${(event) => turn(one.name, event.target.checked)} />
        <span>${one.name}</span> <span class="soft">${one.packages === null ? "" : count(one.packages)}</span>
      </label>`)}
      ${strange.map((name) => html`<label key=${name} class="tick">
        <input type="checkbox" checked onChange=${() => turn(name, false)} /> <span>${name}</span> <span class="soft">not found there</span>
      </label>`)}
    </div>
    ${error && html`<p class="field-error">${error}</p>`}
    <p class="field-help" id=${`${id}-help`}>${chosen.length > 0 && `${count(chosen.length)} chosen. `}${help}</p>
  </fieldset>`;
}
