/** How far something is. */

import { html } from "../view.js";

/** @param {{percent: number|null, label: string}} props null where nobody knows how far */
export const Progress = ({ percent, label }) =>
  percent === null || percent === undefined
    ? html`<progress class="progress" aria-label=${label}></progress>`
    : html`<progress class="progress" max="100" value=${percent} aria-label=${label}>${percent} %</progress>`;
