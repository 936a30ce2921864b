/** All people who can sign in. */

import { col, Badge, Button, Empty, html, LongList, may, navigate, place, plural, SearchBox, Time, useEffect, usePages, useState, withQuery } from "../../kit.js";
import { NONE, PEOPLE_EVENTS, PeoplePage, userHref } from "./frame.js";
import { UserForm } from "./user_dialogs.js";

export const SIGN_INS = { password: "Password", oidc: "Identity provider", none: "Not yet possible" };

export const UserState = ({ user }) => html`<${Badge} kind=${user.is_disabled ? "warn" : "good"}>${user.is_disabled ? "Disabled" : "Active"}<//>`;

/** Names on one line, cut off where they are too many. */
export const Names = ({ of }) => (of.length ? html`<span class="names" title=${of.join(", ")}>${of.join(", ")}</span>` : NONE);

const COLUMNS = [
  col("Name", (user) => html`<a href=${userHref(user.username)}>${user.username}</a>`, "main"),
  col("State", (user) => html`<${UserState} user=${user} />`),
  col("Roles", (user) => html`<${Names} of=${user.roles} />`),
  col("Groups", (user) => html`<${Names} of=${user.groups} />`, "spare"),
  col("Email", (user) => user.email, "spare"),
  col("Signs in by", (user) => SIGN_INS[user.signs_in_by], "spare"),
  col("Last sign-in", (user) => html`<${Time} at=${user.last_sign_in} />`, "spare"),
];

export default function Users() {
  const isShown = may("user:view");
  const [isMaking, setMaking] = useState(false);
  const search = place.value.query.get("q");
  const pages = usePages(isShown ? withQuery("/api/users", { kind: "person", search }) : null, { on: PEOPLE_EVENTS });
  useEffect(() => {
    // The navigation leads everybody here; who may not see others has themselves.
    if (!isShown) navigate("/ui/account", { replace: true });
  }, [isShown]);
  if (!isShown) return null;
  return html`<${PeoplePage} title="Users" actions=${may("user:edit") && html`<${Button} kind="primary" icon="plus" onClick=${() => setMaking(true)}>Create user<//>`}>
    <div class="toolbar">
      <${SearchBox} label="Search by name or email" />
      <span class="end soft" role="status">${pages.total !== undefined && plural(pages.total, "user")}</span>
    </div>
    <${LongList} label="Users" pages=${pages} columns=${COLUMNS} keyOf=${(user) => user.id}
      empty=${html`<${Empty} title=${search ? `Nobody has “${search}” in their name or email.` : "Nobody is here yet."} />`} />
    ${isMaking && html`<${UserForm} onClose=${() => setMaking(false)} />`}
  <//>`;
}
