/**
 * Every page of the app: its address below /ui, the module that draws it, and what it takes to be offered.
 *
 * A module's default export is the page; it gets the parameters of the address, and for pages of
 * channels `channel` as the key, CHANNEL or CHANNEL/SUBCHANNEL.
 */

import { match } from "./router.js";

/** The navigation: `action` is what it takes, by the words of /api/allowed; `places` are beginnings of addresses in it. */
export const NAVIGATION = [
  { text: "Channels", href: "/ui/channels", icon: "channel", places: ["/channels", "/packages"] },
  { text: "Mirrors", href: "/ui/mirrors", icon: "mirror", action: "channel.mirror:view-all", places: ["/mirrors"] },
  { text: "Policies", href: "/ui/policies", icon: "policy", action: "policy:view", places: ["/policies"] },
  { text: "Reports", href: "/ui/reports", icon: "report", places: ["/reports"] },
  { text: "Users & tokens", href: "/ui/people", icon: "people", places: ["/people", "/account"] },
  { text: "System", href: "/ui/system", icon: "system", action: "system:view", places: ["/system"] },
];

const channel = (pattern, load) => [
  { pattern: `/channels/:channel/subchannels/:subchannel${pattern}`, load },
  { pattern: `/channels/:channel${pattern}`, load },
];

/** The first that fits counts. */
export const ROUTES = [
  { pattern: "/channels", load: () => import("./pages/channels/list.js") },
  ...channel("/packages", () => import("./pages/channel/packages.js")),
  ...channel("/packages/:family/:package*", () => import("./pages/channel/package.js")),
  ...channel("/mirrors/new", () => import("./pages/mirror_form/page.js")),
  ...channel("/mirrors/:mirror/edit", () => import("./pages/mirror_form/page.js")),
  ...channel("/mirrors/:mirror/runs/:run", () => import("./pages/mirror/run.js")),
  ...channel("/mirrors/:mirror", () => import("./pages/mirror/details.js")),
  ...channel("/mirrors", () => import("./pages/channel/mirrors.js")),
  ...channel("/changes", () => import("./pages/channel/changes.js")),
  ...channel("/access", () => import("./pages/channel/access.js")),
  { pattern: "/channels/:channel/subchannels", load: () => import("./pages/channel/subchannels.js") },
  ...channel("", () => import("./pages/channel/overview.js")),
  { pattern: "/packages", load: () => import("./pages/packages/search.js") },
  { pattern: "/mirrors", load: () => import("./pages/mirrors/list.js") },
  { pattern: "/policies", load: () => import("./pages/policies/list.js") },
  { pattern: "/policies/new", load: () => import("./pages/policies/create.js") },
  { pattern: "/policies/:policy", load: () => import("./pages/policies/edit.js") },
  { pattern: "/policies/:policy/versions", load: () => import("./pages/policies/versions.js") },
  { pattern: "/reports", load: () => import("./pages/reports/dependencies.js") },
  { pattern: "/reports/downloads", load: () => import("./pages/reports/downloads.js") },
  { pattern: "/reports/history", load: () => import("./pages/reports/history.js") },
  { pattern: "/reports/:report", load: () => import("./pages/reports/report.js") },
  { pattern: "/people", load: () => import("./pages/people/users.js") },
  { pattern: "/people/users/:username", load: () => import("./pages/people/user.js") },
  { pattern: "/people/roles", load: () => import("./pages/people/roles.js") },
  { pattern: "/people/groups", load: () => import("./pages/people/groups.js") },
  { pattern: "/people/groups/:group", load: () => import("./pages/people/group.js") },
  { pattern: "/people/service-accounts", load: () => import("./pages/people/service_accounts.js") },
  { pattern: "/account", load: () => import("./pages/account/account.js") },
  { pattern: "/account/tokens", load: () => import("./pages/account/tokens.js") },
  { pattern: "/system", load: () => import("./pages/system/health.js") },
  { pattern: "/system/settings", load: () => import("./pages/system/settings.js") },
  { pattern: "/system/dead-letters", load: () => import("./pages/system/dead_letters.js") },
];

/** @returns {{load: () => Promise<object>, params: object, pattern: string}|null} */
export function findRoute(path) {
  for (const { pattern, load } of ROUTES) {
    const params = match(pattern, path);
    if (!params) continue;
    const { channel: name, subchannel, ...rest } = params;
    const key = name === undefined ? {} : { channel: subchannel ? `${name}/${subchannel}` : name };
    return { pattern, load, params: { ...rest, ...key } };
  }
  return null;
}

/** The address of a channel's page. @param {string} key @param {string} rest as "/packages" */
export function channelHref(key, rest = "") {
  const [name, subchannel] = key.split("/").map(encodeURIComponent);
  return `/ui/channels/${name}${subchannel ? `/subchannels/${subchannel}` : ""}${rest}`;
}
