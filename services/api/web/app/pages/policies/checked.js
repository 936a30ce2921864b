/** What the server says of a document while it is typed: its rules in words, or what is wrong and where. */

import { post, useEffect, useRef, useState } from "../../kit.js";

const SETTLE_MS = 300;

/** The server's words by what a rule says: they stay while other rules are wrong. */
const sentences = new Map();
const said = (rule) => JSON.stringify({ ...rule, id: 0, note: 0 });

export const sentenceOf = (rule) => sentences.get(said(rule));
export const learn = (rules, summary) => rules.forEach((rule, at) => sentences.set(said(rule), summary[at].text));

/** @param {string} text @param {"yaml"|"json"} form @returns {Promise<object>} the document as the server read it */
export async function check(text, form, signal) {
  const { document, summary } = await post("/api/policies/validate", new Blob([text], { type: `application/${form}` }), { signal });
  learn((form === "json" ? JSON.parse(text) : document).rules ?? [], summary);
  return document;
}

/** Let the server say what the other rules do, where one is wrong. */
async function learnOthers(text, { field }, signal) {
  const [, at] = /^rules\[(\d+)\]/.exec(field) ?? [];
  if (!at || text[0] !== "{") return;
  const document = JSON.parse(text);
  const others = JSON.stringify({ ...document, rules: document.rules.toSpliced(at, 1) });
  await check(others, "json", signal).catch((problem) => learnOthers(others, problem, signal));
}

/**
 * Check a text a moment after each change; the latest wins.
 * @param {string|null} text null checks nothing
 * @returns {{problem: Problem|null, isGood: boolean, document: object|undefined}} `isGood`: as it is now it was found right
 */
export function useChecked(text, form = "json") {
  const [found, setFound] = useState({});
  const isFirst = useRef(true);
  useEffect(() => {
    if (text === null) return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      isFirst.current = false;
      check(text, form, stop.signal).then(
        (document) => setFound({ text, document }),
        async (problem) => {
          if (problem.name === "AbortError") return;
          setFound({ text, problem });
          await learnOthers(text, problem, stop.signal);
          if (!stop.signal.aborted) setFound({ text, problem });
        },
      );
    }, isFirst.current ? 0 : SETTLE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text]);
  return { ...found, problem: found.problem ?? null, isGood: found.text === text && !found.problem };
}
