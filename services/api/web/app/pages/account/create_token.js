/** Making a token: what it opens, or what it allows, and until when. */

import { Button, ChoiceField, FormDialog, html, post, SelectField, TextField, useForm, useGet, useState } from "../../kit.js";
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
const SPANS = [
  { value: 30, text: "30 days" },
  { value: 90, text: "90 days" },
  { value: 365, text: "A year" },
  { value: 0, text: "Until a day that I choose" },
];

const inDays = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** @param {{onClose: () => void, onMade: (name: string, value: string) => void}} props */
export function CreateToken({ onClose, onMade }) {
  const form = useForm({ name: "", kind: "resources", resources: [], scopes: [], span: 30, expires_at: inDays(30) }, async (wish) => {
    const expires_at = Number(wish.span) ? inDays(Number(wish.span)) : wish.expires_at;
    const { token } = await post("/api/account/tokens", { name: wish.name.trim(), expires_at, [wish.kind]: wish[wish.kind] });
    onClose();
    onMade(wish.name.trim(), token);
  });
  const { name, kind, span, expires_at: end } = form.wish;
  return html`<${FormDialog} title="Create token" action="Create token" form=${form} isWhole=${name.trim() && form.wish[kind].length && end} onClose=${onClose}>
    <${TextField} label="Name" autocomplete="off" help="What it is for, as “laptop” or “nightly build”." ...${form.of("name")} />
    <${ChoiceField} label="What it does" options=${KINDS} ...${form.of("kind")} />
    ${kind === "scopes" ? html`<${Scopes} ...${form.of("scopes")} />` : html`<${Opened} ...${form.of("resources")} />`}
    <${SelectField} label="Good for" options=${SPANS} ...${form.of("span")} />
    ${!Number(span) && html`<${TextField} label="Last day" type="date" min=${inDays(0)} ...${form.of("expires_at")} />`}
  <//>`;
}

function Scopes(field) {
  const known = useGet("/api/account/scopes");
  const options = (known.data?.scopes ?? []).map((value) => ({ value }));
  return html`<div class="scopes"><${NamesField} label="Acts" options=${options} ...${field} /></div>`;
}

const keyOf = ({ channel, subchannel }) => (subchannel ? `${channel}/${subchannel}` : channel);

/** Channels with a level each, as the server takes them. */
function Opened({ value, onChange, error }) {
  const [text, setText] = useState("");
  const found = useGet("/api/channels");
  const add = () => {
    const [channel, subchannel] = text.trim().split("/");
    setText("");
    if (channel && !value.some((one) => keyOf(one) === text.trim())) onChange([...value, { channel, subchannel, level: "read" }]);
  };
  const key = (event) => {
    if (event.key !== "Enter" || !text.trim()) return;
    event.preventDefault();
    add();
  };
  return html`<div class="add-one">
      <${TextField} label="Channel" value=${text} onChange=${setText} onKeyDown=${key} error=${error} list="token-channels" autocomplete="off" help="CHANNEL, or CHANNEL/SUBCHANNEL." />
      <datalist id="token-channels">${(found.data?.items ?? []).map(({ name }) => html`<option key=${name} value=${name} />`)}</datalist>
      <${Button} icon="plus" disabled=${!text.trim()} onClick=${add}>Add channel<//>
    </div>
    ${value.map(
      (one) => html`<div class="add-one" key=${keyOf(one)}>
        <${SelectField} label=${`Level in ${keyOf(one)}`} value=${one.level} options=${LEVELS} onChange=${(level) => onChange(value.map((other) => (other === one ? { ...one, level } : other)))} />
        <${Button} kind="quiet" icon="close" label=${`Take off ${keyOf(one)}`} onClick=${() => onChange(value.filter((other) => other !== one))} />
      </div>`,
    )}`;
}
