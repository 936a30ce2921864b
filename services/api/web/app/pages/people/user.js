/** One user or service account: what they may do, and their tokens. */

import { Badge, Button, Facts, html, Loaded, may, Menu, Page, path, ProblemBox, put, Section, session, Time, useAct, useGet, useState } from "../../kit.js";
import { groupHref, NONE, PEOPLE_EVENTS } from "./frame.js";
import { TokenList } from "./token_list.js";
import { DeleteUser, DisableUser, SetPassword, UserForm } from "./user_dialogs.js";
import { SIGN_INS, UserState } from "./users.js";

export default function User({ username }) {
  const address = path`/api/users/${username}`;
  const user = useGet(address, { on: PEOPLE_EVENTS });
  const [dialog, setDialog] = useState(null);
  const enable = useAct(async () => {
    await put(address, { is_disabled: false });
    await user.reload();
  });
  const it = user.data;
  const isService = it?.kind === "service";
  const isSelf = session.value.username === username;
  const above = isService ? { href: "/ui/people/service-accounts", text: "Service accounts" } : { href: "/ui/people", text: "Users" };
  const open = (Shown) => () => setDialog({ Shown });
  const actions =
    it &&
    may("user:edit") &&
    html`${!isService && html`<${Button} icon="edit" onClick=${open(UserForm)}>Edit<//>`}
      ${it.is_disabled && html`<${Button} kind="primary" isBusy=${enable.isBusy} onClick=${enable.run}>Enable<//>`}
      <${Menu} label="More actions" items=${[
        !isService && it.signs_in_by !== "oidc" && { label: "Set password", icon: "key", act: open(SetPassword) },
        !it.is_disabled && !isSelf && { label: "Disable", icon: "lock", act: open(DisableUser) },
        !isService && !isSelf && { label: "Delete", icon: "trash", isDanger: true, act: open(DeleteUser) },
      ]} />`;
  const badges = it && html`<${UserState} user=${it} />${isSelf && html`<${Badge} kind="info">You<//>`}`;
  return html`<${Page} title=${username} above=${[above]} badges=${badges} actions=${actions}>
    <${ProblemBox} problem=${enable.error} />
    <${Loaded} of=${user}>
      ${(data) => html`<div class="card"><${Facts} items=${factsOf(data)} /></div>
        <${Section} title="Tokens"><${TokenList} address=${`${address}/tokens`} label=${`Tokens of ${username}`} empty="No tokens" isOff=${!may("user:edit")} /><//>`}
    <//>
    ${dialog && html`<${dialog.Shown} user=${it} onClose=${() => setDialog(null)} onDone=${user.reload} />`}
  <//>`;
}

function factsOf(user) {
  const created = ["Created", html`<${Time} at=${user.created} />`];
  if (user.kind === "service") return [["Kind", "Service account of a channel"], created];
  const groups = user.groups.map((name) => html`<a key=${name} href=${groupHref(name)}>${name}</a>`);
  return [
    ["Email", user.email ?? NONE],
    ["Roles", user.roles.join(", ") || NONE],
    ["Groups", groups.length ? html`<span class="row">${groups}</span>` : NONE],
    ["Signs in by", SIGN_INS[user.signs_in_by]],
    ["Last sign-in", html`<${Time} at=${user.last_sign_in} />`],
    created,
  ];
}
