/** The head of every page: where one is, its name, and what can be done here. */

import { html, useEffect } from "../view.js";

/**
 * @param {{title: string, shown?: any, above?: Array<{href: string, text: string}>, badges?: any, actions?: any, lead?: any}} props
 *   `title` is the window's title too; `shown` goes in its place in the heading.
 */
export function Page({ title, shown, above = [], badges, actions, lead, children }) {
  useEffect(() => {
    document.title = `${[title, ...above.map((one) => one.text).reverse()].join(" · ")} · Tain`;
  }, [title, above.map((one) => one.text).join()]);
  return html`
    ${above.length > 0 &&
    html`<nav class="crumbs" aria-label="Breadcrumbs">
      <ol>${above.map((one) => html`<li key=${one.href}><a href=${one.href}>${one.text}</a></li>`)}</ol>
    </nav>`}
    <header class="page-head">
      <div class="page-title">
        <h1 tabindex="-1">${shown ?? title}</h1>
        ${badges && html`<div class="badges">${badges}</div>`}
      </div>
      ${actions && html`<div class="actions">${actions}</div>`}
    </header>
    ${lead && html`<p class="lead">${lead}</p>`}
    ${children}
  `;
}

/** A part of a page with a heading of its own. */
export const Section = ({ title, actions, children, id }) =>
  html`<section class="section" aria-label=${title} id=${id}>
    <header class="section-head"><h2>${title}</h2>${actions && html`<div class="actions">${actions}</div>`}</header>
    ${children}
  </section>`;

/** Figures side by side. @param {{items: Array<[label: string, value: any, note?: any]|null>}} props */
export const Figures = ({ items }) =>
  html`<dl class="figures">
    ${items.filter(Boolean).map(([label, value, note]) => html`<div key=${label}><dt>${label}</dt><dd>${value}${note && html`<small>${note}</small>`}</dd></div>`)}
  </dl>`;

/** Facts below each other. @param {{items: Array<[string, any]|null>}} props */
export const Facts = ({ items }) =>
  html`<dl class="facts">${items.filter(Boolean).map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
