/** Tables: short ones as they are, long ones drawn only where one looks. */

import { html, useLayoutEffect, useRef, useState } from "../view.js";

const ROW_PX = 41;
const MORE_ROWS = 8;
// Browsers cannot lay out arbitrarily high elements (Firefox ends at about 17 million px).
const HIGHEST_PX = 10_000_000;

/**
 * @typedef {{name: string, title: any, draw: (row: any, at: number) => any, kind?: string, sort?: string}} Column
 *   `name` is unique. `kind` is "main" for the one that names the row, else classes as "number", "actions", "mono", and
 *   "spare" for what goes where the window is narrow. `sort` is its word of the API.
 */

/** A column in short. @returns {Column} */
export const col = (title, draw, kind, sort) => ({ name: title || kind, title, draw, kind, sort });

/** @param {{sorted?: string, onSort?: (sort: string) => void}} props `sorted` as "name" or "-name" */
function Head({ columns, sorted, onSort }) {
  const cell = (column) => {
    const isSorted = column.sort && sorted?.replace(/^-/, "") === column.sort;
    const isDown = isSorted && sorted.startsWith("-");
    const known = { scope: "col", class: column.kind, "aria-sort": isSorted ? (isDown ? "descending" : "ascending") : undefined };
    if (!column.sort || !onSort) return html`<th key=${column.name} ...${known}>${column.title || html`<span class="off-screen">Actions</span>`}</th>`;
    const turn = () => onSort(isSorted && !isDown ? `-${column.sort}` : column.sort);
    return html`<th key=${column.name} ...${known}><button type="button" class="sort" onClick=${turn}>${column.title}<span aria-hidden="true">${isSorted ? (isDown ? "↓" : "↑") : ""}</span></button></th>`;
  };
  return html`<thead><tr aria-rowindex="1">${columns.map(cell)}</tr></thead>`;
}

const Cells = ({ columns, row, at }) =>
  columns.map((column) =>
    column.kind === "main"
      ? html`<th scope="row" key=${column.name} class="main">${column.draw(row, at)}</th>`
      : html`<td key=${column.name} class=${column.kind}>${column.draw(row, at)}</td>`,
  );

/**
 * A table of rows that are all there.
 * @param {{label: string, columns: Column[], rows: any[], keyOf: (row: any) => string, sorted?: string, onSort?: Function,
 *   below?: (row: any) => any}} props `below` may draw more under a row, over all columns.
 */
export const Table = ({ label, columns, rows, keyOf, sorted, onSort, below }) =>
  html`<div class="table-frame" role="region" aria-label=${label} tabindex="0">
    <table class="table">
      <caption class="off-screen">${label}</caption>
      <${Head} columns=${columns} sorted=${sorted} onSort=${onSort} />
      <tbody>
        ${rows.map((row, at) => {
          const more = below?.(row);
          return [
            html`<tr key=${keyOf(row)}><${Cells} columns=${columns} row=${row} at=${at} /></tr>`,
            more && html`<tr key=${`${keyOf(row)}/more`} class="below"><td colspan=${columns.length}>${more}</td></tr>`,
          ];
        })}
      </tbody>
    </table>
  </div>`;

/**
 * A table of any length; rows come in as they come into view. Rows are of one height.
 * @param {{label: string, columns: Column[], pages: ReturnType<typeof import("../pages_of.js").usePages>,
 *   keyOf: (row: any) => string, sorted?: string, onSort?: Function, rowPx?: number}} props
 */
export function LongTable({ label, columns, pages, keyOf, sorted, onSort, rowPx = ROW_PX }) {
  const frame = useRef(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  const total = pages.total ?? 0;
  const full = total * rowPx;
  const height = Math.min(full, HIGHEST_PX);
  const scale = full > HIGHEST_PX ? (full - view.height) / (HIGHEST_PX - view.height) : 1;
  const first = Math.max(0, Math.min(total - 1, Math.floor((view.top * scale) / rowPx) - MORE_ROWS));
  const last = Math.min(total, first + Math.ceil(view.height / rowPx) + 2 * MORE_ROWS);
  const above = Math.max(0, Math.min(scale === 1 ? first * rowPx : view.top - MORE_ROWS * rowPx, height - (last - first) * rowPx));
  const under = Math.max(0, height - above - (last - first) * rowPx);

  useLayoutEffect(() => {
    const look = () => setView({ top: frame.current.scrollTop, height: frame.current.clientHeight || 800 });
    const watch = new ResizeObserver(look);
    watch.observe(frame.current);
    return () => watch.disconnect();
  }, []);
  useLayoutEffect(() => {
    frame.current.scrollTop = 0;
    setView((was) => ({ ...was, top: 0 }));
  }, [pages.key]);
  useLayoutEffect(() => {
    if (total) pages.want(first, last);
  }, [first, last, total, pages.key]);

  const scroll = (event) => setView({ top: event.target.scrollTop, height: event.target.clientHeight });
  const drawn = [];
  for (let at = first; at < last; at += 1) {
    const row = pages.rowAt(at);
    drawn.push(
      row
        ? html`<tr key=${keyOf(row)} aria-rowindex=${at + 2} style=${{ height: `${rowPx}px` }}><${Cells} columns=${columns} row=${row} at=${at} /></tr>`
        : html`<tr key=${`at-${at}`} aria-rowindex=${at + 2} aria-hidden="true" class="waiting" style=${{ height: `${rowPx}px` }}><td colspan=${columns.length}><span></span></td></tr>`,
    );
  }
  return html`<div class="table-frame long" role="region" aria-label=${label} tabindex="0" ref=${frame} onScroll=${scroll} aria-busy=${pages.isLoading || undefined}>
    <table class="table" aria-rowcount=${pages.isWhole === false ? -1 : total + 1}>
      <caption class="off-screen">${label}</caption>
      <${Head} columns=${columns} sorted=${sorted} onSort=${onSort} />
      <tbody>
        ${above > 0 && html`<tr key="above" aria-hidden="true" class="gap"><td colspan=${columns.length} style=${{ height: `${above}px` }}></td></tr>`}
        ${drawn}
        ${under > 0 && html`<tr key="under" aria-hidden="true" class="gap"><td colspan=${columns.length} style=${{ height: `${under}px` }}></td></tr>`}
      </tbody>
    </table>
  </div>`;
}
