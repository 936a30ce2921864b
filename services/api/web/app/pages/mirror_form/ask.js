/** Asking one thing at a time, by effects of what is typed: the last question counts. */

import { useEffect, useRef, useState } from "../../kit.js";

/**
 * @returns {{data?: any, error?: Problem, isBusy?: boolean, of?: string, ask: Function, clear: () => void}}
 *   `ask(of, act)` gives up what was asked before; `of` says what the answer is about. `act` gets a signal, and what
 *   tells of a part of the answer. The last answer stays until there is another.
 */
export function useAsk() {
  const [state, setState] = useState({});
  const going = useRef(new AbortController());
  const stop = () => going.current.abort();
  useEffect(() => () => {
    stop();
    going.current = null;
  }, []);
  const ask = async (of, act) => {
    if (!going.current) return;
    stop();
    const { signal } = (going.current = new AbortController());
    const tell = (changes) => signal.aborted || setState(({ data }) => ({ data, of, ...changes }));
    tell({ isBusy: true });
    try {
      tell({ data: await act(signal, tell) });
    } catch (error) {
      tell({ data: undefined, error });
    }
  };
  const clear = () => {
    stop();
    setState({});
  };
  return { ...state, ask, clear };
}
