/** What a page reads from the REST API: shown at once where it is known, read anew when something happened. */

import { get } from "./api.js";
import { useAfter } from "./live.js";
import { useCallback, useEffect, useRef, useState } from "./view.js";

const MOST_KEPT = 200;
const SETTLE_MS = 150;
const RETRY_MS = 2000;

/** @type {Map<string, unknown>} answers by address, the latest used last */
const kept = new Map();

function keep(address, data) {
  kept.delete(address);
  kept.set(address, data);
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value);
}

/** Forget all answers: someone else signs in. */
export const forgetAll = () => kept.clear();

/** Forget answers whose address begins so, after a change that no event tells of. */
export function forget(beginning) {
  for (const address of [...kept.keys()]) if (address.startsWith(beginning)) kept.delete(address);
}

/**
 * Read an address while a component is shown; null reads nothing.
 *
 * What was read before is shown while it is read anew. Where the server is away it is tried again by itself.
 * @param {string|null} address
 * @param {{on?: string[], when?: (event: {type: string, data: object}) => boolean}} options
 *   `on` are bus subjects after which to read anew (after "resync" always), `when` narrows them.
 * @returns {{data: any, error: Problem|null, isLoading: boolean, reload: () => Promise<void>}}
 */
export function useGet(address, { on = [], when } = {}) {
  const [, redraw] = useState(0);
  const state = useRef({ address: null, data: undefined, error: null, isLoading: false, stop: null, timer: 0 });
  const it = state.current;

  const load = useCallback(async () => {
    it.stop?.abort();
    clearTimeout(it.timer);
    if (it.address === null) return;
    const asked = it.address;
    const stop = new AbortController();
    it.stop = stop;
    it.isLoading = true;
    redraw((n) => n + 1);
    try {
      const data = await get(asked, { signal: stop.signal });
      keep(asked, data);
      if (it.stop !== stop) return;
      it.data = data;
      it.error = null;
    } catch (error) {
      if (error.name === "AbortError" || it.stop !== stop) return;
      it.error = error;
      if (error.isAway || error.status === 503 || error.status === 502) it.timer = setTimeout(load, RETRY_MS);
    }
    it.isLoading = false;
    redraw((n) => n + 1);
  }, []);

  if (it.address !== address) {
    it.address = address;
    it.data = address === null ? undefined : kept.get(address);
    it.error = null;
    it.isLoading = address !== null;
  }
  useEffect(() => {
    load();
    return () => {
      it.stop?.abort();
      clearTimeout(it.timer);
    };
  }, [address]);

  useAfter(on, when, load, SETTLE_MS);
  return { data: it.data, error: it.error, isLoading: it.isLoading, reload: load };
}

/** Do something that changes something; tells while it goes on, and what went wrong. */
export function useAct(act) {
  const [state, setState] = useState({ isBusy: false, error: null });
  const isShown = useRef(true);
  useEffect(() => {
    isShown.current = true;
    return () => (isShown.current = false);
  }, []);
  const run = async (...values) => {
    setState({ isBusy: true, error: null });
    try {
      const result = await act(...values);
      if (isShown.current) setState({ isBusy: false, error: null });
      return result;
    } catch (error) {
      if (isShown.current) setState({ isBusy: false, error });
      return;
    }
  };
  return { ...state, run, clear: () => setState({ isBusy: false, error: null }) };
}
