/** A new policy, by the form or from a text or file. */

import { html, place } from "../../kit.js";
import { Editor } from "./editor.js";

export default () => html`<${Editor} policy=${null} start=${place.value.query.get("as") ?? "rules"} />`;
