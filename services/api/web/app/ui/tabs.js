/** Tabs that are pages: links in a nav, so that each has an address. */

import { place, BASE } from "../router.js";
import { html, useLayoutEffect, useRef } from "../view.js";

/** @param {{label: string, tabs: Array<{href: string, text: string, count?: string}|null>}} props */
export function Tabs({ label, tabs }) {
  const nav = useRef(null);
  const path = place.value.path;
  useLayoutEffect(() => {
    // On narrow windows the tabs scroll, and the one that one is at may be out of sight.
    const here = nav.current.querySelector("[aria-current]");
    if (here) nav.current.scrollLeft = here.offsetLeft + here.offsetWidth - nav.current.clientWidth;
  }, [path, tabs.length]);
  return html`<nav class="tabs" aria-label=${label} ref=${nav}>
    <ul>
      ${tabs.filter(Boolean).map(
        (tab) => html`<li key=${tab.href}>
          <a href=${tab.href} aria-current=${isHere(tab.href) ? "page" : undefined}>${tab.text}${tab.count !== undefined && html` <span class="tab-count">${tab.count}</span>`}</a>
        </li>`,
      )}
    </ul>
  </nav>`;
}

const isHere = (href) => `${BASE}${place.value.path}` === href.split("?")[0];
