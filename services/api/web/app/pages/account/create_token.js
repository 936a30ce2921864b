/** Making a token: what it opens, or what it allows, and until when. */

import { ChoiceField, FormDialog, html, post, SelectField, TagsField, TextField, useForm, useGet } from "../../kit.js";
import { NamesField } from "../people/names_field.js";

const KINDS = [
  { value: "resources", text: "Opens some channels", help: "For package clients and uploads. It reads beyond them what anybody reads who is signed in." },
  { value: "scopes", text: "Allows some acts", help: "For scripts: these acts, wherever you may do them." },
];
const LEVELS = [
  { value: "read", text: "read: download" },
  { value: "write", text: "write: download, upload" },
  { value: "manage", text: "manage: all that you may" },
];

const inDays = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** @param {{address: string, onClose: () => void, onMade: (name: string, value: string) => void}} props */
export function CreateToken({ address, onClose, onMade }) {
  const form = useForm({ name: "", kind: "resources", resources: [], level: "read", scopes: [], expires_at: inDays(90) }, async (wish) => {
    const opened = wish.resources.map((key) => {
      const [channel, subchannel] = key.split("/");
      return { channel, subchannel, level: wish.level };
    });
    const name = wish.name.trim();
    const { token } = await post(address, { name, expires_at: wish.expires_at, ...(wish.kind === "scopes" ? { scopes: wish.scopes } : { resources: opened }) });
    onClose();
    onMade(name, token);
  });
  const { name, kind, expires_at: end } = form.wish;
  return html`<${FormDialog} title="Create token" action="Create token" form=${form} isWhole=${name.trim() && form.wish[kind].length && end} onClose=${onClose}>
    <${TextField} label="Name" autocomplete="off" help="What it is for, as “laptop” or “nightly build”." ...${form.of("name")} />
    <${ChoiceField} label="What it does" options=${KINDS} ...${form.of("kind")} />
    ${kind === "scopes" ? html`<${Scopes} ...${form.of("scopes")} />` : html`<${Opened} ...${form.of("resources")} /><${SelectField} label="Level" options=${LEVELS} ...${form.of("level")} />`}
    <${TextField} label="Last day" type="date" min=${inDays(0)} ...${form.of("expires_at")} />
  <//>`;
}

function Scopes(field) {
  const { data } = useGet("/api/account/scopes");
  return html`<div class="scopes"><${NamesField} label="Acts" options=${(data?.scopes ?? []).map((value) => ({ value }))} ...${field} /></div>`;
}

function Opened({ value, ...field }) {
  const { data } = useGet("/api/channels");
  return html`<${TagsField} label="Channels" help="CHANNEL or CHANNEL/SUBCHANNEL, each with Enter." suggestions=${data?.items.map((one) => one.name)} values=${value} ...${field} />`;
}
