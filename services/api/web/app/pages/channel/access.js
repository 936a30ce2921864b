/** Who may do what in a channel: readers and owners, groups, and its service account. */

import {
  col, Button, channelPath, ConfirmDialog, del, Empty, Facts, FormDialog, html, Loaded, mayAnywhere, path, Privacy, ProblemBox, post,
  put, say, Section, SelectField, Table, TextField, useAct, useAllowed, useForm, useGet, useId, useState,
} from "../../kit.js";
import { EditChannel, PRIVACY } from "../channels/channel_form.js";
import { ACTIONS, groupHref, userHref } from "../people/frame.js";
import { TokenList } from "../people/token_list.js";
import { isOf } from "./read.js";
import { ChannelPage } from "./shell.js";

const LEVELS = [
  { value: "read", text: "Read: see and download" },
  { value: "write", text: "Write: also upload, and change mirrors" },
  { value: "manage", text: "Manage: also change and delete it, and give access" },
];

export default function Access({ channel: key }) {
  const { may } = useAllowed(key);
  const mayEdit = may("channel.group:edit");
  return html`<${ChannelPage} channel=${key}>${(channel, reload) => html`
    <${Readers} of=${key} channel=${channel} reload=${reload} mayEdit=${may("channel:edit")} />
    ${may("channel.group:view") && html`<${Groups} of=${key} mayEdit=${mayEdit} />`}
    ${mayEdit && html`<${ServiceAccount} of=${key} mayMake=${may("channel.service-token:edit")} />`}
  `}<//>`;
}

function Readers({ of: key, channel, reload, mayEdit }) {
  const [isOpen, setOpen] = useState(false);
  const names = channel.owners.map((name, at) => html`${at > 0 && ", "}${mayAnywhere("user:view") ? html`<a href=${userHref(name)}>${name}</a>` : name}`);
  return html`<${Section} title="Readers and owners" actions=${mayEdit && html`<${Button} icon="edit" onClick=${() => setOpen(true)}>Edit<//>`}>
    <div class="card"><${Facts} items=${[
      ["Read by", html`<${Privacy} privacy=${channel.privacy} /> ${PRIVACY.find(({ value }) => value === channel.privacy).help}`],
      ["Managed by", names],
    ]} /></div>
    ${isOpen && html`<${EditChannel} of=${key} channel=${channel} reload=${reload} onClose=${() => setOpen(false)} />`}
  <//>`;
}

function Groups({ of: key, mayEdit }) {
  const listId = useId();
  const groups = useGet(`${channelPath(key)}/groups`, { on: ["channel.shared", "group.changed"], when: isOf(key) });
  const known = useGet(mayEdit && mayAnywhere("user:view") ? "/api/groups" : null);
  const set = useAct(async (name, level) => {
    const address = channelPath(key) + path`/groups/${name}`;
    await (level ? put(address, { level }) : del(address));
    await groups.reload();
  });
  const form = useForm({ name: "" }, async ({ name }) => {
    await put(channelPath(key) + path`/groups/${name.trim()}`, { level: "read" });
    form.set({ name: "" });
    await groups.reload();
  });
  const columns = [
    col("Group", ({ name }) => (mayAnywhere("user:view") ? html`<a href=${groupHref(name)}>${name}</a>` : name), "main"),
    {
      name: "level", title: "May",
      draw: ({ name, level }) =>
        mayEdit
          ? html`<select class="input" aria-label=${`What ${name} may do`} disabled=${set.isBusy} onChange=${(event) => set.run(name, event.target.value)}>
              ${LEVELS.map(({ value, text }) => html`<option key=${value} value=${value} selected=${value === level}>${text}</option>`)}
            </select>`
          : LEVELS.find(({ value }) => value === level).text,
    },
    mayEdit && { ...ACTIONS, draw: ({ name }) => html`<${Button} kind="quiet" icon="close" label=${`Take ${name} off the channel`} disabled=${set.isBusy} onClick=${() => set.run(name)} />` },
  ].filter(Boolean);
  return html`<${Section} title="Groups">
    ${mayEdit &&
    html`<form class="add-one" onSubmit=${form.submit}>
      <${TextField} label="Group" ...${form.of("name")} error=${form.error?.message} list=${listId} autocomplete="off" autocapitalize="none" spellcheck=${false} />
      <datalist id=${listId}>${known.data?.items.map(({ name }) => html`<option key=${name} value=${name} />`)}</datalist>
      <${Button} type="submit" icon="plus" isBusy=${form.isBusy} disabled=${!form.wish.name.trim()}>Add group<//>
    </form>`}
    <${ProblemBox} problem=${set.error} />
    <${Loaded} of=${groups}>${({ items }) =>
      items.length
        ? html`<${Table} label="Groups of this channel" columns=${columns} rows=${items} keyOf=${({ name }) => name} />
            <p class="soft people-note">What members may do at all is bounded by their roles.</p>`
        : html`<${Empty} title="No group has anything of its own here.">${mayEdit && "Add one to share the channel with its members."}<//>`}<//>
  <//>`;
}

/** The user that opens this channel alone, by tokens. */
function ServiceAccount({ of: key, mayMake }) {
  const address = `${channelPath(key)}/service-account`;
  const account = useGet(address, { on: ["user.changed"] });
  const [open, setOpen] = useState(null);
  const close = () => setOpen(null);
  const make = useAct(async () => {
    await post(address);
    await account.reload();
  });
  const remove = async () => {
    await del(address);
    say("The service account was removed.");
    await account.reload();
  };
  if (account.error?.status === 404) {
    return html`<${Section} title="Service account">
      <${ProblemBox} problem=${make.error} />
      <${Empty} title="This channel has no service account." action=${html`<${Button} icon="plus" isBusy=${make.isBusy} onClick=${make.run}>Create service account<//>`}>
        Its tokens open this channel alone, and do not end with the person who made them: for build machines and servers.
      <//>
    <//>`;
  }
  const actions = account.data && html`${mayMake && html`<${Button} icon="plus" onClick=${() => setOpen("make")}>Create token<//>`}
    <${Button} icon="trash" onClick=${() => setOpen("remove")}>Remove<//>`;
  return html`<${Section} title="Service account" actions=${actions}>
    <${Loaded} of=${account}>${({ username }) => html`<p class="people-note">Its name is <code>${username}</code></p>
      <${TokenList} address=${`${address}/tokens`} label="Tokens of the service account" empty="It has no tokens yet." isOff=${!mayMake} Form=${NewToken} isMaking=${open === "make"} onClose=${close} />`}<//>
    ${open === "remove" &&
    html`<${ConfirmDialog} title="Remove the service account?" action="Remove" isDanger onConfirm=${remove} onClose=${close}>
      <p>All of its tokens are refused from then on, wherever they are in use.</p>
    <//>`}
  <//>`;
}

function NewToken({ address, onClose, onMade }) {
  const form = useForm({ name: "", level: "read", days: "90" }, async ({ name, level, days }) => {
    const { token } = await post(address, { name: name.trim(), level, days: Number(days) });
    onClose();
    onMade(name.trim(), token);
  });
  return html`<${FormDialog} title="Create token" action="Create token" form=${form} isWhole=${form.wish.name.trim() && form.wish.days > 0} onClose=${onClose}>
    <${TextField} label="Name" autocomplete="off" help="Where it is used, as “build farm”." ...${form.of("name")} />
    <${SelectField} label="May" options=${LEVELS} ...${form.of("level")} />
    <${TextField} label="Good for how many days" type="number" min="1" ...${form.of("days")} />
  <//>`;
}
