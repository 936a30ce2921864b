/** The frame around every page: navigation, who is signed in, whether the server is there. */

import { isServerThere } from "../api.js";
import { liveState } from "../live.js";
import { NAVIGATION } from "../routes.js";
import { BASE, place } from "../router.js";
import { may, session, signOut } from "../session.js";
import { setTheme, theme } from "../theme.js";
import { html, useEffect, useState } from "../view.js";
import { Button } from "../ui/button.js";
import { Icon } from "../ui/icon.js";
import { Menu } from "../ui/menu.js";
import { RoutedPage } from "./routed_page.js";

export function Frame() {
  const [isOpen, setOpen] = useState(false);
  const path = place.value.path;
  useEffect(() => setOpen(false), [path]);
  return html`<div class=${isOpen ? "frame open" : "frame"} onKeyDown=${(event) => event.key === "Escape" && setOpen(false)}>
    <a class="skip" href="#main" onClick=${skip}>Skip to the content</a>
    <header class="top">
      <span class="narrow-only"><${Button} kind="quiet" icon="menu" label="Navigation" aria-expanded=${isOpen} onClick=${() => setOpen(!isOpen)} /></span>
      <a class="brand" href=${`${BASE}/channels`}><span class="brand-mark" aria-hidden="true"></span>Tain</a>
      <div class="top-end">
        <${SearchLink} />
        <${ThemeMenu} />
        <${Menu} label="Account" kind="quiet" text=${session.value.username} items=${[
          { label: "Your account", icon: "user", href: `${BASE}/account` },
          { label: "Your tokens", icon: "key", href: `${BASE}/account/tokens` },
          { label: "REST API", icon: "external", href: "/api/docs" },
          { label: "Sign out", icon: "lock", act: signOut },
        ]} />
      </div>
    </header>
    <nav class="side" aria-label="Main">
      <ul>
        ${NAVIGATION.filter((entry) => !entry.action || may(entry.action)).map(
          (entry) => html`<li key=${entry.href}>
            <a href=${entry.href} aria-current=${isIn(entry, path) ? "page" : undefined}><${Icon} name=${entry.icon} />${entry.text}</a>
          </li>`,
        )}
      </ul>
    </nav>
    <main id="main" class="main" tabindex="-1">
      <${Connection} />
      <${RoutedPage} />
    </main>
  </div>`;
}

const isIn = (entry, path) => entry.places.some((start) => path === start || path.startsWith(`${start}/`));

function skip(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

const SearchLink = () => html`<${Button} kind="quiet" icon="search" href=${`${BASE}/packages`} label="Search all packages" />`;

const THEMES = [
  ["auto", "As the system", "auto"],
  ["light", "Light", "sun"],
  ["dark", "Dark", "moon"],
];

function ThemeMenu() {
  const [, , icon] = THEMES.find(([name]) => name === theme.value) ?? THEMES[0];
  return html`<${Menu} label="Theme" kind="quiet" icon=${icon} items=${THEMES.map(([name, label, drawn]) => ({
    label: name === theme.value ? `${label} (chosen)` : label,
    icon: drawn,
    act: () => setTheme(name),
  }))} />`;
}

/** Says so where the server does not answer, or events do not come; nothing where all is well. */
function Connection() {
  const isAway = !isServerThere.value || liveState.value === "away";
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    if (!isAway) return setLong(false);
    const timer = setTimeout(() => setLong(true), 1500);
    return () => clearTimeout(timer);
  }, [isAway]);
  return html`<div class="connection" role="status">
    ${isAway && isLong && html`<div class="notice warn"><${Icon} name="warn" /><div>The server does not answer. What you see may be old; the page goes on by itself when it is back.</div></div>`}
  </div>`;
}
