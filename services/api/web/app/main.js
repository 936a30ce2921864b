/** The beginning: draw the app. */

import { render } from "preact";

import { App } from "./shell/app.js";
import { html } from "./view.js";

render(html`<${App} />`, document.getElementById("app"));
