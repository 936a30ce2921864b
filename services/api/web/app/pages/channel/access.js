/** Who may do what in a channel: readers and owners, groups, and its service account. */

import {
  Button, channelPath, Empty, FormDialog, html, list, Loaded, may as mayAnywhere, path, Privacy, ProblemBox, put, del, say, Section,
  SelectField, Table, TextField, useAct, useAllowed, useForm, useGet, useId, useState, ConfirmDialog, post, Facts,
} from "../../kit.js";
import { Value } from "../account/tokens.js";
import { EditChannel, PRIVACY } from "../channels/channel_form.js";
import { ACTIONS, groupHref, userHref } from "../people/frame.js";
import { TokenTable } from "../people/token_table.js";
import { isOf } from "./read.js";
import { ChannelPage } from "./shell.js";

const LEVELS = [
  { value: "read", text: "Read", help: "see and download" },
  { value: "write", text: "Write", help: "also upload, and run and change mirrors" },
  { value: "manage", text: "Manage", help: "also change and delete the channel, and give access" },
];

export default function Access({ channel: key }) {
  const { may } = useAllowed(key);
  const known = { of: key, mayEdit: may("channel.group:edit") };
  return html`<${ChannelPage} channel=${key}>${(channel, reload) => html`
    <${Readers} ...${known} channel=${channel} reload=${reload} mayChange=${may("channel:edit")} />
    ${may("channel.group:view") && html`<${Groups} ...${known} />`}
    ${known.mayEdit && html`<${ServiceAccount} of=${key} mayMake=${may("channel.service-token:edit")} />`}
  `}<//>`;
}

function Readers({ of: key, channel, reload, mayChange }) {
  const [isOpen, setOpen] = useState(false);
  const names = channel.owners.map((name, at) => html`${at > 0 && ", "}${mayAnywhere("user:view") ? html`<a href=${userHref(name)}>${name}</a>` : name}`);
  return html`<${Section} title="Readers and owners" actions=${mayChange && html`<${Button} icon="edit" onClick=${() => setOpen(true)}>Edit<//>`}>
    <div class="card"><${Facts} items=${[
      ["Read by", html`<${Privacy} privacy=${channel.privacy} /> ${PRIVACY.find(({ value }) => value === channel.privacy).help}`],
      ["Managed by", names],
    ]} /></div>
    ${isOpen && html`<${EditChannel} of=${key} channel=${channel} reload=${reload} onClose=${() => setOpen(false)} />`}
  <//>`;
}

function Groups({ of: key, mayEdit }) {
  const groups = useGet(`${channelPath(key)}/groups`, { on: ["channel.shared", "group.changed"], when: isOf(key) });
  const groupPath = (name) => channelPath(key) + path`/groups/${name}`;
  const set = useAct(async (name, level) => {
    await (level ? put(groupPath(name), { level }) : del(groupPath(name)));
    await groups.reload();
  });
  const level = (one) =>
    mayEdit
      ? html`<select class="input level" aria-label=${`What ${one.name} may do`} value=${one.level} disabled=${set.isBusy} onChange=${(event) => set.run(one.name, event.target.value)}>
          ${LEVELS.map(({ value, text, help }) => html`<option key=${value} value=${value} selected=${value === one.level}>${text}: ${help}</option>`)}
        </select>`
      : LEVELS.find(({ value }) => value === one.level).text;
  const columns = [
    { name: "name", title: "Group", kind: "main", draw: ({ name }) => (mayAnywhere("user:view") ? html`<a href=${groupHref(name)}>${name}</a>` : name) },
    { name: "level", title: "May", draw: level },
    mayEdit && { ...ACTIONS, draw: ({ name }) => html`<${Button} kind="quiet" icon="close" label=${`Take ${name} off the channel`} disabled=${set.isBusy} onClick=${() => set.run(name, null)} />` },
  ].filter(Boolean);
  return html`<${Section} title="Groups">
    ${mayEdit && html`<${AddGroup} groupPath=${groupPath} reload=${groups.reload} />`}
    <${ProblemBox} problem=${set.error} />
    <${Loaded} of=${groups}>${({ items }) =>
      items.length
        ? html`<${Table} label="Groups of this channel" columns=${columns} rows=${items} keyOf=${({ name }) => name} />
            <p class="soft access-note">What members may do at all is bounded by their roles.</p>`
        : html`<${Empty} title="No group has anything of its own here.">${mayEdit && "Add one to share the channel with its members."}<//>`}<//>
  <//>`;
}

