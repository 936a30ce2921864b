/** Take in a policy from a file or pasted text: it is read by the server, looked at in the editor, and only then saved. */

import { FormDialog, get, html, navigate, path, SelectField, TextArea, useForm } from "../../kit.js";
import { asSource, check } from "./checked.js";

let kept = null;

/** The document on its way to the page of a new policy. */
export const imported = {
  give(document) {
    kept = document;
    navigate("/ui/policies/new");
  },
  /** Begin a new policy like another one. */
  async like({ id, name }) {
    const { description, rules } = await get(path`/api/policies/${id}`);
    imported.give({ name: `${name} copy`, description, rules });
  },
  take() {
    const document = kept;
    kept = null;
    return document;
  },
};

export function ImportDialog({ onClose }) {
  const form = useForm({ text: "", form: "yaml" }, async ({ text, form: as }) => imported.give(await check(asSource(text, as))));
  const choose = async (event) => {
    const [file] = event.target.files;
    if (file) form.set({ text: await file.text(), form: file.name.endsWith(".json") ? "json" : "yaml" });
  };
  const paste = (text) => form.set({ text, form: text.trimStart().startsWith("{") ? "json" : "yaml" });
  return html`<${FormDialog} title="Import a policy" action="Read it" form=${{ ...form, problem: form.error }} isWhole=${form.wish.text.trim() !== ""} isWide onClose=${onClose}>
    <p class="soft">What is read opens in the editor; nothing is saved before you say so.</p>
    <div class="field"><label for="policy-file">File</label><input id="policy-file" type="file" accept=".yaml,.yml,.json" onChange=${choose} /></div>
    <${TextArea} label="Or text" rows=${12} class="input mono" value=${form.wish.text} onChange=${paste} spellcheck=${false} />
    <${SelectField} label="It is written in" ...${form.of("form")} options=${[{ value: "yaml", text: "YAML" }, { value: "json", text: "JSON" }]} />
  <//>`;
}
