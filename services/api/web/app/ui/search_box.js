/** A search that stands in the address, so that it can be shared; "/" leads to it. */

import { place, setQuery } from "../router.js";
import { html, useEffect, useRef, useState } from "../view.js";
import { Icon } from "./icon.js";

const SETTLE_MS = 200;

/** @param {{label: string, name?: string, placeholder?: string}} props `name` of the query parameter */
export function SearchBox({ label, name = "q", placeholder = label }) {
  const there = place.value.query.get(name) ?? "";
  const [text, setText] = useState(there);
  const input = useRef(null);
  const told = useRef(there);
  useEffect(() => {
    // Back and forward change the address under us.
    if (there !== told.current) setText((told.current = there));
  }, [there]);
  useEffect(() => {
    if (text === told.current) return;
    const timer = setTimeout(() => {
      told.current = text;
      setQuery({ [name]: text });
    }, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => {
    const key = (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.closest("input, textarea, select, dialog")) return;
      event.preventDefault();
      input.current.focus();
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);
  return html`<div class="search" role="search">
    <${Icon} name="search" />
    <input ref=${input} type="search" class="input" aria-label=${label} placeholder=${placeholder} autocomplete="off" spellcheck="false" value=${text} onInput=${(event) => setText(event.target.value)} />
  </div>`;
}
