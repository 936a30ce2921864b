/** What rules would change, asked of the server while one types: first what comes and goes, then what breaks. */

import { get, post, useEffect, useRef, useState } from "../../kit.js";

const SETTLE_MS = 500;
/** Solving is work for the server: it is asked for once somebody has stopped typing. */
const SOLVE_MS = 2500;
const pause = (ms) => new Promise((go) => setTimeout(go, ms));

/** Ask until it is there; the server itself waits some seconds before it answers that it is not. */
async function ask(wish, signal) {
  let found = await post("/api/policies/preview", wish, { signal });
  const { report_id: id } = found;
  while (!found?.mirrors || (found.solving && wish.uninstallable)) {
    found = await get(`/api/policies/preview/${id}?wait=solved`, { signal }).catch((error) => {
      if (error.status !== 404) throw error;
    });
  }
  return found;
}

/**
 * @param {object|null} wish what POST /api/policies/preview takes; null asks nothing
 * @returns {{preview?: object, problem?: Problem, isOld: boolean, retry: () => void}} `isOld` while what is shown is of
 *   another wish; a preview's `uninstallable` is null until it is known
 */
export function usePolicyPreview(wish) {
  const [state, setState] = useState({});
  const [again, setAgain] = useState(0);
  const isFirst = useRef(true);
  const key = wish && JSON.stringify(wish);
  useEffect(() => {
    if (!key) return setState({});
    const stop = new AbortController();
    const { signal } = stop;
    const steps = async () => {
      await pause(isFirst.current ? 0 : SETTLE_MS);
      for (const uninstallable of [false, true]) {
        if (signal.aborted) return;
        isFirst.current = false;
        const preview = await ask({ ...wish, uninstallable }, signal);
        if (signal.aborted) return;
        setState({ preview: uninstallable ? preview : { ...preview, uninstallable: null }, key });
        await pause(SOLVE_MS);
      }
    };
    steps().catch((problem) => !signal.aborted && setState((was) => ({ ...was, problem, key })));
    return () => stop.abort();
  }, [key, again]);
  return { ...state, isOld: state.key !== key, retry: () => setAgain((n) => n + 1) };
}
