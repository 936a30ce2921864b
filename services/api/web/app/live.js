/**
 * What happens on the server, as it happens: one stream of server-sent events for the whole app.
 *
 * Events are hints and figures; what a page shows is read from the REST API. After a break
 * everybody is told to read anew ("resync"), for nobody knows what was missed.
 */

import { isServerThere } from "./api.js";
import { shared } from "./shared.js";
import { useEffect, useRef } from "./view.js";

/** "off" while nobody is signed in, "connecting", "live", or "away". */
export const liveState = shared("off");

const SUBJECTS = Object.entries({
  mirror: "created updated deleted requested started progress finished stop rejected",
  channel: "created updated deleted frozen unfrozen published shared verified rolledback",
  catalogue: "decided",
  policy: "changed assigned unassigned",
  advisories: "changed",
  report: "ready",
  artifact: "registered removed",
  garbage: "swept",
  user: "changed",
  role: "changed",
  group: "changed",
  token: "changed",
  settings: "changed",
}).flatMap(([noun, verbs]) => verbs.split(" ").map((verb) => `${noun}.${verb}`));
const LONGEST_PAUSE_MS = 10_000;

/** @type {Set<(event: {type: string, data: object}) => void>} */
const listeners = new Set();
let source = null;
let pause = 0;
let timer = 0;
let wasLive = false;

function tell(type, data = {}) {
  for (const listener of [...listeners]) listener({ type, data });
}

function connect() {
  clearTimeout(timer);
  liveState.value = wasLive ? "away" : "connecting";
  source = new EventSource("/api/live");
  source.addEventListener("hello", () => {
    pause = 0;
    liveState.value = "live";
    isServerThere.value = true;
    if (wasLive) tell("resync");
    wasLive = true;
  });
  source.addEventListener("resync", () => tell("resync"));
  for (const subject of SUBJECTS) {
    source.addEventListener(subject, (event) => tell(subject, JSON.parse(event.data)));
  }
  source.onerror = () => {
    // The browser gives up on some answers, and tries too often on others: we try by ourselves.
    source?.close();
    source = null;
    if (liveState.value === "off") return;
    liveState.value = "away";
    pause = Math.min(LONGEST_PAUSE_MS, (pause || 500) * 2);
    timer = setTimeout(connect, pause / 2 + Math.random() * (pause / 2));
  };
}

export function startLive() {
  if (source === null) connect();
}

export function stopLive() {
  clearTimeout(timer);
  source?.close();
  source = null;
  wasLive = false;
  liveState.value = "off";
}

/** Try at once, where the network or the page has just come back. */
function hurry() {
  if (liveState.value === "away" && source === null) connect();
}
addEventListener("online", hurry);
addEventListener("visibilitychange", () => !document.hidden && hurry());

/** Hear all events, "resync" too. @returns {() => void} what ends it */
export function onLive(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * Do something a moment after events, once for several, while a component is shown; after "resync" always.
 * @param {string[]} types bus subjects @param {((event: object) => boolean)|undefined} when narrows them
 */
export function useAfter(types, when, act, settleMs) {
  const now = useRef();
  now.current = { when, act };
  const wanted = types.join();
  useEffect(() => {
    let timer = 0;
    const end = onLive((event) => {
      const isHeard = event.type === "resync" || (wanted.split(",").includes(event.type) && (now.current.when?.(event) ?? true));
      if (!isHeard) return;
      clearTimeout(timer);
      timer = setTimeout(() => now.current.act(), settleMs);
    });
    return () => {
      end();
      clearTimeout(timer);
    };
  }, [wanted]);
}

/**
 * Hear events while a component is shown.
 * @param {string[]} types bus subjects; "resync" is heard only where it is named
 * @param {(event: {type: string, data: object}) => void} act
 */
export function useLive(types, act) {
  const now = useRef(act);
  now.current = act;
  const wanted = types.join();
  useEffect(() => onLive((event) => wanted.split(",").includes(event.type) && now.current(event)), [wanted]);
}
