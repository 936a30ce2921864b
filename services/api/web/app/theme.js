/** Light, dark, or what the system says. */

import { signal } from "./view.js";

const KEY = "tain.theme";

/** "auto", "light" or "dark" */
export const theme = signal(document.documentElement.dataset.theme ?? "auto");

export function setTheme(chosen) {
  theme.value = chosen;
  if (chosen === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  try {
    if (chosen === "auto") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, chosen);
  } catch {
    // It holds for this page, then.
  }
}
