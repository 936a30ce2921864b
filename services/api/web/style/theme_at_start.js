// Before anything is drawn: the theme that was chosen, so that no page flashes in the other one.
try {
  const theme = localStorage.getItem("tain.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // No storage, no choice: the system's theme.
}
