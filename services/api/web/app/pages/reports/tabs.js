/** The head of all reports: what kinds there are. */

import { html, may, Page, Tabs } from "../../kit.js";

export const ReportsPage = ({ title, actions, children }) => html`<${Page} title=${title} shown="Reports" actions=${actions}>
  <${Tabs} label="Reports" tabs=${[
    { href: "/ui/reports", text: "Dependencies" },
    may("audit:view") && { href: "/ui/reports/downloads", text: "Downloads" },
    may("audit:view") && { href: "/ui/reports/history", text: "Audit history" },
  ]} />
  ${children}
<//>`;

/** Rows that are all there, for a table that draws only where one looks. @param {string} key changes with the rows */
export const pagesOf = (rows, key) => ({ key, total: rows.length, rowAt: (at) => rows[at], want() {} });

/** A day so many days from now or from another one, as YYYY-MM-DD. */
export const dayAfter = (days, day = Date.now()) => new Date(new Date(day).getTime() + days * 86_400_000).toISOString().slice(0, 10);
