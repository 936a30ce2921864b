/** A document as YAML, in the plain part of it that the server reads. Pure. */

const PLAIN = /^[A-Za-z][\w.*\/ +<>=!~()-]*$/;
// Readers of YAML 1.1 take more words for something else than a text.
const WORDS = /^(true|false|null|yes|no|on|off|y|n)$/i;
const LINE = 90;

const isPlain = (value) => value === null || typeof value !== "object";
const scalar = (value) => (PLAIN.test(value) && !/ $/.test(value) && !WORDS.test(value) ? String(value) : JSON.stringify(value));

/** A list of words or a small map in one line; null where it does not fit. */
function flow(value) {
  if (isPlain(value)) return scalar(value);
  const inner = Object.values(value).map(flow);
  if (inner.includes(null) || inner.join().length > LINE) return null;
  return Array.isArray(value) ? `[${inner.join(", ")}]` : `{${Object.keys(value).map((key, at) => `${key}: ${inner[at]}`).join(", ")}}`;
}

function lines(value, indent) {
  if (!Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, one]) => {
      const short = key === "rules" && one.length ? null : flow(one);
      return short === null ? [`${indent}${key}:`, ...lines(one, Array.isArray(one) ? indent : `${indent}  `)] : [`${indent}${key}: ${short}`];
    });
  }
  return value.flatMap((one) => {
    const [first, ...rest] = isPlain(one) ? [scalar(one)] : lines(one, `${indent}  `);
    return [`${indent}- ${first.trimStart()}`, ...rest];
  });
}

/** @param {object} document */
export const toYaml = (document) => `${lines(document, "").join("\n")}\n`;
