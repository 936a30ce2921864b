/** Fields of forms: a label, help that is read with it, and the error in its place. */

import { html, useId, useState } from "../view.js";
import { Button } from "./button.js";

/**
 * @param {{label: string, help?: any, error?: string|null, isOptional?: boolean, children: (known: object) => any}} props
 *   `children` draws the control with the attributes it is given.
 */
export function Field({ label, help, error, isOptional = false, children }) {
  const id = useId();
  return html`<div class=${error ? "field wrong" : "field"}>
    <label for=${id}>${label}${isOptional && html` <span class="optional">optional</span>`}</label>
    ${children(toldOf(id, help, error))}
    ${notes(id, help, error)}
  </div>`;
}

/** What names the notes of a control for who hears it. */
const toldOf = (id, help, error) => ({
  id,
  "aria-describedby": [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(" ") || undefined,
  "aria-invalid": error ? "true" : undefined,
});

const notes = (id, help, error) => html`
  ${error && html`<p class="field-error" id=${`${id}-error`}>${error}</p>`}
  ${help && html`<p class="field-help" id=${`${id}-help`}>${help}</p>`}
`;

const typed = (onChange) => (event) => onChange(event.target.value);

const asOption = (one) => (Array.isArray(one) ? { value: one[0], text: one[1] } : one);

/** A field around what `draw` makes of the attributes and of all else that the field is given. */
const fieldOf = (draw) => ({ label, help, error, isOptional, ...rest }) =>
  html`<${Field} label=${label} help=${help} error=${error} isOptional=${isOptional}>${(known) => draw({ class: "input", ...known, ...rest })}<//>`;

/** @param {{label: string, value: string, onChange: (value: string) => void, help?: any, error?: string|null}} props */
export const TextField = fieldOf(({ onChange, ...rest }) => html`<input onInput=${typed(onChange)} ...${rest} />`);

export const TextArea = fieldOf(({ onChange, ...rest }) => html`<textarea rows="3" onInput=${typed(onChange)} ...${rest}></textarea>`);

/** @param {{options: Array<[string, string]|{value: string, text: string, isOff?: boolean}>}} props */
export const SelectField = fieldOf(
  ({ onChange, options, ...rest }) => html`<select onChange=${typed(onChange)} ...${rest}>
    ${options.map(asOption).map((one) => html`<option key=${one.value} value=${one.value} disabled=${one.isOff} selected=${one.value === rest.value}>${one.text}</option>`)}
  </select>`,
);

export function CheckField({ label, value, onChange, help, error, ...rest }) {
  const id = useId();
  return html`<div class="field check">
    <div>
      <input type="checkbox" checked=${value} ...${toldOf(id, help, error)} onChange=${(event) => onChange(event.target.checked)} ...${rest} />
      <label for=${id}>${label}</label>
    </div>
    ${notes(id, help, error)}
  </div>`;
}

/** One of a few, each with a line on what it means. @param {{options: Array<{value: string, text: string, help?: any}>}} props */
export function ChoiceField({ label, value, onChange, options, help, error }) {
  const id = useId();
  return html`<fieldset class=${error ? "field choices wrong" : "field choices"} ...${toldOf(id, help, error)}>
    <legend>${label}</legend>
    <div class="choice-list">
      ${options.map(
        (one) => html`<div class="choice" key=${one.value}>
          <input type="radio" name=${id} id=${`${id}-${one.value}`} value=${one.value} checked=${one.value === value} aria-describedby=${one.help ? `${id}-${one.value}-help` : undefined} onChange=${() => onChange(one.value)} />
          <label for=${`${id}-${one.value}`}>${one.text}</label>
          ${one.help && html`<p class="field-help" id=${`${id}-${one.value}-help`}>${one.help}</p>`}
        </div>`,
      )}
    </div>
    ${notes(id, help, error)}
  </fieldset>`;
}

/** Several words: Enter or a comma adds one, Backspace takes the last away. @param {{values: string[], onChange: (values: string[]) => void}} props */
export function TagsField({ label, values, onChange, help, error, isOptional, placeholder, suggestions = [], splitAt = /[,\n]+/ }) {
  const [text, setText] = useState("");
  const listId = useId();
  const add = (given) => {
    const fresh = given.split(splitAt).map((one) => one.trim()).filter(Boolean);
    setText("");
    if (fresh.length) onChange([...new Set([...values, ...fresh])]);
  };
  const key = (event) => {
    if (event.key === "Enter" && text.trim()) {
      event.preventDefault();
      add(text);
    } else if (event.key === "Backspace" && !text && values.length) onChange(values.slice(0, -1));
  };
  const type = (event) => (splitAt.test(event.target.value) ? add(event.target.value) : setText(event.target.value));
  return html`<${Field} label=${label} help=${help} error=${error} isOptional=${isOptional}>
    ${(known) => html`<div class="tags input">
      ${values.map(
        (one) => html`<span class="tag" key=${one}>${one}
          <${Button} kind="quiet" icon="close" label=${`Remove ${one}`} onClick=${() => onChange(values.filter((other) => other !== one))} />
        </span>`,
      )}
      <input value=${text} placeholder=${values.length ? "" : placeholder} list=${suggestions.length ? listId : undefined} onInput=${type} onKeyDown=${key} onBlur=${() => text.trim() && add(text)} ...${known} />
      ${suggestions.length > 0 && html`<datalist id=${listId}>${suggestions.map((one) => html`<option key=${one} value=${one} />`)}</datalist>`}
    </div>`}
  <//>`;
}
