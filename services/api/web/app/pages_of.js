/** Long lists of the REST API, page by page: by offset where any page can be had, by cursor where one leads to the next. */

import { get, withQuery } from "./api.js";
import { useAfter } from "./live.js";
import { useEffect, useRef, useState } from "./view.js";

const PAGE = 100;
const MOST_PAGES = 60;
const SETTLE_MS = 400;

/**
 * Read a list by `limit` and `offset`; pages come as rows are wanted, and the oldest are forgotten.
 * @param {string|null} address with its query, without limit and offset
 * @param {{on?: string[], when?: (event: object) => boolean, size?: number}} options as of useGet
 * @returns what LongTable shows: {key, total, isLoading, error, rowAt, want, reload, first}; `first` is the first answer
 */
export function usePages(address, { on = [], when, size = PAGE } = {}) {
  const [, redraw] = useState(0);
  const it = useRef(null);
  if (it.current?.key !== address) {
    it.current?.stop.abort();
    it.current = { key: address, stop: new AbortController(), pages: new Map(), asked: new Set(), total: undefined, error: null, first: undefined };
  }
  const now = it.current;

  const load = async (page, { again = false } = {}) => {
    if (address === null || now.asked.has(page) || (now.pages.has(page) && !again)) return;
    now.asked.add(page);
    redraw((n) => n + 1);
    try {
      const answer = await get(withQuery(address, { limit: size, offset: page * size }), { signal: now.stop.signal });
      now.pages.delete(page);
      now.pages.set(page, answer.items);
      if (now.pages.size > MOST_PAGES) now.pages.delete(now.pages.keys().next().value);
      now.total = answer.total_count;
      now.first ??= answer;
      now.error = null;
    } catch (error) {
      if (error.name === "AbortError") return;
      now.error = error;
    } finally {
      now.asked.delete(page);
    }
    if (it.current === now) redraw((n) => n + 1);
  };
  const wanted = useRef([0, 0]);
  const seen = () => {
    const [from, to] = wanted.current.map((at) => Math.floor(at / size));
    return Array.from({ length: to - from + 1 }, (_, at) => from + at);
  };
  const want = (from, to) => {
    wanted.current = [from, Math.max(from, to - 1)];
    for (const page of seen()) load(page);
  };
  const reload = () => {
    const there = seen();
    for (const page of [...now.pages.keys()]) if (!there.includes(page)) now.pages.delete(page);
    for (const page of there) load(page, { again: true });
  };
  useEffect(() => {
    wanted.current = [0, 0];
    load(0);
    return () => now.stop.abort();
  }, [address]);
  useAfter(on, when, reload, SETTLE_MS);
  return {
    key: address,
    total: now.total,
    first: now.first,
    error: now.error,
    isLoading: now.asked.size > 0,
    rowAt: (at) => now.pages.get(Math.floor(at / size))?.[at % size],
    want,
    reload,
  };
}

/**
 * Read a list by `cursor` and `next_cursor`; more comes when the end comes into view.
 * @param {string|null} address with its query, without cursor and limit
 * @returns as usePages; `isWhole` tells whether the end was reached, `total` counts what is there so far
 */
export function useCursor(address, { size = 200 } = {}) {
  const [, redraw] = useState(0);
  const it = useRef(null);
  if (it.current?.key !== address) {
    it.current?.stop.abort();
    it.current = { key: address, stop: new AbortController(), rows: [], cursor: null, isWhole: false, isLoading: false, error: null, first: undefined };
  }
  const now = it.current;
  const more = async () => {
    if (address === null || now.isLoading || now.isWhole) return;
    now.isLoading = true;
    redraw((n) => n + 1);
    try {
      // A page may be empty and not the last: go on until there is something to show.
      for (const before = now.rows.length; !now.isWhole && now.rows.length === before; ) {
        const answer = await get(withQuery(address, { limit: size, cursor: now.cursor }), { signal: now.stop.signal });
        now.first ??= answer;
        now.rows.push(...answer.items);
        now.cursor = answer.next_cursor;
        now.isWhole = answer.next_cursor === null;
      }
      now.error = null;
    } catch (error) {
      if (error.name === "AbortError") return;
      now.error = error;
    }
    now.isLoading = false;
    if (it.current === now) redraw((n) => n + 1);
  };
  useEffect(() => {
    more();
    return () => now.stop.abort();
  }, [address]);
  const reload = () => {
    Object.assign(now, { rows: [], cursor: null, isWhole: false, isLoading: false, error: null, first: undefined });
    more();
  };
  return {
    key: address,
    total: now.first === undefined ? undefined : now.rows.length,
    first: now.first,
    isWhole: now.isWhole,
    isLoading: now.isLoading,
    error: now.error,
    rowAt: (at) => now.rows[at],
    want: (_from, to) => to >= now.rows.length - 20 && !now.error && more(),
    reload,
  };
}
