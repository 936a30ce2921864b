/** One rule: what it does in words, and a form to change it. */

import { Button, CheckField, html, Menu, SelectField, TextField, useEffect, useRef } from "../../kit.js";
import { sentenceOf } from "./checked.js";
import { Conditions } from "./conditions.js";
import { faultAt } from "./draft.js";
import { ACTIONS, ECOSYSTEMS } from "./fields.js";

/**
 * @param {{rule: object, at: number, total: number, isOpen: boolean, hasFocus: boolean, problem: Problem|null,
 *   onChange: (rule: object) => void, onTurn: () => void, onMove: (by: 1|-1) => void, onCopy: () => void, onRemove: () => void}} props
 *   `hasFocus` leads the focus here: the rule has just moved, or is new.
 */
export function RuleCard({ rule, at, total, isOpen, hasFocus, problem, onChange, onTurn, onMove, onCopy, onRemove }) {
  const card = useRef(null);
  const path = `rules[${at}]`;
  const fault = faultAt(problem, path);
  useEffect(() => {
    if (hasFocus) card.current.querySelector(".rule-turn").focus();
  }, [hasFocus, at]);
  const key = (event) => {
    const by = event.altKey && { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    onMove(by);
  };
  const words = sentenceOf(rule) ?? (fault ? "This rule is not right yet." : "…");
  return html`<li class=${`rule card ${rule.action}`} ref=${card} onKeyDown=${key}>
    <div class="rule-head">
      <span class="rule-number" aria-hidden="true">${at + 1}</span>
      <button type="button" class="rule-turn" aria-expanded=${isOpen} onClick=${onTurn} title="Alt+↑ and Alt+↓ move the rule">
        <span class="rule-words">${words}</span>
        <span class="rule-id">${rule.id}</span>
        ${rule.note && html`<span class="soft">${rule.note}</span>`}
      </button>
      <div class="actions">
        <${Button} kind="quiet" icon="up" label=${`Move ${rule.id} up`} disabled=${at === 0} onClick=${() => onMove(-1)} />
        <${Button} kind="quiet" icon="down" label=${`Move ${rule.id} down`} disabled=${at === total - 1} onClick=${() => onMove(1)} />
        <${Menu} kind="quiet" label=${`More for ${rule.id}`} items=${[
          { label: isOpen ? "Close" : "Edit", icon: "edit", act: onTurn },
          { label: "Duplicate", icon: "copy", act: onCopy },
          { label: "Remove", icon: "trash", isDanger: true, act: onRemove },
        ]} />
      </div>
    </div>
    ${fault && !isOpen && html`<p class="field-error">${fault}</p>`}
    ${isOpen && html`<${RuleForm} rule=${rule} path=${path} problem=${problem} onChange=${onChange} />`}
  </li>`;
}

function RuleForm({ rule, path, problem, onChange }) {
  const set = (name) => (value) => onChange({ ...rule, [name]: value });
  const drop = (name) => onChange(Object.fromEntries(Object.entries(rule).filter(([other]) => other !== name)));
  const setOrDrop = (name) => (value) => (value ? set(name)(value) : drop(name));
  const mayNeed = rule.action === "require" && (rule.where.name || rule.where.spec);
  const turn = (word) => (isOn) => {
    const words = ECOSYSTEMS.map(([one]) => one).filter((one) => (one === word ? isOn : rule.ecosystems?.includes(one)));
    return setOrDrop("ecosystems")(words.length ? words : null);
  };
  return html`<div class="rule-form stack">
    <div class="columns">
      <${SelectField} label="What it does" value=${rule.action} options=${ACTIONS} onChange=${set("action")} error=${faultAt(problem, `${path}.action`)} />
      <${TextField} label="Id" value=${rule.id} onChange=${set("id")} error=${faultAt(problem, `${path}.id`)} help="Names the rule in every decision." autocomplete="off" spellcheck=${false} />
    </div>
    <${Conditions} where=${rule.where} path=${`${path}.where`} problem=${problem} onChange=${set("where")} />
    ${(mayNeed || rule.include_dependencies) &&
    html`<${CheckField} label="Let in what these packages need, too" value=${rule.include_dependencies ?? false} onChange=${setOrDrop("include_dependencies")} error=${faultAt(problem, `${path}.include_dependencies`)} />`}
    <fieldset class="field">
      <legend>Looks at packages of <span class="optional">all where none is chosen</span></legend>
      <div class="row">${ECOSYSTEMS.map(([word, text]) => html`<${CheckField} key=${word} label=${text} value=${rule.ecosystems?.includes(word) ?? false} onChange=${turn(word)} />`)}</div>
      ${faultAt(problem, `${path}.ecosystems`) && html`<p class="field-error">${faultAt(problem, `${path}.ecosystems`)}</p>`}
    </fieldset>
    <${TextField} label="Note" isOptional value=${rule.note ?? ""} onChange=${setOrDrop("note")} error=${faultAt(problem, `${path}.note`)} />
  </div>`;
}

/** Rules to read only. @param {{rules: object[], summary: Array<{rule: string, text: string}>}} props */
export const RuleWords = ({ rules, summary }) =>
  rules.length
    ? html`<ol class="rule-list">${rules.map(
        (rule, at) => html`<li class=${`rule card ${rule.action}`} key=${rule.id}>
          <div class="rule-head">
            <span class="rule-number" aria-hidden="true">${at + 1}</span>
            <div class="rule-turn"><span class="rule-words">${summary[at]?.text}</span><span class="rule-id">${rule.id}</span>${rule.note && html`<span class="soft">${rule.note}</span>`}</div>
          </div>
        </li>`,
      )}</ol>`
    : html`<p class="soft">No rules: everything may enter.</p>`;
