/** The rules of a draft in their order: add, change, move, copy, remove. */

import { Button, Empty, html, Menu, useState } from "../../kit.js";
import { freshId, withMovedRule, withNewRule, withoutRule, withRule } from "./draft.js";
import { PRESETS } from "./fields.js";
import { RuleCard } from "./rule_card.js";

const SHOWN_AT_FIRST = 100;

/** @param {{draft: object, problem: Problem|null, onChange: (draft: object) => void}} props */
export function Rules({ draft, problem, onChange }) {
  const [open, setOpen] = useState(() => new Set());
  const [focused, setFocused] = useState(null);
  const [most, setMost] = useState(SHOWN_AT_FIRST);
  const [said, setSaid] = useState("");
  const total = draft.rules.length;
  const turn = (key) => setOpen((was) => (was.has(key) ? new Set([...was].filter((one) => one !== key)) : new Set(was).add(key)));
  const add = (rule, behind = null) => {
    const added = withNewRule(draft, structuredClone(rule), behind);
    onChange(added.draft);
    setMost(Math.max(most, behind === null ? total + 1 : 0));
    setOpen((was) => new Set(was).add(added.key));
    setFocused(added.key);
  };
  const move = ({ key, rule }, by) => {
    const moved = withMovedRule(draft, key, by);
    if (moved === draft) return;
    onChange(moved);
    setFocused(key);
    setSaid(`${rule.id} is now number ${moved.rules.findIndex((one) => one.key === key) + 1} of ${total}`);
  };
  const remove = ({ key, rule }) => {
    onChange(withoutRule(draft, key));
    setSaid(`${rule.id} was removed`);
  };
  const more = html`<${Menu} text="Add a rule" label="Add a rule" items=${PRESETS.map(({ label, rule }) => ({ label, act: () => add(rule) }))} />`;
  return html`
    <p class="off-screen" role="status">${said}</p>
    ${total === 0 && html`<${Empty} title="No rules yet: everything may enter">Add the first rule to say what may enter, or what must stay out.<//>`}
    <ol class="rule-list">
      ${draft.rules.slice(0, most).map(
        (one, at) => html`<${RuleCard} key=${one.key} rule=${one.rule} at=${at} total=${total} problem=${problem} isOpen=${open.has(one.key)} hasFocus=${focused === one.key}
          onChange=${(rule) => onChange(withRule(draft, one.key, rule))} onTurn=${() => turn(one.key)} onMove=${(by) => move(one, by)}
          onCopy=${() => add({ ...one.rule, id: freshId(one.rule.id, draft.rules) }, one.key)} onRemove=${() => remove(one)} />`,
      )}
    </ol>
    <div class="toolbar rule-more">
      ${more}
      ${total > most && html`<${Button} onClick=${() => setMost(most + 400)}>Show more of the ${total} rules<//>`}
    </div>`;
}
