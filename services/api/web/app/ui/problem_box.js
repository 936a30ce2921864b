/** What went wrong, in place, with a way on. */

import { html } from "../view.js";
import { Button } from "./button.js";
import { Icon } from "./icon.js";

/** @param {{problem: Error|null, onRetry?: () => void, title?: string}} props Draws nothing without a problem. */
export function ProblemBox({ problem, onRetry, title }) {
  if (!problem) return null;
  return html`<div class="notice bad" role="alert">
    <${Icon} name="warn" />
    <div>${title && html`<strong>${title} </strong>`}${problem.message}</div>
    ${onRetry && html`<${Button} onClick=${onRetry}>Try again<//>`}
  </div>`;
}

/** @param {{kind?: "info"|"good"|"warn"|"bad"}} props */
export const Notice = ({ kind = "info", children, action }) =>
  html`<div class=${`notice ${kind}`} role=${kind === "bad" ? "alert" : "status"}>
    <${Icon} name=${kind === "good" ? "check" : kind === "info" ? "info" : "warn"} />
    <div>${children}</div>
    ${action}
  </div>`;
