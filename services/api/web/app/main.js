/** The beginning: draw the app. */

import { render } from "preact";

import { drawBy } from "./shared.js";
import { App } from "./shell/app.js";
import { html } from "./view.js";

drawBy(() => render(html`<${App} />`, document.getElementById("app")));
