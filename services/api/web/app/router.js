/** Addresses below /ui: which page they show, and how one gets from one to another. */

import { shared } from "./shared.js";
import { useEffect } from "./view.js";

export const BASE = "/ui";

/** Where we are: path below /ui without a slash at its end, and the query. */
export const place = shared(read());

/** Whoever must be asked before the page is left; returns true where it may be left. @type {Set<() => Promise<boolean>>} */
const guards = new Set();

function read() {
  const path = location.pathname.slice(BASE.length).replace(/\/+$/, "") || "/";
  return { path, query: new URLSearchParams(location.search) };
}

/** Match a path against a pattern as "/channels/:channel"; ":name*" takes the rest. @returns {object|null} */
export function match(pattern, path) {
  const wanted = pattern.split("/").filter(Boolean);
  const given = path.split("/").filter(Boolean);
  const params = {};
  for (const [at, part] of wanted.entries()) {
    if (part.endsWith("*")) return { ...params, [part.slice(1, -1)]: given.slice(at).map(decode).join("/") };
    if (given[at] === undefined) return null;
    if (part.startsWith(":")) params[part.slice(1)] = decode(given[at]);
    else if (part !== given[at]) return null;
  }
  return wanted.length === given.length ? params : null;
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function mayLeave() {
  for (const guard of [...guards]) if (!(await guard())) return false;
  return true;
}

/**
 * Go to an address, as "/ui/channels".
 * @param {string} to
 * @param {{replace?: boolean, keepScroll?: boolean, unguarded?: boolean}} options
 */
export async function navigate(to, { replace = false, keepScroll = false, unguarded = false } = {}) {
  const isSamePage = new URL(to, location.href).pathname === location.pathname;
  if (!isSamePage && !unguarded && !(await mayLeave())) return;
  history[replace ? "replaceState" : "pushState"]({ tain: true }, "", to);
  place.value = read();
  if (!keepScroll && !isSamePage) scrollTo(0, 0);
}

/** Change the query of where we are; what is null or "" goes. */
export function setQuery(changes, { replace = true } = {}) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return navigate(location.pathname + (text ? `?${text}` : ""), { replace, keepScroll: true });
}

/** Ask before this page is left while it is so; closing the window asks in the browser's words. */
export function useLeaveGuard(isDirty, ask) {
  useEffect(() => {
    if (!isDirty) return;
    const warn = (event) => event.preventDefault();
    guards.add(ask);
    addEventListener("beforeunload", warn);
    return () => {
      guards.delete(ask);
      removeEventListener("beforeunload", warn);
    };
  }, [isDirty, ask]);
}

addEventListener("popstate", async () => {
  const was = place.value;
  if (location.pathname !== `${BASE}${was.path}` && guards.size && !(await mayLeave())) {
    history.pushState({ tain: true }, "", `${BASE}${was.path}`);
    return;
  }
  place.value = read();
});

// Plain links to our own pages need no page load.
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (!link || event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (link.pathname !== BASE && !link.pathname.startsWith(`${BASE}/`)) return;
  event.preventDefault();
  navigate(link.pathname + link.search + link.hash);
});
