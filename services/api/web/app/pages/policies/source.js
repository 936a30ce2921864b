/** A policy as text, in YAML or JSON; what is typed goes to the rules as soon as the server can read it. */

import { Button, html, ProblemBox, TextArea, useEffect, useRef, useState } from "../../kit.js";
import { asSource, check } from "./checked.js";
import { toYaml } from "./yaml.js";

const SETTLE_MS = 400;

const WRITE = { yaml: toYaml, json: (document) => `${JSON.stringify(document, null, 2)}\n` };

/**
 * @param {{document: object, form: "yaml"|"json", onRead: (document: object) => void,
 *   onState: (state: {isGood: boolean, text: string}) => void}} props
 *   `onState` tells whether the text was read as it stands.
 */
export function Source({ document, form, onRead, onState }) {
  const [text, setText] = useState(() => WRITE[form](document));
  const [problem, setProblem] = useState(null);
  const timer = useRef(0);
  const stop = useRef(null);
  useEffect(() => () => {
    clearTimeout(timer.current);
    stop.current?.abort();
  }, []);
  const read = async (typed) => {
    const own = (stop.current = new AbortController());
    try {
      const found = await check(asSource(typed, form), { signal: own.signal });
      setProblem(null);
      onRead(found);
      onState({ isGood: true, text: typed });
    } catch (error) {
      if (error.name !== "AbortError") setProblem(error);
    }
  };
  const type = (typed) => {
    setText(typed);
    onState({ isGood: false, text: typed });
    clearTimeout(timer.current);
    stop.current?.abort();
    timer.current = setTimeout(() => read(typed), SETTLE_MS);
  };
  const discard = () => {
    clearTimeout(timer.current);
    stop.current?.abort();
    const written = WRITE[form](document);
    setText(written);
    setProblem(null);
    onState({ isGood: true, text: written });
  };
  return html`<div class="stack source">
    <${TextArea} label=${form === "yaml" ? "The policy in YAML" : "The policy in JSON"} rows=${Math.min(40, Math.max(14, text.split("\n").length + 1))} value=${text} onChange=${type}
      spellcheck=${false} autocomplete="off" autocapitalize="none" help=${form === "yaml" ? "Comments are not kept. A version such as \"1.10\" stands in quotes." : null} />
    <${ProblemBox} problem=${problem} />
    ${problem && html`<div><${Button} icon="back" onClick=${discard}>Go back to what could be read last<//></div>`}
  </div>`;
}
