/** Making and changing a channel. */

import {
  channelHref, channelPath, ChoiceField, FormDialog, html, may, navigate, post, put, say, SelectField, TagsField,
  TextArea, TextField, useForm, useGet,
} from "../../kit.js";
import { keyOf } from "../channel/read.js";

export const PRIVACY = [
  { value: "public", text: "Public", help: "Everybody who reaches this server reads it, without signing in." },
  { value: "authenticated", text: "Signed-in users", help: "Everybody with an account or a token of this server reads it." },
  { value: "private", text: "Private", help: "Only its owners, its service account, the groups of its Access tab, and roles that reach all channels." },
];
const NAME = /^[a-z][a-z0-9_-]{0,127}$/;

/** What is wrong with a name, as far as one can tell here. */
const nameError = (name) => (name && !NAME.test(name) ? "Use lower-case letters, digits, _ and -, with a letter first." : null);

/** The fields that new and known channels have. */
const Shared = ({ form }) => html`
  <${TextArea} label="Description" rows=${2} isOptional ...${form.of("description")} />
  <${ChoiceField} label="Who may read it" options=${PRIVACY} ...${form.of("privacy")} />
  ${may("policy:view") && html`<${PolicyField} ...${form.of("policy")} />`}
`;

function PolicyField(field) {
  const { data } = useGet("/api/policies", { on: ["policy.changed"] });
  const options = (data?.items ?? []).map(({ id, name, description }) => ({ value: id, text: description ? `${name} – ${description}` : name }));
  return html`<${SelectField} label="Policy" help="Decides which files its mirrors let in, unless a mirror has its own." options=${[{ value: "", text: "None: everything enters" }, ...options]} ...${field} />`;
}

/** @param {{parent?: string, onClose: () => void}} props `parent` is the channel of a new subchannel */
export function CreateChannel({ parent, onClose }) {
  const form = useForm({ name: "", description: "", privacy: "public", policy: "" }, async ({ name, description, privacy, policy }) => {
    const wish = { name: name.trim(), description: description.trim() || null, privacy, policy: policy || null };
    const made = keyOf(await post(parent ? `${channelPath(parent)}/subchannels` : "/api/channels", wish));
    say(`${made} was created.`);
    navigate(channelHref(made));
  });
  const { error, ...name } = form.of("name");
  const kind = parent ? "subchannel" : "channel";
  return html`<${FormDialog} title=${parent ? `Create a subchannel of ${parent}` : "Create channel"} action=${`Create ${kind}`} form=${form} isWhole=${NAME.test(form.wish.name.trim())} onClose=${onClose}>
    <${TextField} label="Name" autofocus autocomplete="off" autocapitalize="none" spellcheck=${false} help="It stands in the settings of clients and can't be changed later." error=${nameError(form.wish.name.trim()) ?? error} ...${name} />
    <${Shared} form=${form} />
  <//>`;
}

/** @param {{of: string, channel: object, reload: () => void, onClose: () => void}} props Sends what differs, and nothing else. */
export function EditChannel({ of: key, channel, reload, onClose }) {
  const before = { description: channel.description ?? "", privacy: channel.privacy, policy: channel.policy ?? "", owners: channel.owners };
  const form = useForm(before, async (wish) => {
    const changed = Object.keys(before).filter((name) => String(wish[name]) !== String(before[name]));
    const changes = Object.fromEntries(changed.map((name) => [name, wish[name] === "" ? null : wish[name]]));
    await put(channelPath(key), changes);
    say(`${key} was changed.`);
    reload();
    onClose();
  });
  const people = useGet(may("user:view") ? "/api/users?kind=person&limit=500" : null);
  const { value: owners, ...field } = form.of("owners");
  return html`<${FormDialog} title=${`Edit ${key}`} action="Save" form=${form} isWhole=${owners.length > 0} onClose=${onClose}>
    <p class="soft">The name can't be changed: it stands in the settings of clients.</p>
    <${Shared} form=${form} />
    <${TagsField} label="Owners" values=${owners} help="Users who manage the channel; at least one." suggestions=${people.data?.items.map((one) => one.username)} ...${field} />
  <//>`;
}
