/** A policy while somebody edits it: rules with keys of their own, so that they can move. Pure. */

let next = 0;

/** @typedef {{key: number, rule: object}} DraftRule `rule` as the document has it */
/** @typedef {{name: string, description: string, rules: DraftRule[]}} Draft */

const keyed = (rule) => ({ key: (next += 1), rule });

/** @param {{name: string, description?: string|null, rules?: object[]}} document @returns {Draft} */
export const draftOf = ({ name, description, rules }) => ({ name, description: description ?? "", rules: (rules ?? []).map(keyed) });

/** The document that is sent and shown as source. @param {Draft} draft */
export function documentOf({ name, description, rules }) {
  const said = description.trim() ? { description } : {};
  return { name: name.trim(), ...said, rules: rules.map((one) => one.rule) };
}

/** What of two documents must be the same for them to be the same; what the server adds to a policy is passed over. */
export const sameText = ({ name, description, rules }) => JSON.stringify([name, description || "", ordered(rules)]);

function ordered(value) {
  if (Array.isArray(value)) return value.map(ordered);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, ordered(value[key])]));
}

/** An id that no rule has: "names", "names-2". */
export function freshId(base, rules) {
  const taken = new Set(rules.map((one) => one.rule.id));
  let id = base;
  for (let at = 2; taken.has(id); at += 1) id = `${base}-${at}`;
  return id;
}

export function withRule(draft, key, rule) {
  return { ...draft, rules: draft.rules.map((one) => (one.key === key ? { key, rule } : one)) };
}

export function withoutRule(draft, key) {
  return { ...draft, rules: draft.rules.filter((one) => one.key !== key) };
}

/** @returns {{draft: Draft, key: number}} with the key of the new rule, which stands last, or behind another */
export function withNewRule(draft, rule, behind = null) {
  const added = keyed({ ...rule, id: freshId(rule.id, draft.rules) });
  const at = behind === null ? draft.rules.length : draft.rules.findIndex((one) => one.key === behind) + 1;
  return { draft: { ...draft, rules: draft.rules.toSpliced(at, 0, added) }, key: added.key };
}

/** @param {1|-1} by down or up; at the end nothing moves */
export function withMovedRule(draft, key, by) {
  const at = draft.rules.findIndex((one) => one.key === key);
  const to = at + by;
  if (at < 0 || to < 0 || to >= draft.rules.length) return draft;
  const rules = [...draft.rules];
  [rules[at], rules[to]] = [rules[to], rules[at]];
  return { ...draft, rules };
}

/**
 * What is wrong at a path of the document, or below it, without the path before it; null where nothing is.
 * @param {Problem|null} problem @param {string} path as "rules[3].where.size"
 */
export function faultAt(problem, path) {
  const field = problem?.field;
  if (!field || !(field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[`))) return null;
  const { message } = problem;
  const text = message.startsWith(field) ? message.slice(field.length).replace(/^:? /, "") : message;
  const below = field.slice(path.length).replace(/^\./, "").replace(/^(in|not_in)?\[(\d+)\]$/, (_all, _word, at) => `entry ${Number(at) + 1}`);
  return below ? `${below}: ${text}` : text;
}
