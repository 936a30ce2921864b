/** A new policy; a copy of another one or of a document that was read may be its beginning. */

import { html } from "../../kit.js";
import { Editor } from "./editor.js";
import { imported } from "./import_dialog.js";

export default function CreatePolicy() {
  return html`<${Editor} policy=${null} start=${imported.take() ?? undefined} />`;
}
