/** The form of a rule's `where`: a field for each condition, by its kind; `any` and `not` have conditions of their own. */

import { Button, html, SelectField, TagsField, TextArea, TextField, useState } from "../../kit.js";
import { faultAt } from "./draft.js";
import { FIELDS } from "./fields.js";

const MOST_TAGS = 60;
const DEEPEST = 8;
const UNITS = [["1", "B"], ["1000", "kB"], ["1000000", "MB"], ["1000000000", "GB"]];
const OPERATORS = [[">=", "at least"], ["<=", "at most"], ["<", "under"], [">", "over"], ["==", "exactly"], ["!=", "other than"]];
const pick = (pairs) => pairs.map(([value, text]) => ({ value, text }));
const split = (text) => text.split("\n").map((one) => one.trim()).filter(Boolean);

/** Several words: tags while they are few, lines where they are many. */
function Words({ label, value, onChange, about, error }) {
  const [text, setText] = useState(null);
  if (value.length <= MOST_TAGS && text === null) {
    return html`<${TagsField} label=${label} values=${value} onChange=${onChange} help=${about.help} error=${error} suggestions=${about.suggestions} splitAt=${about.hasCommas ? /\n+/ : undefined} spellcheck=${false} />`;
  }
  const type = (typed) => {
    setText(typed);
    onChange(split(typed));
  };
  return html`<${TextArea} label=${label} rows=${8} value=${text ?? value.join("\n")} onChange=${type} help="One in a line." error=${error} spellcheck=${false} />`;
}

/** A number as it is typed; what is none yet is handed on as it is, and the server says so. */
export function NumberField({ value, onChange, ...rest }) {
  const [text, setText] = useState(null);
  const shown = text !== null && (Number(text) === value || text === value) ? text : String(value ?? "");
  const type = (typed) => {
    setText(typed);
    onChange(typed.trim() !== "" && Number.isFinite(Number(typed)) ? Number(typed) : typed);
  };
  return html`<${TextField} inputmode="decimal" autocomplete="off" value=${shown} onChange=${type} ...${rest} />`;
}

function Size({ about, value, onChange, error }) {
  const fits = [...UNITS].reverse().find(([size]) => value.bytes >= size && value.bytes % size === 0)?.[0] ?? "1000000";
  const [unit, setUnit] = useState(fits);
  const by = (amount, size) => (typeof amount === "number" ? Math.round(amount * Number(size)) : amount);
  const amount = typeof value.bytes === "number" ? value.bytes / Number(unit) : value.bytes;
  const turn = (size) => {
    setUnit(size);
    onChange({ ...value, bytes: by(amount, size) });
  };
  return html`
    <${SelectField} label=${about.label} value=${value.op} options=${pick(OPERATORS)} onChange=${(op) => onChange({ ...value, op })} />
    <${NumberField} label="Amount" value=${amount} onChange=${(typed) => onChange({ ...value, bytes: by(typed, unit) })} error=${error} />
    <${SelectField} label="Unit" value=${unit} options=${pick(UNITS)} onChange=${turn} />`;
}

const day = (value) => (name) => (typed) => {
  const { [name]: _, ...rest } = value;
  return typed ? { ...rest, [name]: typed } : rest;
};

