/** What every page draws with, in one place: htm templates on Preact, and hooks. */

export { html } from "htm/preact";
export { createContext } from "preact";
export { useCallback, useContext, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
