/** Messages that no service could handle, and why. */

import { col, CopyButton, Dialog, Empty, Facts, html, LongList, Time, usePages, useState } from "../../kit.js";
import { SystemPage } from "./frame.js";

export default function DeadLetters() {
  const pages = usePages("/api/system/dead-letters", { on: ["mirror.finished"] });
  const [shown, setShown] = useState(null);
  return html`<${SystemPage} title="Dead letters">
    <p class="lead">What could not be handled on the bus is kept for 90 days, with the error.</p>
    <${LongList} label="Dead letters" pages=${pages} keyOf=${(one) => one.number}
      empty=${html`<${Empty} title="No dead letters">Every message of the last 90 days was handled.<//>`}
      columns=${[
        col("When", (one) => html`<${Time} at=${one.buried_at} />`),
        col("Message", (one) => html`<button type="button" class="linked" onClick=${() => setShown(one)}>${one.subject}</button>`, "main"),
        col("Service", (one) => one.service || "–"),
        col("Error", (one) => one.error),
      ]} />
    ${shown && html`<${Letter} letter=${shown} onClose=${() => setShown(null)} />`}
  <//>`;
}

function Letter({ letter, onClose }) {
  const text = typeof letter.payload === "string" ? letter.payload : JSON.stringify(letter.payload, null, 2);
  return html`<${Dialog} title=${letter.subject} isWide onClose=${onClose} actions=${html`<${CopyButton} text=${text} label="Copy the content" />`}>
    <${Facts} items=${[
      ["Error", letter.error || "–"],
      ["Given up", html`<${Time} at=${letter.buried_at} />`],
      ["By", letter.service || "–"],
      ["Event", html`<code>${letter.event_id}</code>`],
      ["Number", letter.number],
    ]} />
    <pre class="payload" tabindex="0" aria-label="Content">${text}</pre>
  <//>`;
}
