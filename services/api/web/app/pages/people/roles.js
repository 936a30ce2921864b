/** What roles give: a level in each category, and on all channels. */

import { Badge, Button, ConfirmDialog, del, FormDialog, html, Loaded, may, path, post, put, say, Section, SelectField, Table, TextField, useForm, useGet, useState } from "../../kit.js";
import { ACTIONS, LEVEL_WORDS, PeoplePage } from "./frame.js";

const CATEGORIES = [
  ["channel", "Channels"],
  ["channel.default-channel", "Own default channel"],
  ["channel.group", "Access to channels"],
  ["channel.mirror", "Mirrors"],
  ["subchannel", "Subchannels"],
  ["subchannel.group", "Access to subchannels"],
  ["subchannel.mirror", "Mirrors of subchannels"],
  ["artifact", "Packages"],
  ["policy", "Policies"],
  ["cve", "Vulnerabilities"],
  ["audit", "Audit history"],
  ["users", "Users and groups"],
  ["roles", "Roles"],
  ["system", "System"],
];
const KINDS = { read: "neutral", write: "info", manage: "good" };
const OPTIONS = Object.entries(LEVEL_WORDS).map(([value, words]) => ({ value, text: value === "none" ? value : `${value}: ${words}` }));

export default function Roles() {
  const roles = useGet("/api/roles", { on: ["role.changed"] });
  const [dialog, setDialog] = useState(null);
  const open = (Shown, role) => () => setDialog({ Shown, role });
  return html`<${PeoplePage} title="Roles" lead="A role says what its holders may do; on which channels is said by who owns them, and by groups."
    actions=${may("role:edit") && html`<${Button} kind="primary" icon="plus" onClick=${open(RoleForm)}>Create role<//>`}>
    <${Loaded} of=${roles}>${({ items }) => html`<${RoleList} roles=${items} open=${open} /><${Matrix} roles=${items} />`}<//>
    ${dialog && html`<${dialog.Shown} role=${dialog.role} onClose=${() => setDialog(null)} onDone=${roles.reload} />`}
  <//>`;
}

function RoleList({ roles, open }) {
  const columns = [
    { name: "name", title: "Role", kind: "main", draw: (role) => html`<span class="row">${role.name}${role.is_preset && html`<${Badge}>Built in<//>`}</span>` },
    { name: "description", title: "What it is for", draw: (role) => role.description },
    may("role:edit") && {
      ...ACTIONS,
      draw: (role) =>
        !role.is_preset &&
        html`<${Button} kind="quiet" icon="edit" label=${`Edit ${role.name}`} onClick=${open(RoleForm, role)} />
          <${Button} kind="quiet" icon="trash" label=${`Delete ${role.name}`} onClick=${open(DeleteRole, role)} />`,
    },
  ].filter(Boolean);
  return html`<${Table} label="Roles" columns=${columns} rows=${roles} keyOf=${(role) => role.name} />`;
}

/** Categories down, roles across. */
function Matrix({ roles }) {
  const level = (role, category) => {
    const it = category ? role.levels[category] : role.all_channels;
    return it === "none" ? html`<span class="soft">none</span>` : html`<${Badge} kind=${KINDS[it]} title=${LEVEL_WORDS[it]}>${it}<//>`;
  };
  const columns = [
    { name: "", title: "Category", kind: "main", draw: ([, text]) => text },
    ...roles.map((role) => ({ name: role.name, title: role.name, draw: ([category]) => level(role, category) })),
  ];
  return html`<${Section} title="What they give">
    <${Table} label="Levels of the roles in each category" columns=${columns} rows=${[...CATEGORIES, [null, "On all channels"]]} keyOf=${([, text]) => text} />
    <p class="soft people-note">read: view. write: view and create. manage: view, create, edit and delete. Of several roles the highest level counts; everybody has the role everyone.</p>
  <//>`;
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
    <fieldset class="field">
      <legend>What it gives</legend>
      <div class="name-list">
        ${CATEGORIES.map(([category, text]) => html`<${SelectField} key=${category} label=${text} value=${levels[category] ?? "none"} options=${OPTIONS} onChange=${(level) => form.set({ levels: { ...levels, [category]: level } })} />`)}
        <${SelectField} label="On all channels" options=${OPTIONS} ...${form.of("all_channels")} />
      </div>
    </fieldset>
  <//>`;
}

function DeleteRole({ role, onClose, onDone }) {
  const remove = async () => {
    await del(path`/api/roles/${role.name}`);
    say(`The role ${role.name} was deleted.`);
    await onDone();
  };
  return html`<${ConfirmDialog} title=${`Delete the role ${role.name}?`} action="Delete role" isDanger onConfirm=${remove} onClose=${onClose}>
    <p>A role that somebody has is not deleted; you are told who has it.</p>
  <//>`;
}
