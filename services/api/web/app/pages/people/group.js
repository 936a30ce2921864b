/** One group: who is in it, and what it may do in which channels. */

import { col, Button, channelHref, ConfirmDialog, del, Empty, html, Loaded, may, navigate, Page, path, ProblemBox, put, say, Section, Table, TextField, useAct, useForm, useGet, useId, useState, withQuery } from "../../kit.js";
import { ACTIONS, LEVEL_WORDS, NONE, PEOPLE_EVENTS, userHref } from "./frame.js";
import { GroupForm } from "./groups.js";

const CHANNELS = [
  col("Channel", (one) => html`<a href=${channelHref(one.channel, "/access")}>${one.channel}</a>`, "main"),
  col("May", (one) => LEVEL_WORDS[one.level]),
];

export default function Group({ group: name }) {
  const group = useGet(path`/api/groups/${name}`, { on: PEOPLE_EVENTS });
  const [dialog, setDialog] = useState(null);
  const it = group.data;
  const close = () => setDialog(null);
  const remove = async () => {
    await del(path`/api/groups/${it.id}`);
    say(`The group ${name} was deleted.`);
    navigate("/ui/people/groups", { replace: true });
  };
  const actions =
    it &&
    may("user:edit") &&
    html`<${Button} icon="edit" onClick=${() => setDialog("edit")}>Edit<//>
      <${Button} icon="trash" onClick=${() => setDialog("delete")}>Delete<//>`;
  return html`<${Page} title=${name} above=${[{ href: "/ui/people/groups", text: "Groups" }]} actions=${actions} lead=${it?.description}>
    <${Loaded} of=${group}>
      ${(data) => html`<p>Roles of its members: ${data.roles.join(", ") || NONE}</p>
        <${Members} group=${data} reload=${group.reload} />
        <${Channels} group=${data} />`}
    <//>
    ${dialog === "edit" && html`<${GroupForm} group=${it} onClose=${close} onDone=${group.reload} />`}
    ${dialog === "delete" &&
    html`<${ConfirmDialog} title=${`Delete the group ${name}?`} action="Delete group" isDanger onConfirm=${remove} onClose=${close}>
      <p>A group with members, or one that a channel names, is not deleted; you are told which.</p>
    <//>`}
  <//>`;
}

function Members({ group, reload }) {
  const take = useAct(async (name) => {
    await del(path`/api/groups/${group.id}/members/${name}`);
    await reload();
  });
  const columns = [
    col("Member", (name) => html`<a href=${userHref(name)}>${name}</a>`, "main"),
    may("user:edit") && { ...ACTIONS, draw: (name) => html`<${Button} kind="quiet" icon="close" label=${`Take ${name} out of the group`} disabled=${take.isBusy} onClick=${() => take.run(name)} />` },
  ].filter(Boolean);
  return html`<${Section} title="Members">
    ${may("user:edit") && html`<${AddMember} group=${group} reload=${reload} />`}
    <${ProblemBox} problem=${take.error} />
    ${group.members.length
      ? html`<${Table} label=${`Members of ${group.name}`} columns=${columns} rows=${group.members} keyOf=${(name) => name} />`
      : html`<${Empty} title="Nobody was put into this group here.">Members that an identity provider tells of are not listed.<//>`}
  <//>`;
}

function AddMember({ group, reload }) {
  const listId = useId();
  const form = useForm({ name: "" }, async ({ name }) => {
    await put(path`/api/groups/${group.id}/members/${name.trim()}`);
    form.set({ name: "" });
    await reload();
  });
  const found = useGet(withQuery("/api/users", { kind: "person", limit: 20, search: form.wish.name.trim() }));
  const others = (found.data?.items ?? []).filter((one) => !group.members.includes(one.username));
  return html`<form class="add-one" onSubmit=${form.submit}>
    <${TextField} label="User name" ...${form.of("name")} error=${form.error?.message} list=${listId} autocomplete="off" autocapitalize="none" spellcheck=${false} />
    <datalist id=${listId}>${others.map((one) => html`<option key=${one.id} value=${one.username} />`)}</datalist>
    <${Button} type="submit" icon="plus" isBusy=${form.isBusy} disabled=${!form.wish.name.trim()}>Add member<//>
  </form>`;
}

function Channels({ group }) {
  const channels = useGet(path`/api/groups/${group.id}/channels`, { on: ["channel.shared", "channel.deleted"] });
  return html`<${Section} title="Channels">
    <${Loaded} of=${channels}>
      ${({ items }) =>
        items.length
          ? html`<${Table} label=${`Channels of ${group.name}`} columns=${CHANNELS} rows=${items} keyOf=${(one) => one.channel} />`
          : html`<${Empty} title="No channel that you see names this group.">Who manages a channel gives groups access on its Access tab.<//>`}
    <//>
  <//>`;
}
