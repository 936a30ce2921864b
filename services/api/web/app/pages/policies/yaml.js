/** A document as YAML, in the plain part of it that the server reads. Pure. */

const PLAIN = /^[A-Za-z][\w.*\/ +<>=!~()-]*$/;
// Readers of YAML 1.1 take more words for something else than a text.
const WORDS = /^(true|false|null|yes|no|on|off|y|n)$/i;
const FLOW_CHARACTERS = 90;

function scalar(value) {
  if (typeof value !== "string") return JSON.stringify(value);
  return PLAIN.test(value) && !value.endsWith(" ") && !WORDS.test(value) ? value : JSON.stringify(value);
}

const isPlain = (value) => value === null || typeof value !== "object";

/** A list of words or a small map in one line, where it fits. */
function flow(value) {
  if (isPlain(value)) return scalar(value);
  const inner = Object.values(value).map(flow);
  if (inner.includes(null)) return null;
  const inside = (Array.isArray(value) ? inner : Object.keys(value).map((key, at) => `${key}: ${inner[at]}`)).join(", ");
  if (inside.length > FLOW_CHARACTERS) return null;
  return Array.isArray(value) ? `[${inside}]` : `{${inside}}`;
}

function lines(value, indent) {
  if (Array.isArray(value)) {
    return value.flatMap((one) => {
      if (isPlain(one)) return [`${indent}- ${scalar(one)}`];
      const [first, ...rest] = lines(one, `${indent}  `);
      return first === undefined ? [`${indent}- {}`] : [`${indent}- ${first.trimStart()}`, ...rest];
    });
  }
  return Object.entries(value).flatMap(([key, one]) => {
    const short = key === "rules" && one.length ? null : flow(one);
    return short === null ? [`${indent}${key}:`, ...lines(one, `${indent}${Array.isArray(one) ? "" : "  "}`)] : [`${indent}${key}: ${short}`];
  });
}

/** @param {object} document */
export const toYaml = (document) => `${lines(document, "").join("\n")}\n`;
