/** The head of the pages of the system, and reading how it is. */

import { html, may, Notice, Page, Tabs, useEffect, useGet } from "../../kit.js";

const STEP_MS = 5000;
const HEARD = ["mirror.started", "mirror.finished", "garbage.swept", "channel.verified", "settings.changed"];

export const SystemPage = ({ title, actions, children }) => html`<${Page} title=${title} shown="System" actions=${actions}>
  <${Tabs} label="System" tabs=${[
    { href: "/ui/system", text: "Health" },
    { href: "/ui/system/dead-letters", text: "Dead letters" },
    may("system:view") && { href: "/ui/system/settings", text: "Settings" },
  ]} />
  ${children}
<//>`;

/** How everything is; figures that no event tells of are read every few seconds while one looks. */
export function useHealth() {
  const health = useGet("/api/system/health", { on: HEARD });
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && !health.error && health.reload(), STEP_MS);
    return () => clearInterval(timer);
  }, [health.reload, Boolean(health.error)]);
  return health;
}

/** A part that could not be asked. */
export const Unknown = ({ problem }) => problem && html`<${Notice} kind="warn">This can't be told now: ${problem}.<//>`;
