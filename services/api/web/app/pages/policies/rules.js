/** The rules of a policy in their order, in words; each opens as a form where they may be changed. */

import { Button, CheckField, html, Menu, SelectField, TextField, useEffect, useRef, useState } from "../../kit.js";
import { sentenceOf } from "./checked.js";
import { AddField, Conditions } from "./conditions.js";
import { faultAt, keyed } from "./draft.js";
import { RULE_ACTIONS, ECOSYSTEMS, FIELDS, REQUIRED } from "./fields.js";

const SHOWN_AT_FIRST = 100;

/** @param {{rules: Array<{key: number, rule: object}>, problem?: Problem|null, onChange?: (rules: object[]) => void}} props without `onChange` they are only read */
export function Rules({ rules, problem, onChange }) {
  const [open, setOpen] = useState([]);
  const [focused, setFocused] = useState({});
  const [most, setMost] = useState(SHOWN_AT_FIRST);
  const turn = (key) => setOpen((was) => (was.includes(key) ? was.filter((one) => one !== key) : [...was, key]));
  const add = (rule, at = rules.length) => {
    const ids = rules.map((one) => one.rule.id);
    let id = rule.id;
    for (let more = 2; ids.includes(id); more += 1) id = `${rule.id}-${more}`;
    const added = keyed(structuredClone({ ...rule, id }));
    onChange(rules.toSpliced(at, 0, added));
    setMost((was) => Math.max(was, at + 1));
    turn(added.key);
    setFocused({ key: added.key });
  };
  const move = (at, by) => {
    if (!rules[at + by]) return;
    onChange(rules.with(at, rules[at + by]).with(at + by, rules[at]));
    setFocused({ key: rules[at].key, said: `${rules[at].rule.id} is now number ${at + by + 1} of ${rules.length}` });
  };
  const start = (name) => add({ id: name.replaceAll("_", "-"), action: REQUIRED.includes(name) ? "require" : "exclude", where: { [name]: FIELDS[name].start } });
  return html`
    <p class="off-screen" role="status">${focused.said}</p>
    ${rules.length === 0 && html`<p class="soft">No rules: everything may enter.</p>`}
    <ol class="rule-list">
      ${rules.slice(0, most).map(({ key, rule }, at) => html`<${RuleCard} key=${key} rule=${rule} at=${at} problem=${problem} isOpen=${open.includes(key)} focus=${focused.key === key && focused}
        onChange=${onChange && ((to) => onChange(rules.with(at, { key, rule: to })))} onTurn=${() => turn(key)} onMove=${(by) => move(at, by)} onCopy=${() => add(rule, at + 1)} onRemove=${() => onChange(rules.toSpliced(at, 1))} />`)}
    </ol>
    <div class="toolbar">
      ${onChange && html`<${AddField} label="New rule about" action="Add rule" names=${Object.keys(FIELDS)} onAdd=${start} />`}
      ${rules.length > most && html`<${Button} onClick=${() => setMost(most + 400)}>Show more of the ${rules.length} rules<//>`}
    </div>`;
}

function RuleCard({ rule, at, problem, isOpen, focus, onChange, onTurn, onMove, onCopy, onRemove }) {
  const card = useRef(null);
  const path = `rules[${at}]`;
  const fault = faultAt(problem, path);
  useEffect(() => {
    if (focus) card.current.querySelector("button").focus();
  }, [focus]);
  const key = (event) => {
    const by = event.altKey && { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    onMove(by);
  };
  const words = html`<span>${sentenceOf(rule) ?? (fault ? "This rule is not right yet." : "…")}</span><code class="soft">${rule.id}</code>${rule.note && html`<span class="soft">${rule.note}</span>`}`;
  return html`<li class=${`rule card ${rule.action}`} ref=${card} onKeyDown=${onChange && key}>
    <div class="rule-head">
      <span class="soft" aria-hidden="true">${at + 1}</span>
      ${onChange
        ? html`<button type="button" class="rule-words" aria-expanded=${isOpen} onClick=${onTurn} title="Alt+↑ and Alt+↓ move the rule">${words}</button>
          <${Button} kind="quiet" icon="up" label=${`Move ${rule.id} up`} onClick=${() => onMove(-1)} />
          <${Button} kind="quiet" icon="down" label=${`Move ${rule.id} down`} onClick=${() => onMove(1)} />
          <${Menu} kind="quiet" label=${`More for ${rule.id}`} items=${[
            { label: "Duplicate", icon: "copy", act: onCopy },
            { label: "Remove", icon: "trash", isDanger: true, act: onRemove },
          ]} />`
        : html`<div class="rule-words">${words}</div>`}
    </div>
    ${fault && !isOpen && html`<p class="field-error">${fault}</p>`}
    ${isOpen && html`<${RuleForm} rule=${rule} path=${path} problem=${problem} onChange=${onChange} />`}
  </li>`;
}

function RuleForm({ rule, path, problem, onChange }) {
  const field = (name) => ({ value: rule[name] ?? "", error: faultAt(problem, `${path}.${name}`), onChange: (value) => onChange({ ...rule, [name]: value || undefined }) });
  const chosen = rule.ecosystems ?? [];
  const turn = (word) => (isOn) => onChange({ ...rule, ecosystems: isOn ? [...chosen, word] : chosen.length > 1 ? chosen.filter((one) => one !== word) : undefined });
  return html`<div class="rule-form stack">
    <div class="columns small">
      <${SelectField} label="What it does" options=${RULE_ACTIONS} ...${field("action")} />
      <${TextField} label="Id, named in every decision" spellcheck=${false} ...${field("id")} onChange=${(id) => onChange({ ...rule, id })} />
    </div>
    <${Conditions} where=${rule.where} path=${`${path}.where`} problem=${problem} onChange=${(where) => onChange({ ...rule, where })} />
    ${((rule.action === "require" && (rule.where.name || rule.where.spec)) || rule.include_dependencies) && html`<${CheckField} label="Let in what these packages need, too" ...${field("include_dependencies")} />`}
    <fieldset class="field"><legend>Looks at packages of <span class="optional">all where none is chosen</span></legend>
      <div class="row">${Object.entries(ECOSYSTEMS).map(([word, text]) => html`<${CheckField} key=${word} label=${text} value=${chosen.includes(word)} onChange=${turn(word)} />`)}</div>
    </fieldset>
    <${TextField} label="Note" isOptional ...${field("note")} />
  </div>`;
}
