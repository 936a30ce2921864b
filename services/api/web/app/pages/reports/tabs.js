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
export const pagesOf = (rows, key) => ({ key, total: rows.length, rowAt: (at) => rows[at], want() {}, reload() {}, error: null, isLoading: false });

/** Today and some days before, as YYYY-MM-DD in UTC. */
export const dayBefore = (days) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
