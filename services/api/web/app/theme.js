/** Light, dark, or what the system says. */

import { shared } from "./shared.js";


const KEY = "tain.theme";

/** "auto", "light" or "dark" */
export const theme = shared(document.documentElement.dataset.theme ?? "auto");

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
