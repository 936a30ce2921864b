/** A line to copy: shown as it is, copied by one button. */

import { html, useState } from "../view.js";
import { Button } from "./button.js";

async function copyText(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  // Servers inside of companies are often known by http only, where browsers have no clipboard for pages.
  const area = document.createElement("textarea");
  area.value = text;
  area.setAttribute("readonly", "");
  area.className = "off-screen";
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const isDone = document.execCommand("copy");
  area.remove();
  if (!isDone) throw new Error("the browser does not allow to copy");
  return;
}

/** @param {{text: string, label?: string}} props */
export function CopyButton({ text, label = "Copy" }) {
  const [state, setState] = useState("");
  const copy = async () => {
    try {
      await copyText(text);
      setState("Copied");
    } catch {
      setState("Select the text and copy it by hand");
    }
    setTimeout(() => setState(""), 2500);
  };
  return html`<span class="copy">
    <${Button} kind="quiet" icon=${state === "Copied" ? "check" : "copy"} label=${label} onClick=${copy} />
    <span class="copy-said" role="status">${state}</span>
  </span>`;
}

/** @param {{text: string, label: string}} props `label` says what it is, as "Install with pip" */
export const CopyLine = ({ text, label }) =>
  html`<div class="copy-line">
    <pre tabindex="0" aria-label=${label}><code>${text}</code></pre>
    <${CopyButton} text=${text} label=${`Copy: ${label}`} />
  </div>`;
