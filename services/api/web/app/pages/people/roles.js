/** What roles give: a level in each category, and on all channels. */

import { col, Badge, Button, ConfirmDialog, del, FormDialog, html, Loaded, may, path, post, put, SelectField, Table, TextField, useForm, useGet, useState } from "../../kit.js";
import { LEVEL_WORDS, PeoplePage } from "./frame.js";

const CATEGORIES = {
  channel: "Channels",
  "channel.default-channel": "Own default channel",
  "channel.group": "Access to channels",
  "channel.mirror": "Mirrors",
  subchannel: "Subchannels",
  "subchannel.group": "Access to subchannels",
  "subchannel.mirror": "Mirrors of subchannels",
  artifact: "Packages",
  policy: "Policies",
  cve: "Vulnerabilities",
  audit: "Audit history",
  users: "Users and groups",
  roles: "Roles",
  system: "System",
};
const KINDS = { write: "info", manage: "good" };
const OPTIONS = Object.entries(LEVEL_WORDS).map(([value, words]) => ({ value, text: value === "none" ? value : `${value}: ${words}` }));

const Level = ({ of }) => (of === "none" ? html`<span class="soft">none</span>` : html`<${Badge} kind=${KINDS[of]} title=${LEVEL_WORDS[of]}>${of}<//>`);

export default function Roles() {
  const roles = useGet("/api/roles", { on: ["role.changed"] });
  const [dialog, setDialog] = useState(null);
  const open = (Shown, role) => () => setDialog({ Shown, role });
  return html`<${PeoplePage} title="Roles" lead="What a role lets people do; where, owners and groups of channels say. Of several roles the highest level counts."
    actions=${may("role:edit") && html`<${Button} kind="primary" icon="plus" onClick=${open(RoleForm)}>Create role<//>`}>
    <${Loaded} of=${roles}>${({ items }) => html`<${Matrix} roles=${items} open=${open} />`}<//>
    ${dialog && html`<${dialog.Shown} role=${dialog.role} onClose=${() => setDialog(null)} onDone=${roles.reload} />`}
  <//>`;
}

/** Categories down, roles across. */
function Matrix({ roles, open }) {
  const rows = [
    ["What it is for", (role) => html`<span class="soft">${role.description}</span>`],
    ...Object.entries(CATEGORIES).map(([category, text]) => [text, (role) => html`<${Level} of=${role.levels[category]} />`]),
    ["On all channels", (role) => html`<${Level} of=${role.all_channels} />`],
    may("role:edit") && [
      "Change",
      (role) =>
        role.is_preset
          ? html`<span class="soft">built in</span>`
          : html`<${Button} kind="quiet" icon="edit" label=${`Edit ${role.name}`} onClick=${open(RoleForm, role)} />
              <${Button} kind="quiet" icon="trash" label=${`Delete ${role.name}`} onClick=${open(DeleteRole, role)} />`,
    ],
  ].filter(Boolean);
  const columns = [
    col("Category", ([text]) => text, "main"),
    ...roles.map((role) => ({ name: role.name, title: role.name, draw: ([, draw]) => draw(role) })),
  ];
  return html`<${Table} label="Levels of the roles in each category" columns=${columns} rows=${rows} keyOf=${([text]) => text} />`;
}

/** Makes a role, or changes the one it is given. */
function RoleForm({ role, onClose, onDone }) {
  const initial = { name: role?.name ?? "", description: role?.description ?? "", levels: role?.levels ?? {}, all_channels: role?.all_channels ?? "none" };
  const form = useForm(initial, async ({ name, description, ...rest }) => {
    const wish = { ...rest, description: description.trim() || null };
    await (role ? put(path`/api/roles/${role.name}`, wish) : post("/api/roles", { name: name.trim(), ...wish }));
    await onDone();
    onClose();
  });
  const { levels } = form.wish;
  return html`<${FormDialog} title=${role ? `Edit the role ${role.name}` : "Create role"} action=${role ? "Save" : "Create"} form=${form} isWhole=${form.wish.name.trim()} isWide onClose=${onClose}>
    ${!role && html`<${TextField} label="Name" autocomplete="off" help="A lower-case letter, then letters, digits, _ and -." ...${form.of("name")} />`}
    <${TextField} label="What it is for" isOptional autocomplete="off" ...${form.of("description")} />
    <div class="name-list">
      ${Object.entries(CATEGORIES).map(([category, text]) => html`<${SelectField} key=${category} label=${text} value=${levels[category] ?? "none"} options=${OPTIONS} onChange=${(level) => form.set({ levels: { ...levels, [category]: level } })} />`)}
      <${SelectField} label="On all channels" options=${OPTIONS} ...${form.of("all_channels")} />
    </div>
  <//>`;
}

function DeleteRole({ role, onClose, onDone }) {
  const remove = async () => {
    await del(path`/api/roles/${role.name}`);
    await onDone();
  };
  return html`<${ConfirmDialog} title=${`Delete the role ${role.name}?`} action="Delete role" isDanger onConfirm=${remove} onClose=${onClose}>
    <p>A role that somebody has is not deleted; you are told who has it.</p>
  <//>`;
}