function AddGroup({ groupPath, reload }) {
  const listId = useId();
  const known = useGet(mayAnywhere("user:view") ? "/api/groups" : null);
  const form = useForm({ name: "", level: "read" }, async ({ name, level }) => {
    await put(groupPath(name.trim()), { level });
    form.set({ name: "" });
    await reload();
  });
  return html`<form class="add-one" onSubmit=${form.submit}>
    <${TextField} label="Group" ...${form.of("name")} error=${form.error?.message} list=${listId} autocomplete="off" autocapitalize="none" spellcheck=${false} />
    <datalist id=${listId}>${known.data?.items.map(({ name }) => html`<option key=${name} value=${name} />`)}</datalist>
    <${SelectField} label="May" options=${LEVELS} ...${form.of("level")} />
    <${Button} type="submit" icon="plus" isBusy=${form.isBusy} disabled=${!form.wish.name.trim()}>Add group<//>
  </form>`;
}

/** The user that opens this channel alone, by tokens. */
function ServiceAccount({ of: key, mayMake }) {
  const address = `${channelPath(key)}/service-account`;
  const account = useGet(address, { on: ["user.changed"] });
  const isMissing = account.error?.status === 404;
  const [isGoing, setGoing] = useState(false);
  const make = useAct(async () => {
    await post(address);
    await account.reload();
  });
  const remove = async () => {
    await del(address);
    say("The service account was removed.");
    await account.reload();
  };
  const actions = account.data && !isMissing && html`<${Button} icon="trash" onClick=${() => setGoing(true)}>Remove<//>`;
  return html`<${Section} title="Service account" actions=${actions}>
    <${ProblemBox} problem=${make.error} />
    ${isMissing
      ? html`<${Empty} title="This channel has no service account." action=${html`<${Button} icon="plus" isBusy=${make.isBusy} onClick=${make.run}>Create service account<//>`}>
          Its tokens open this channel alone, and do not end with the person who made them: for build machines and servers.
        <//>`
      : html`<${Loaded} of=${account}>${({ username }) => html`<${Tokens} address=${`${address}/tokens`} username=${username} mayMake=${mayMake} />`}<//>`}
    ${isGoing &&
    html`<${ConfirmDialog} title="Remove the service account?" action="Remove" isDanger onConfirm=${remove} onClose=${() => setGoing(false)}>
      <p>All of its tokens are refused from then on, wherever they are in use.</p>
    <//>`}
  <//>`;
}

function Tokens({ address, username, mayMake }) {
  const tokens = useGet(address, { on: ["token.changed"] });
  const [open, setOpen] = useState(null);
  const [shown, setShown] = useState(null);
  const close = () => setOpen(null);
  const show = (name, { token }) => {
    close();
    setShown({ name, value: token });
    tokens.reload();
  };
  const tokenPath = ({ id }) => address + path`/${id}`;
  const revoke = async (token) => {
    await del(tokenPath(token));
    await tokens.reload();
  };
  return html`<div class="toolbar">
      <span>Its name is <code>${username}</code></span>
      ${mayMake && html`<span class="end"><${Button} icon="plus" onClick=${() => setOpen("new")}>Create token<//></span>`}
    </div>
    <${Loaded} of=${tokens}>${({ items }) => html`<${TokenTable} label="Tokens of the service account" tokens=${items} empty="It has no tokens yet." onRevoke=${mayMake && revoke} onRenew=${mayMake && setOpen} />`}<//>
    ${open === "new" && html`<${NewToken} address=${address} onClose=${close} onMade=${show} />`}
    ${open?.id &&
    html`<${ConfirmDialog} title=${`Give ${open.name} a new value?`} action="New value" onConfirm=${async () => show(open.name, await put(tokenPath(open), {}))} onClose=${close}>
      <p>The value that it has now is refused from then on. It lasts as long as it did.</p>
    <//>`}
    ${shown && html`<${Value} ...${shown} onClose=${() => setShown(null)} />`}`;
}

function NewToken({ address, onClose, onMade }) {
  const form = useForm({ name: "", level: "read", days: "90" }, async ({ name, level, days }) => onMade(name.trim(), await post(address, { name: name.trim(), level, days: Number(days) })));
  return html`<${FormDialog} title="Create token" action="Create token" form=${form} isWhole=${form.wish.name.trim() && Number(form.wish.days) > 0} onClose=${onClose}>
    <${TextField} label="Name" autocomplete="off" help="Where it is used, as “build farm”." ...${form.of("name")} />
    <${SelectField} label="May" options=${LEVELS.map(({ value, text, help }) => ({ value, text: `${text}: ${help}` }))} ...${form.of("level")} />
    <${TextField} label="Good for how many days" type="number" min="1" ...${form.of("days")} />
  <//>`;
}
