/** Tabs that are pages: links in a nav, so that each has an address. */

import { place, BASE } from "../router.js";
import { html } from "../view.js";

/** @param {{label: string, tabs: Array<{href: string, text: string, count?: string}|null>}} props */
export const Tabs = ({ label, tabs }) =>
  html`<nav class="tabs" aria-label=${label}>
    <ul>
      ${tabs.filter(Boolean).map(
        (tab) => html`<li key=${tab.href}>
          <a href=${tab.href} aria-current=${isHere(tab.href) ? "page" : undefined}>${tab.text}${tab.count !== undefined && html` <span class="tab-count">${tab.count}</span>`}</a>
        </li>`,
      )}
    </ul>
  </nav>`;

const isHere = (href) => `${BASE}${place.value.path}` === href.split("?")[0];
