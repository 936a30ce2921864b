/** Making, changing and removing a user. */

import { ConfirmDialog, del, FormDialog, html, navigate, path, post, put, say, TextField, useForm, useGet, useState, withQuery } from "../../kit.js";
import { useRoleChoices, userHref } from "./frame.js";
import { NamesField } from "./names_field.js";

const NAME = { autocomplete: "off", autocapitalize: "none", spellcheck: false };
const NEW_PASSWORD = { type: "password", autocomplete: "new-password" };

export function CreateUser({ onClose }) {
  const form = useForm({ username: "", password: "", email: "", roles: ["author"], groups: [] }, async (wish) => {
    const { username } = await post("/api/users", { ...wish, username: wish.username.trim(), password: wish.password || null, email: wish.email.trim() || null });
    say(`${username} is here now.`);
    onClose();
    navigate(userHref(username));
  });
  return html`<${FormDialog} title="Create user" action="Create" form=${form} isWhole=${form.wish.username.trim()} onClose=${onClose}>
    <${TextField} label="User name" ...${form.of("username")} ...${NAME} />
    <${TextField} label="Password" isOptional help="At least 8 characters. Without one no password lets them in." ...${form.of("password")} ...${NEW_PASSWORD} />
    ${Given({ form })}
  <//>`;
}

export function EditUser({ user, onClose, onDone }) {
  const { email, roles, groups } = user;
  const form = useForm({ email: email ?? "", roles, groups }, async (wish) => {
    await put(path`/api/users/${user.username}`, { ...wish, email: wish.email.trim() || null });
    await onDone();
    onClose();
  });
  return html`<${FormDialog} title=${`Edit ${user.username}`} action="Save" form=${form} onClose=${onClose}>${Given({ form })}<//>`;
}

/** What a new user and one that is changed have in common. A plain function: the form is to know its fields. */
function Given({ form }) {
  const roles = useRoleChoices();
  const groups = useGet("/api/groups").data?.items ?? [];
  return html`
    <${TextField} label="Email" type="email" isOptional autocomplete="off" ...${form.of("email")} />
    <${NamesField} label="Roles" options=${roles} empty="You may not see which roles there are." ...${form.of("roles")} />
    <${NamesField} label="Groups" options=${groups.map((one) => ({ value: one.name, help: one.description }))} empty="There are no groups yet." ...${form.of("groups")} />
  `;
}

export function SetPassword({ user, onClose }) {
  const form = useForm({ password: "" }, async (wish) => {
    await put(path`/api/users/${user.username}`, wish);
    say(`${user.username} has a new password; all of their sign-ins have ended.`);
    onClose();
  });
  return html`<${FormDialog} title=${`Set the password of ${user.username}`} action="Set password" form=${form} isWhole=${form.wish.password} onClose=${onClose}>
    <p>It ends all of their sign-ins. Their tokens stay.</p>
    <${TextField} label="New password" help="At least 8 characters." ...${form.of("password")} ...${NEW_PASSWORD} />
  <//>`;
}

export function DisableUser({ user, onClose, onDone }) {
  const disable = async () => {
    await put(path`/api/users/${user.username}`, { is_disabled: true });
    await onDone();
  };
  return html`<${ConfirmDialog} title=${`Disable ${user.username}?`} action="Disable" isDanger onConfirm=${disable} onClose=${onClose}>
    <p>They are signed out and their tokens are refused, everywhere within a second, until you enable them again. Nothing of theirs is removed.</p>
  <//>`;
}

export function DeleteUser({ user, onClose }) {
  const [heir, setHeir] = useState("");
  const remove = async () => {
    await del(withQuery(path`/api/users/${user.username}`, { reassign_to: heir.trim() }));
    say(`${user.username} was deleted.`);
    navigate("/ui/people", { replace: true });
  };
  return html`<${ConfirmDialog} title=${`Delete ${user.username}?`} action="Delete user" isDanger typed=${user.username} onConfirm=${remove} onClose=${onClose}>
    <p>They lose all tokens and sign-ins, and can't be brought back. The audit history keeps their name.</p>
    <${TextField} label="Who shall own the channels that they alone own" isOptional help="A user's name. Without one, whoever alone owns channels is not deleted." value=${heir} onChange=${setHeir} ...${NAME} />
  <//>`;
}
