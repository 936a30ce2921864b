/** What the pages of people and of one's own account share: the tabs, as far as one may open them, and words. */

import { html, path, may, Page, Tabs, useGet } from "../../kit.js";
import { NamesField } from "./names_field.js";

/** Events after which what is told of people may be another. */
export const PEOPLE_EVENTS = ["user.changed", "role.changed", "group.changed"];

export const userHref = (name) => path`/ui/people/users/${name}`;
export const groupHref = (name) => path`/ui/people/groups/${name}`;

export const NONE = html`<span class="soft">none</span>`;

/** The heading of a column that needs none. */
export const ACTIONS = { name: "actions", title: html`<span class="off-screen">Actions</span>`, kind: "actions" };

export const LEVEL_WORDS = { none: "nothing", read: "view", write: "view, create", manage: "view, create, edit, delete" };

/** A field of the roles that can be given. */
export function RolesField(field) {
  const { data } = useGet(may("role:view") ? "/api/roles" : null);
  const options = (data?.items ?? []).filter((one) => one.name !== "everyone").map((one) => ({ value: one.name, help: one.description }));
  return html`<${NamesField} options=${options} empty="You may not see which roles there are." ...${field} />`;
}

/** A page that has a tab. */
export const PeoplePage = ({ children, ...head }) => html`
  <${Page} ...${head}>
    <${Tabs} label="Users and tokens" tabs=${[
      may("user:view") && { href: "/ui/people", text: "Users" },
      may("role:view") && { href: "/ui/people/roles", text: "Roles" },
      may("user:view") && { href: "/ui/people/groups", text: "Groups" },
      may("user:view") && { href: "/ui/people/service-accounts", text: "Service accounts" },
      { href: "/ui/account", text: "Your account" },
      { href: "/ui/account/tokens", text: "Your tokens" },
    ]} />
    ${children}
  <//>
`;
