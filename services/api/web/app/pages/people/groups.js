/** Groups, and how many are in them. */

import { col, Button, count, Empty, FormDialog, html, LongList, may, navigate, path, post, put, TextField, useForm, usePages, useState } from "../../kit.js";
import { groupHref, PEOPLE_EVENTS, PeoplePage, RolesField } from "./frame.js";
import { Names } from "./users.js";

const COLUMNS = [
  col("Group", (group) => html`<a href=${groupHref(group.name)}>${group.name}</a>`, "main"),
  col("What it is for", (group) => html`<span class="names">${group.description}</span>`, "spare"),
  col("Roles", (group) => html`<${Names} of=${group.roles} />`),
  col("Members", (group) => count(group.members.length), "number"),
];

export default function Groups() {
  const pages = usePages("/api/groups", { on: PEOPLE_EVENTS });
  const [isMaking, setMaking] = useState(false);
  const create = may("user:edit") && html`<${Button} kind="primary" icon="plus" onClick=${() => setMaking(true)}>Create group<//>`;
  return html`<${PeoplePage} title="Groups" actions=${create} lead="Members of a group have its roles, and may do in channels what the group was given there.">
    <${LongList} label="Groups" pages=${pages} columns=${COLUMNS} keyOf=${(group) => group.id}
      empty=${html`<${Empty} title="There are no groups yet.">Give a group access to a channel, and everybody in it has it.<//>`} />
    ${isMaking && html`<${GroupForm} onClose=${() => setMaking(false)} />`}
  <//>`;
}

/** Makes a group, or changes the one it is given. */
export function GroupForm({ group, onClose, onDone }) {
  const initial = { name: group?.name ?? "", description: group?.description ?? "", roles: group?.roles ?? [] };
  const form = useForm(initial, async ({ name, description, roles }) => {
    const wish = { description: description.trim() || null, roles };
    const made = group ? await put(path`/api/groups/${group.id}`, wish) : await post("/api/groups", { name: name.trim(), ...wish });
    await onDone?.();
    onClose();
    if (!group) navigate(groupHref(made.name));
  });
  return html`<${FormDialog} title=${group ? `Edit ${group.name}` : "Create group"} action=${group ? "Save" : "Create"} form=${form} isWhole=${form.wish.name.trim()} onClose=${onClose}>
    ${!group && html`<${TextField} label="Name" autocomplete="off" help="A group of this name at your identity provider is the same one." ...${form.of("name")} />`}
    <${TextField} label="What it is for" isOptional autocomplete="off" ...${form.of("description")} />
    <${RolesField} label="Roles of its members" ...${form.of("roles")} />
  <//>`;
}
