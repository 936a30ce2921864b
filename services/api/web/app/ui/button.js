/** Buttons, and links that look like them. */

import { html } from "../view.js";
import { Icon } from "./icon.js";

/**
 * @param {{kind?: "primary"|"plain"|"quiet"|"danger", icon?: string, isBusy?: boolean, href?: string, label?: string}} props
 *   `label` names a button that shows an icon only. Everything else goes to the element.
 */
export function Button({ kind = "plain", icon, isBusy = false, href, label, children, type = "button", disabled, ...rest }) {
  const shown = html`${icon && html`<${Icon} name=${isBusy ? "busy" : icon} />`}${!icon && isBusy && html`<${Icon} name="busy" />`}${children}`;
  const known = { class: `button ${kind}${children ? "" : " bare"}`, "aria-label": label, title: label, ...rest };
  if (href) return html`<a href=${href} ...${known}>${shown}</a>`;
  return html`<button type=${type} aria-busy=${isBusy || undefined} disabled=${disabled || isBusy} ...${known}>${shown}</button>`;
}
