/** What every page draws with, in one place: htm templates on Preact, and hooks. */

import { useState } from "preact/hooks";

export { html } from "htm/preact";
export { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

let ids = 0;

/** An id that nothing else on the page has; Preact's own begins anew where a tree is drawn anew. */
export const useId = () => useState(() => `id-${(ids += 1)}`)[0];
