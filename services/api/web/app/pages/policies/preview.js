/** What rules would change, asked of the server while one types: first what comes and goes, then what breaks. */

import { get, post, useEffect, useRef, useState } from "../../kit.js";

const SETTLE_MS = 500;
/** Solving is work for the server: it is asked for once somebody has stopped typing. */
const SOLVE_MS = 2500;
const NOTHING = { preview: null, problem: null, wish: null };

/** Ask until it is there; the server itself waits some seconds before it answers that it is not. */
async function until(isEnough, id, signal) {
  for (;;) {
    try {
      const found = await get(`/api/policies/preview/${id}`, { query: { wait: "solved" }, signal });
      if (isEnough(found)) return found;
    } catch (error) {
      if (error.status !== 404) throw error;
    }
  }
}

async function ask(wish, signal) {
  const found = await post("/api/policies/preview", wish, { signal });
  return found.mirrors ? found : until(() => true, found.report_id, signal);
}

/**
 * @param {object|null} wish what POST /api/policies/preview takes; null asks nothing
 * @returns {{preview: object|null, problem: Problem|null, isOld: boolean, isSolving: boolean, retry: () => void}}
 *   `isOld` while what is shown is of another wish
 */
export function usePreview(wish) {
  const [state, setState] = useState(NOTHING);
  const [again, setAgain] = useState(0);
  const isFirst = useRef(true);
  const key = wish && JSON.stringify(wish);
  useEffect(() => {
    if (key === null) return setState(NOTHING);
    const stop = new AbortController();
    const { signal } = stop;
    const pause = (ms) => new Promise((go) => setTimeout(go, ms));
    const show = (preview) => !signal.aborted && setState({ preview, problem: null, wish: key });
    const find = async () => {
      await pause(isFirst.current ? 0 : SETTLE_MS);
      isFirst.current = false;
      if (signal.aborted) return;
      show({ ...(await ask({ ...wish, uninstallable: false }, signal)), uninstallable: null });
      await pause(SOLVE_MS);
      if (signal.aborted) return;
      const quick = await ask({ ...wish, uninstallable: true }, signal);
      show(quick.solving ? { ...(await until((found) => !found.solving, quick.report_id, signal)) } : quick);
    };
    find().catch((problem) => !signal.aborted && setState((was) => ({ ...was, problem, wish: key })));
    return () => stop.abort();
  }, [key, again]);
  const isOld = state.wish !== key;
  return { ...state, isOld, isSolving: !isOld && state.preview?.uninstallable === null, retry: () => setAgain((n) => n + 1) };
}
