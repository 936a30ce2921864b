/** The page of the address: its module is loaded when it is first needed. */

import { isServerThere } from "../api.js";
import { findRoute } from "../routes.js";
import { navigate, place } from "../router.js";
import { html, useEffect, useRef, useState } from "../view.js";
import { Button } from "../ui/button.js";
import { Empty, Loading } from "../ui/loading.js";
import { Page } from "../ui/page.js";

const RELOADED = "tain.reloaded";

export function RoutedPage() {
  const path = place.value.path;
  const route = findRoute(path);
  const [loaded, setLoaded] = useState({ pattern: null, Shown: null, problem: null });
  const isFirst = useRef(true);
  useEffect(() => {
    if (path === "/") navigate("/ui/channels", { replace: true });
  }, [path]);
  useEffect(() => {
    if (!route) return;
    let isWanted = true;
    route.load().then(
      (module) => isWanted && setLoaded({ pattern: route.pattern, Shown: module.default, problem: null }),
      (problem) => isWanted && !loadAnew() && setLoaded({ pattern: route.pattern, Shown: null, problem }),
    );
    return () => (isWanted = false);
  }, [route?.pattern]);
  useEffect(() => {
    // The heading gets the focus, so that screen readers hear of the new page; not at the first one.
    if (isFirst.current) isFirst.current = loaded.Shown === null;
    else document.querySelector("main h1")?.focus({ preventScroll: true });
  }, [path, loaded.Shown]);

  if (!route) {
    if (path === "/") return null;
    return html`<${Page} title="There is no such page"><${Empty} title="Nothing is at this address." action=${html`<${Button} href="/ui/channels">Go to the channels<//>`} /><//>`;
  }
  if (loaded.pattern !== route.pattern) return html`<${Loading} />`;
  if (loaded.problem) {
    return html`<${Page} title="This page could not be loaded">
      <${Empty} title="The server does not have it any more, or does not answer." action=${html`<${Button} onClick=${() => location.reload()}>Load the page anew<//>`} />
    <//>`;
  }
  return html`<${loaded.Shown} key=${JSON.stringify(route.params)} ...${route.params} />`;
}

/** A page whose module is gone belongs to another version of the app: load that one, but not again and again. */
function loadAnew() {
  const last = Number(sessionStorage.getItem(RELOADED) ?? 0);
  if (!isServerThere.value || Date.now() - last < 30_000) return false;
  sessionStorage.setItem(RELOADED, Date.now());
  location.reload();
  return true;
}
