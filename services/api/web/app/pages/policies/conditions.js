/** The form of a rule's `where`: what each condition takes, by its kind; `any` and `not` have conditions of their own. */

import { Button, html, SelectField, TagsField, TextField, useState } from "../../kit.js";
import { faultAt } from "./draft.js";
import { FIELDS } from "./fields.js";

const MOST_TAGS = 200;
const DEEPEST = 8;

const Words = ({ about, label = about.label, value, ...rest }) =>
  value.length > MOST_TAGS
    ? html`<p class="soft">${label}: ${value.length} entries, too many for a form. YAML shows them all.</p>`
    : html`<${TagsField} label=${label} values=${value} help=${about.help} suggestions=${about.suggestions} splitAt=${about.splitAt} spellcheck=${false} ...${rest} />`;

/** A number as it is typed; what is none yet is handed on as it is, and the server says so. */
function NumberField({ value, onChange, ...rest }) {
  const [text, setText] = useState(null);
  const type = (typed) => {
    setText(typed);
    onChange(typed.trim() && Number.isFinite(Number(typed)) ? Number(typed) : typed);
  };
  return html`<${TextField} inputmode="decimal" value=${text !== null && (Number(text) === value || text === value) ? text : String(value ?? "")} onChange=${type} ...${rest} />`;
}

/** Kind of field -> its controls. */
const KINDS = {
  words: Words,
  text: ({ about, ...rest }) => html`<${TextField} label=${about.label} help=${about.help} spellcheck=${false} ...${rest} />`,
  yes: ({ about, value, onChange, error }) => html`<${SelectField} label=${about.label} value=${String(value)} options=${about.options} error=${error} onChange=${(word) => onChange(word === "true")} />`,
  among({ about, value, onChange, error }) {
    const word = value.not_in ? "not_in" : "in";
    return html`<${SelectField} label=${about.label} value=${word} options=${[["in", "is one of"], ["not_in", "is none of"]]} onChange=${(other) => onChange({ [other]: value[word] ?? [] })} />
      <${Words} about=${about} label=${`${about.label}: values`} value=${value[word] ?? []} error=${error} onChange=${(words) => onChange({ [word]: words })} />`;
  },
  parts: ({ about, value, onChange, error }) =>
    Object.entries(about.parts).map(([key, [name, kind]], at, all) => {
      const known = {
        key,
        label: name || about.label,
        value: key ? (value[key] ?? (Array.isArray(kind) ? kind[0][0] : "")) : value,
        onChange: (typed) => onChange(key ? { ...value, [key]: typed === "" && kind === "date" ? undefined : typed } : typed),
        ...(at === Math.min(1, all.length - 1) && { error, help: about.help }),
      };
      if (Array.isArray(kind)) return html`<${SelectField} options=${kind} ...${known} />`;
      return kind === "date" ? html`<${TextField} type="date" ...${known} />` : html`<${NumberField} ...${known} />`;
    }),
  any: ({ value, onChange, path, ...rest }) => html`<fieldset class="group">
    <legend>Any of these</legend>
    ${value.map((one, at) => html`<fieldset class="group" key=${at}>
      <legend>Alternative ${at + 1}</legend>
      <${Conditions} where=${one} path=${`${path}[${at}]`} ...${rest} onChange=${(where) => onChange(value.with(at, where))} />
      ${value.length > 1 && html`<${Button} kind="quiet" icon="close" onClick=${() => onChange(value.toSpliced(at, 1))}>Remove alternative ${at + 1}<//>`}
    </fieldset>`)}
    <${Button} icon="plus" onClick=${() => onChange([...value, {}])}>Add an alternative<//>
  </fieldset>`,
  not: ({ value, ...rest }) => html`<fieldset class="group"><legend>Not this</legend><${Conditions} where=${value} ...${rest} /></fieldset>`,
};

/** Choose one of the fields, and add it. @param {{label: string, action: string, names: string[], onAdd: (name: string) => void}} props */
export function AddField({ action, names, onAdd, ...rest }) {
  const [chosen, setChosen] = useState("");
  const name = names.includes(chosen) ? chosen : names[0];
  return html`<div class="adding"><${SelectField} value=${name} onChange=${setChosen} options=${names.map((one) => [one, FIELDS[one].label])} ...${rest} /><${Button} icon="plus" onClick=${() => onAdd(name)}>${action}<//></div>`;
}

/** @param {{where: object, onChange: (where: object) => void, path: string, problem: Problem|null, depth?: number}} props `path` as "rules[3].where" */
export function Conditions({ where, onChange, path, problem, depth = 0 }) {
  const names = Object.keys(where);
  const left = Object.entries(FIELDS).filter(([name, { kind }]) => !names.includes(name) && (depth < DEEPEST || !["any", "not"].includes(kind)));
  return html`<div class="conditions">
    ${names.map((name) => {
      const about = FIELDS[name];
      const at = `${path}.${name}`;
      return html`<div class=${`condition ${about.kind}`} key=${name}>
        <div><${KINDS[about.kind]} about=${about} value=${where[name]} error=${faultAt(problem, at)} path=${at} problem=${problem} depth=${depth + 1} onChange=${(value) => onChange({ ...where, [name]: value })} /></div>
        <${Button} kind="quiet" icon="trash" label=${`Remove the condition: ${about.label}`} onClick=${() => onChange(Object.fromEntries(Object.entries(where).filter(([other]) => other !== name)))} />
      </div>`;
    })}
    <${AddField} label=${names.length ? "And" : "Look at"} action="Add condition" names=${left.map(([name]) => name)} error=${problem?.field === path ? faultAt(problem, path) : null} onAdd=${(name) => onChange({ ...where, [name]: FIELDS[name].start })} />
  </div>`;
}
