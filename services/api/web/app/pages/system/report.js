/** A report that takes a while: asked for, waited for, read. */

import { get, html, Loading, path, ProblemBox, useEffect, useLive, useState } from "../../kit.js";

// Most are told of by an event before; this is for those whose event was missed.
const AGAIN_MS = 2500;

/** Wait for a report by its id; null waits for nothing. @returns {{report: object|null, problem: Error|null}} */
export function useReport(id) {
  const [found, setFound] = useState({ report: null, problem: null });
  const [turn, setTurn] = useState(0);
  useLive(["garbage.swept", "channel.verified"], ({ data }) => data.report_id === id && setTurn((n) => n + 1));
  useEffect(() => {
    if (!id) return;
    let timer = 0;
    const stop = new AbortController();
    const look = async () => {
      try {
        setFound({ report: await get(path`/api/system/reports/${id}`, { signal: stop.signal }), problem: null });
      } catch (problem) {
        if (problem.name === "AbortError") return;
        // 404 means: not yet. A server that is away comes back.
        if (problem.status === 404 || problem.isAway || problem.status === 503) timer = setTimeout(look, AGAIN_MS);
        else setFound({ report: null, problem });
      }
    };
    if (turn) look();
    else timer = setTimeout(look, AGAIN_MS);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [id, turn]);
  return found;
}

/** A report, or that it is being made. */
export function Awaited({ id, words, children }) {
  const { report, problem } = useReport(id);
  if (problem) return html`<${ProblemBox} problem=${problem} />`;
  return report ? children(report) : html`<${Loading}>${words} You may close this; it goes on.<//>`;
}
