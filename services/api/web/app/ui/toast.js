/** Short words about what was just done; read aloud, gone after a while, never the only place of an error. */

import { shared } from "../shared.js";
import { html } from "../view.js";
import { Button } from "./button.js";

const SHOWN_MS = 6000;
const words = shared([]);
let next = 0;

/** @param {string} text @param {"good"|"bad"|"info"} kind */
export function say(text, kind = "good") {
  const id = (next += 1);
  words.value = [...words.value.slice(-3), { id, text, kind }];
  setTimeout(() => drop(id), SHOWN_MS);
}

const drop = (id) => (words.value = words.value.filter((one) => one.id !== id));

export const Toasts = () =>
  html`<div class="toasts" role="status" aria-live="polite">
    ${words.value.map(
      (one) => html`<div key=${one.id} class=${`toast ${one.kind}`}>
        <span>${one.text}</span>
        <${Button} kind="quiet" icon="close" label="Dismiss" onClick=${() => drop(one.id)} />
      </div>`,
    )}
  </div>`;
