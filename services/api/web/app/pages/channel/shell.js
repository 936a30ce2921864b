/** The frame of a channel's pages: its name, its state, what may be done with it, its tabs. */

import {
  BASE, Button, channelHref, Empty, Frozen, html, Loaded, Menu, Page, place, Privacy, shortCount, Tabs,
  useAllowed, useState,
} from "../../kit.js";
import { EditChannel } from "../channels/channel_form.js";
import { DeleteChannel, FreezeChannel } from "./acts.js";
import { useChannel } from "./read.js";

const CHANNELS = { href: "/ui/channels", text: "Channels" };

/**
 * @param {{channel: string, title?: string, above?: Array<{href: string, text: string}>, badges?: any, actions?: any, lead?: any}} props
 *   `channel` is the key. With `title` it is a page below a tab: headed by the title, without tabs, the channel and
 *   `above` before it. `actions` are the page's own, beside the channel's. Children that are a function get the channel
 *   and what reads it anew, once it is there.
 */
export function ChannelPage({ channel: key, title, above = [], badges, actions, lead, children }) {
  const it = useChannel(key);
  const allowed = useAllowed(key);
  const [name, parent] = key.split("/").reverse();
  const path = [CHANNELS, parent && { href: channelHref(parent), text: parent }].filter(Boolean);
  if (it.error && !it.error.isAway && it.error.status < 500) return html`<${NotThere} name=${key} problem=${it.error} path=${path} />`;
  const inside = typeof children === "function" ? html`<${Loaded} of=${it}>${(data) => children(data, it.reload)}<//>` : children;
  if (title) {
    const whole = [...path, { href: channelHref(key), text: name }, ...above];
    return html`<${Page} title=${title} above=${whole} badges=${badges} actions=${actions} lead=${lead}>${inside}<//>`;
  }
  const tabs = tabsOf(key, it.data, allowed);
  const tab = tabs.find(({ href }) => href === `${BASE}${place.value.path}`);
  return html`<${Page} title=${tab && tab !== tabs[0] ? `${tab.text} · ${name}` : name} shown=${name} above=${path}
      badges=${it.data && html`<${Privacy} privacy=${it.data.privacy} />${it.data.is_frozen && html`<${Frozen} />`}${badges}`}
      actions=${html`${actions}${it.data && html`<${Acts} of=${key} channel=${it.data} reload=${it.reload} may=${allowed.may} />`}`}>
    <${Tabs} label=${`Channel ${key}`} tabs=${tabs} />
    ${lead && html`<p class="lead under">${lead}</p>`}
    ${inside}
  <//>`;
}

function tabsOf(key, channel, { may }) {
  const figure = (n) => (n ? shortCount(n) : undefined);
  return [
    { href: channelHref(key), text: "Overview" },
    may("channel:view-artifacts") && { href: channelHref(key, "/packages"), text: "Packages", count: figure(channel?.package_count) },
    may("channel.mirror:view") && { href: channelHref(key, "/mirrors"), text: "Mirrors", count: figure(channel?.mirror_count) },
    !key.includes("/") && { href: channelHref(key, "/subchannels"), text: "Subchannels", count: figure(channel?.subchannel_count) },
    { href: channelHref(key, "/changes"), text: "Changes" },
    may("channel.group:view") && { href: channelHref(key, "/access"), text: "Access" },
  ].filter(Boolean);
}

/** The menu of a channel, as far as one may, and the dialogs that it opens. */
function Acts({ of: key, channel, reload, may }) {
  const [dialog, setDialog] = useState(null);
  const known = { of: key, channel, reload, onClose: () => setDialog(null) };
  const isFrozen = channel.is_frozen;
  return html`<${Menu} label="Actions" text="Actions" items=${[
      may("channel:edit") && { label: isFrozen ? "Unfreeze…" : "Freeze…", icon: isFrozen ? "play" : "freeze", act: () => setDialog("freeze") },
      may("channel.mirror:edit") && { label: "Create mirror", icon: "plus", href: channelHref(key, "/mirrors/new") },
      may("channel:edit") && { label: "Edit…", icon: "edit", act: () => setDialog("edit") },
      channel.revision && may("channel:edit") && { label: "Roll back", icon: "back", href: channelHref(key, "/changes") },
      may("channel:delete") && { label: "Delete…", icon: "trash", isDanger: true, act: () => setDialog("delete") },
    ]} />
    ${dialog === "freeze" && html`<${FreezeChannel} ...${known} />`}
    ${dialog === "edit" && html`<${EditChannel} ...${known} />`}
    ${dialog === "delete" && html`<${DeleteChannel} ...${known} />`}`;
}

function NotThere({ name, problem, path }) {
  const isGone = problem.status === 404;
  const back = path.at(-1);
  return html`<${Page} title=${isGone ? `There is no channel ${name}` : name} above=${path}>
    <${Empty} title=${isGone ? "It was deleted, or it is not shared with you." : problem.message}
      action=${html`<${Button} href=${back.href}>${path.length > 1 ? `Go to ${back.text}` : "Show all channels"}<//>`} />
  <//>`;
}
