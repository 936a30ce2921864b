/** A policy as text, typed, pasted or from a file; it goes to the rules as soon as the server can read it. */

import { Button, html, ProblemBox, TextArea, useEffect, useState } from "../../kit.js";
import { useChecked } from "./checked.js";
import { toYaml } from "./yaml.js";

/**
 * @param {{document: object, form: "yaml"|"json", onRead: (document: object) => void, onState: (isRead: boolean) => void}} props
 *   `onState` tells whether the text was read as it stands
 */
export function Source({ document, form, onRead, onState }) {
  const write = () => (form === "yaml" ? toYaml(document) : `${JSON.stringify(document, null, 2)}\n`);
  const [text, setText] = useState(write);
  const [typed, setTyped] = useState(null);
  const checked = useChecked(typed, form);
  useEffect(() => {
    if (typed !== null && checked.isGood) {
      onRead(checked.document);
      onState(true);
    }
  }, [checked.document]);
  const type = (given) => {
    setText(given);
    setTyped(given);
    onState(false);
  };
  const discard = () => {
    setText(write());
    setTyped(null);
    onState(true);
  };
  const choose = async ({ target }) => target.files[0] && type(await target.files[0].text());
  return html`<div class="stack source">
    <label class="row">From a file <input type="file" accept=${`.${form},.yml`} onChange=${choose} /></label>
    ${typed !== null && checked.problem && html`<${ProblemBox} problem=${checked.problem} /><div><${Button} icon="back" onClick=${discard}>Back to what could be read last<//></div>`}
    <${TextArea} label=${`The policy in ${form.toUpperCase()}`} rows=${Math.min(40, text.split("\n").length + 2)} value=${text} onChange=${type} spellcheck=${false} help=${form === "yaml" && "Comments are not kept. A version as \"1.10\" stands in quotes."} />
  </div>`;
}
