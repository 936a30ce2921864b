/** The state of what a page reads: nothing for a moment, then a quiet word, an error, or the thing itself. */

import { html } from "../view.js";
import { ProblemBox } from "./problem_box.js";

/** A word that only shows after a moment (CSS), so that quick answers do not flicker. */
export const Loading = ({ children = "Loading…" }) => html`<p class="loading" role="status">${children}</p>`;

/**
 * @param {{of: ReturnType<typeof import("../resource.js").useGet>, children: (data: any) => any}} props
 *   What was read before stays in sight while it can't be read anew.
 */
export function Loaded({ of, children }) {
  if (of.data === undefined) {
    return of.error ? html`<${ProblemBox} problem=${of.error} onRetry=${of.reload} />` : html`<${Loading} />`;
  }
  const isBroken = of.error && !of.error.isAway;
  return html`${isBroken && html`<${ProblemBox} problem=${of.error} onRetry=${of.reload} />`}${children(of.data)}`;
}

/** Nothing is there: what it would be, and what to do. */
export const Empty = ({ title, children, action }) =>
  html`<div class="empty"><p class="empty-title">${title}</p>${children && html`<p>${children}</p>`}${action}</div>`;
