/** Choosing some of the names there are: roles and groups of a user, scopes of a token. */

import { CheckField, html } from "../../kit.js";

/**
 * @param {{label: string, options: Array<{value: string, help?: string}>, value: string[],
 *   onChange: (value: string[]) => void, empty?: string, error?: string|null}} props
 *   Names that are no options any more stay, and can be taken off.
 */
export function NamesField({ label, options, value, onChange, empty, error }) {
  const gone = value.filter((name) => !options.some((one) => one.value === name));
  const all = [...options, ...gone.map((name) => ({ value: name }))];
  const turn = (name, isOn) => onChange(isOn ? [...value, name] : value.filter((one) => one !== name));
  return html`<fieldset class=${error ? "field wrong" : "field"}>
    <legend>${label}</legend>
    ${!all.length && html`<p class="field-help">${empty}</p>`}
    <div class="name-list">
      ${all.map((one) => html`<${CheckField} key=${one.value} label=${one.value} help=${one.help} value=${value.includes(one.value)} onChange=${(isOn) => turn(one.value, isOn)} />`)}
    </div>
    ${error && html`<p class="field-error">${error}</p>`}
  </fieldset>`;
}
