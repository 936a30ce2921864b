/** A button that opens a list of actions: arrows move, letters jump, Escape closes (WAI-ARIA menu button). */

import { html, useId, useLayoutEffect, useRef, useState } from "../view.js";
import { Button } from "./button.js";
import { Icon } from "./icon.js";

/**
 * @param {{label: string, icon?: string, kind?: string, text?: string,
 *   items: Array<{label: string, icon?: string, act?: () => void, href?: string, isDanger?: boolean, isOff?: boolean,
 *     download?: boolean|string}|null|false>}} props
 *   `text` shows on the button; without it the button has an icon only, and `label` names it.
 */
export function Menu({ label, icon = "more", kind = "plain", text, items }) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef(null);
  const id = useId();
  const shown = items.filter(Boolean);

  const all = () => [...root.current.querySelectorAll('[role="menuitem"]:not([aria-disabled="true"])')];
  const focus = (at) => {
    const found = all();
    found[(at + found.length) % found.length]?.focus();
  };
  const close = ({ refocus = true } = {}) => {
    setOpen(false);
    if (refocus) root.current.querySelector("button").focus();
  };
  useLayoutEffect(() => {
    if (!isOpen) return;
    putBeside(root.current.querySelector("button"), root.current.querySelector('[role="menu"]'));
    focus(0);
    const leave = (event) => !root.current.contains(event.target) && close({ refocus: false });
    const kinds = ["pointerdown", "scroll", "resize"];
    for (const kind of kinds) addEventListener(kind, leave, true);
    return () => kinds.forEach((kind) => removeEventListener(kind, leave, true));
  }, [isOpen]);
  if (!shown.length) return null;

  const key = (event) => {
    if (!isOpen) {
      if (event.key === "ArrowDown") {
        event.preventDefault();
        setOpen(true);
      }
      return;
    }
    const at = all().indexOf(document.activeElement);
    if (event.key === "ArrowDown") focus(at + 1);
    else if (event.key === "ArrowUp") focus(at - 1);
    else if (event.key === "Home") focus(0);
    else if (event.key === "End") focus(-1);
    else if (event.key === "Escape") close();
    else if (event.key === "Tab") return close({ refocus: false });
    else if (event.key.length === 1) all().find((one) => one.textContent.toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
    else return;
    if (event.key !== "Enter" && event.key !== " ") event.preventDefault();
    else if (event.key === " ") document.activeElement.click();
    return event.stopPropagation();
  };
  const choose = (item) => (event) => {
    if (item.isOff) return event.preventDefault();
    close();
    return item.act?.();
  };
  const entry = (item) => {
    const known = { role: "menuitem", tabindex: "-1", class: item.isDanger ? "menu-item danger" : "menu-item", "aria-disabled": item.isOff || undefined, onClick: choose(item) };
    const inside = html`${item.icon && html`<${Icon} name=${item.icon} />`}${item.label}`;
    return item.href
      ? html`<a href=${item.href} download=${item.download} ...${known}>${inside}</a>`
      : html`<button type="button" ...${known}>${inside}</button>`;
  };
  return html`<div class="menu" ref=${root} onKeyDown=${key}>
    <${Button} kind=${kind} icon=${text ? undefined : icon} label=${text ? undefined : label} aria-haspopup="menu" aria-expanded=${isOpen} aria-controls=${isOpen ? id : undefined} onClick=${() => setOpen(!isOpen)}>
      ${text && html`${text} <${Icon} name="down" />`}
    <//>
    ${isOpen && html`<div class="menu-list" role="menu" id=${id} aria-label=${label}>${shown.map(entry)}</div>`}
  </div>`;
}

/** Below the button, or above where there is no room; fixed, so that no frame around it cuts it off. */
function putBeside(button, list) {
  const at = button.getBoundingClientRect();
  const { width, height } = list.getBoundingClientRect();
  const isAbove = at.bottom + height + 8 > innerHeight && at.top > height;
  list.style.top = `${isAbove ? at.top - height - 4 : at.bottom + 4}px`;
  list.style.left = `${Math.max(4, Math.min(at.right - width, innerWidth - width - 4))}px`;
}
