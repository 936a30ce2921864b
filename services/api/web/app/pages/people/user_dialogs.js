/** Making, changing and removing a user. */

import { ConfirmDialog, del, FormDialog, html, navigate, path, post, put, say, TextField, useForm, useGet, useState, withQuery } from "../../kit.js";
import { RolesField, userHref } from "./frame.js";
import { NamesField } from "./names_field.js";

const NAME = { autocomplete: "off", autocapitalize: "none", spellcheck: false };
const PASSWORD = { type: "password", autocomplete: "new-password" };

/** Makes a user, or changes the one it is given. */
export function UserForm({ user, onClose, onDone }) {
  const { email, roles = ["author"], groups = [] } = user ?? {};
  const known = useGet("/api/groups").data?.items ?? [];
  const form = useForm({ email: email ?? "", roles, groups, ...(!user && { username: "", password: "" }) }, async (wish) => {
    const rest = { ...wish, email: wish.email.trim() || null };
    if (user) await put(path`/api/users/${user.username}`, rest);
    const made = user ?? (await post("/api/users", { ...rest, username: wish.username.trim(), password: wish.password || null }));
    await onDone?.();
    onClose();
    if (!user) navigate(userHref(made.username));
  });
  return html`<${FormDialog} title=${user ? `Edit ${user.username}` : "Create user"} action=${user ? "Save" : "Create"} form=${form} isWhole=${user || form.wish.username.trim()} onClose=${onClose}>
    ${!user &&
    html`<${TextField} label="User name" ...${form.of("username")} ...${NAME} />
      <${TextField} label="Password" isOptional help="At least 8 characters. Without one no password lets them in." ...${form.of("password")} ...${PASSWORD} />`}
    <${TextField} label="Email" type="email" isOptional autocomplete="off" ...${form.of("email")} />
    <${RolesField} label="Roles" ...${form.of("roles")} />
    <${NamesField} label="Groups" options=${known.map((one) => ({ value: one.name, help: one.description }))} empty="There are no groups yet." ...${form.of("groups")} />
  <//>`;
}

export function SetPassword({ user, onClose }) {
  const form = useForm({ password: "" }, async (wish) => {
    await put(path`/api/users/${user.username}`, wish);
    say(`${user.username} has a new password; all of their sign-ins have ended.`);
    onClose();
  });
  return html`<${FormDialog} title=${`Set the password of ${user.username}`} action="Set password" form=${form} isWhole=${form.wish.password} onClose=${onClose}>
    <p>It ends all of their sign-ins. Their tokens stay.</p>
    <${TextField} label="New password" help="At least 8 characters." ...${form.of("password")} ...${PASSWORD} />
  <//>`;
}

export function DisableUser({ user, onClose, onDone }) {
  const disable = async () => {
    await put(path`/api/users/${user.username}`, { is_disabled: true });
    await onDone();
  };
  return html`<${ConfirmDialog} title=${`Disable ${user.username}?`} action="Disable" isDanger onConfirm=${disable} onClose=${onClose}>
    <p>They are signed out and their tokens are refused, until you enable them again. Nothing of theirs is removed.</p>
  <//>`;
}

export function DeleteUser({ user, onClose }) {
  const [heir, setHeir] = useState("");
  const remove = async () => {
    await del(withQuery(path`/api/users/${user.username}`, { reassign_to: heir.trim() }));
    navigate("/ui/people", { replace: true });
  };
  return html`<${ConfirmDialog} title=${`Delete ${user.username}?`} action="Delete user" isDanger typed=${user.username} onConfirm=${remove} onClose=${onClose}>
    <p>They lose all tokens and sign-ins, and can't be brought back. The audit history keeps their name.</p>
    <${TextField} label="Who shall own the channels that they alone own" isOptional help="A user's name. Without one, whoever alone owns channels is not deleted." value=${heir} onChange=${setHeir} ...${NAME} />
  <//>`;
}
