/** A policy while somebody edits it: rules with keys of their own, so that they can move. Pure. */

let next = 0;

export const keyed = (rule) => ({ key: (next += 1), rule });

/** @returns {{name: string, description: string, rules: Array<{key: number, rule: object}>}} */
export const draftOf = ({ name = "", description, rules = [] }) => ({ name, description: description ?? "", rules: rules.map(keyed) });

/** What is sent, and shown as source. */
export const documentOf = ({ name, description, rules }) => ({ name: name.trim(), ...(description.trim() && { description }), rules: rules.map((one) => one.rule) });

/** What is wrong at a path of the document, as "rules[3].where.size", or below it; null where nothing is. */
export function faultAt(problem, path) {
  const { field, message } = problem ?? {};
  if (!field?.startsWith(path) || !["", ".", "["].includes(field.charAt(path.length))) return null;
  const text = message.startsWith(field) ? message.slice(field.length).replace(/^:? /, "") : message;
  const entry = /\[(\d+)\]$/.exec(field.slice(path.length));
  return entry ? `entry ${Number(entry[1]) + 1}: ${text}` : text;
}
