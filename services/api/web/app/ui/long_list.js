/** A long table with its states: loading, error, nothing there. */

import { html } from "../view.js";
import { Loading } from "./loading.js";
import { ProblemBox } from "./problem_box.js";
import { LongTable } from "./table.js";

/** @param {{pages: object, empty: any}} props the rest as of LongTable; `empty` is drawn where there are no rows */
export function LongList({ pages, empty, ...rest }) {
  const problem = html`<${ProblemBox} problem=${pages.error} onRetry=${pages.reload} />`;
  if (pages.total === undefined) return pages.error ? problem : html`<${Loading} />`;
  if (pages.total === 0 && !pages.isLoading) return html`${problem}${empty}`;
  return html`${problem}<${LongTable} pages=${pages} ...${rest} />`;
}
