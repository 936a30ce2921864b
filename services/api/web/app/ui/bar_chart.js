/** Bars side by side, oldest first; each is a link and says what it is. Arrows move from one to the next. */

import { html, useState } from "../view.js";

/**
 * @param {{label: string, bars: Array<{key: any, href: string, text: string, parts: Array<[string, number]>}>, format: (n: number) => string}} props
 *   `parts` stand on each other, from below: a class of the fill, and how much. A table beside it says the same.
 */
export function BarChart({ label, bars, format }) {
  const [near, setNear] = useState(null);
  const most = Math.max(...bars.map(({ parts }) => parts.reduce((sum, [, n]) => sum + n, 0)), 0);
  const last = bars.at(-1);
  const turn = (event) => {
    const links = [...event.currentTarget.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: links.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    links[to]?.focus();
  };
  const shown = bars.find(({ key }) => key === near) ?? last;
  const focusable = shown.key;
  return html`<figure class="bars">
    <p class="bars-most soft" aria-hidden="true">${format(most)}</p>
    <ol class="plain" aria-label=${label} onKeyDown=${turn} onPointerLeave=${() => setNear(null)}>${bars.map((bar) => {
      const see = () => setNear(bar.key);
      return html`<li key=${bar.key}><a href=${bar.href} aria-label=${bar.text} tabindex=${bar.key === focusable ? 0 : -1} class=${bar === shown ? "shown" : undefined} onFocus=${see} onPointerEnter=${see}><${Bar} parts=${bar.parts} most=${most} /></a></li>`;
    })}</ol>
    <figcaption class="bars-said soft" aria-hidden="true">${shown.text}</figcaption>
  </figure>`;
}

function Bar({ parts, most }) {
  let top = 100;
  return html`<svg viewBox="0 0 10 100" preserveAspectRatio="none" aria-hidden="true">${parts.map(([kind, n]) => {
    // What is little is still seen.
    const height = n > 0 ? Math.max(1.5, (n / most) * 100) : 0;
    top -= height;
    return html`<rect class=${kind} x="0" width="10" y=${Math.max(0, top)} height=${height} />`;
  })}</svg>`;
}