/** Kind of field -> its controls. */
const KINDS = {
  words: ({ about, value, onChange, error }) => html`<${Words} label=${about.label} value=${value} onChange=${onChange} about=${about} error=${error} />`,
  text: ({ about, value, onChange, error }) =>
    html`<${TextField} label=${about.label} value=${value} onChange=${onChange} placeholder=${about.placeholder} help=${about.help} error=${error} autocomplete="off" spellcheck=${false} />`,
  number: ({ about, value, onChange, error }) => html`<${NumberField} label=${about.label} value=${value} onChange=${onChange} help=${about.help} error=${error} />`,
  yes: ({ about, value, onChange, error }) =>
    html`<${SelectField} label=${about.label} value=${String(value)} onChange=${(word) => onChange(word === "true")} options=${pick([["true", about.yes], ["false", about.no]])} error=${error} />`,
  among: ({ about, value, onChange, error }) => {
    const word = value.not_in === undefined || value.not_in === null ? "in" : "not_in";
    return html`
      <${SelectField} label=${about.label} value=${word} onChange=${(other) => onChange({ [other]: value[word] ?? [] })} options=${pick([["in", "is one of"], ["not_in", "is none of"]])} />
      <${Words} label=${`${about.label}: values`} value=${value[word] ?? []} onChange=${(words) => onChange({ [word]: words })} about=${about} error=${error} />`;
  },
  age: ({ about, value, onChange, error }) => html`
    <${SelectField} label=${about.label} value=${value.op} options=${pick(OPERATORS)} onChange=${(op) => onChange({ ...value, op })} help=${about.help} />
    <${NumberField} label="Days" value=${value.days} onChange=${(days) => onChange({ ...value, days })} error=${error} />
    <${SelectField} label="Counted from" value=${value.by ?? "upstream"} onChange=${(by) => onChange({ ...value, by })} options=${pick([["upstream", "the source's date"], ["first_seen", "when it was first seen here"]])} />`,
  score: ({ about, value, onChange, error }) => html`
    <${SelectField} label=${about.label} value=${value.op} options=${pick(OPERATORS)} onChange=${(op) => onChange({ ...value, op })} />
    <${NumberField} label="Score" value=${value.value} onChange=${(score) => onChange({ ...value, value: score })} help=${about.help} error=${error} />`,
  dates: ({ about, value, onChange, error }) => html`
    <${TextField} label="From" type="date" value=${value.from ?? ""} onChange=${(typed) => onChange(day(value)("from")(typed))} help=${about.help} error=${error} />
    <${TextField} label="Until" type="date" value=${value.to ?? ""} onChange=${(typed) => onChange(day(value)("to")(typed))} />`,
  size: Size,
  any: ({ value, onChange, path, problem, depth }) => html`
    <fieldset class="group">
      <legend>Any of these</legend>
      ${value.map(
        (one, at) => html`<fieldset class="group" key=${at}>
          <legend>Alternative ${at + 1}</legend>
          <${Conditions} where=${one} path=${`${path}[${at}]`} problem=${problem} depth=${depth + 1} onChange=${(where) => onChange(value.with(at, where))} />
          ${value.length > 1 && html`<${Button} kind="quiet" icon="close" onClick=${() => onChange(value.toSpliced(at, 1))}>Remove alternative ${at + 1}<//>`}
        </fieldset>`,
      )}
      <${Button} icon="plus" onClick=${() => onChange([...value, {}])}>Add an alternative<//>
    </fieldset>`,
  not: ({ value, onChange, path, problem, depth }) => html`
    <fieldset class="group">
      <legend>Not this</legend>
      <${Conditions} where=${value} path=${path} problem=${problem} depth=${depth + 1} onChange=${onChange} />
    </fieldset>`,
};

/**
 * @param {{where: object, onChange: (where: object) => void, path: string, problem: Problem|null, depth?: number}} props
 *   `path` as "rules[3].where" leads to what the server finds wrong here
 */
export function Conditions({ where, onChange, path, problem, depth = 0 }) {
  const there = Object.keys(where).filter((name) => where[name] !== null && FIELDS[name]);
  const left = Object.keys(FIELDS).filter((name) => !there.includes(name) && (depth < DEEPEST || !["any", "not"].includes(name)));
  const set = (name) => (value) => onChange({ ...where, [name]: value });
  const drop = (name) => onChange(Object.fromEntries(Object.entries(where).filter(([other]) => other !== name)));
  const own = problem?.field === path ? faultAt(problem, path) : null;
  return html`<div class="conditions">
    ${there.map((name) => {
      const about = FIELDS[name];
      const at = `${path}.${name}`;
      const isGroup = about.kind === "any" || about.kind === "not";
      const error = isGroup ? null : faultAt(problem, at);
      return html`<div class=${`condition ${about.kind}`} key=${name}>
        <div class="condition-fields"><${KINDS[about.kind]} about=${about} value=${where[name]} onChange=${set(name)} error=${error} path=${at} problem=${problem} depth=${depth} /></div>
        <${Button} kind="quiet" icon="trash" label=${`Remove the condition: ${about.label}`} onClick=${() => drop(name)} />
      </div>`;
    })}
    <${SelectField} label=${there.length ? "And" : "Look at"} value="" error=${own} onChange=${(name) => name && onChange({ ...where, [name]: FIELDS[name].start })}
      options=${[{ value: "", text: there.length ? "Add a condition…" : "Choose what the rule looks at…" }, ...left.map((name) => ({ value: name, text: FIELDS[name].label }))]} />
  </div>`;
}
