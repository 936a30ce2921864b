/** What the server says of a document while it is typed: its rules in words, or what is wrong and where. */

import { post, useEffect, useMemo, useRef, useState } from "../../kit.js";

const SETTLE_MS = 300;

/** Sentences by what the rule says; they stay the server's words while other rules are wrong. */
const sentences = new Map();
const MOST_KEPT = 20_000;
const said = (rule) => JSON.stringify({ ...rule, id: "", note: "" });

/** @param {object} rule @returns {string|undefined} undefined until the server has said it */
export const sentenceOf = (rule) => sentences.get(said(rule));

/** Keep the words that came with a policy. */
export function learn(rules, summary) {
  if (sentences.size > MOST_KEPT) sentences.clear();
  rules.forEach((rule, at) => sentences.set(said(rule), summary[at].text));
}

/** Send text as it is, not as JSON of it. @param {string} text @param {"yaml"|"json"} form */
export const asSource = (text, form) => new Blob([text], { type: `application/${form}` });

/** @returns {Promise<object>} the document that the server read @throws {Problem} */
export async function check(body, options) {
  const { document, summary } = await post("/api/policies/validate", body, options);
  learn(document.rules ?? [], summary);
  return document;
}

/**
 * Check a document after each change; the latest wins.
 * @param {object} document
 * @returns {{problem: Problem|null, isGood: boolean}} `isGood` where the document as it is now was found right
 */
export function useChecked(document) {
  const body = useMemo(() => JSON.stringify(document.name ? document : { ...document, name: "unnamed" }), [document]);
  const [found, setFound] = useState({ body: null, problem: null });
  const last = useRef(null);
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      try {
        await check(asSource(body, "json"), { signal: stop.signal });
        setFound({ body, problem: null });
      } catch (problem) {
        if (problem.name !== "AbortError") setFound({ body, problem });
      }
    }, last.current === null ? 0 : SETTLE_MS);
    last.current = body;
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [body]);
  return { problem: found.problem, isGood: found.body === body && found.problem === null };
}
