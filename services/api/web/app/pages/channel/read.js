/** A channel as its pages read it. */

import { channelPath, useGet } from "../../kit.js";

const CHANNEL_EVENTS = [
  "channel.created", "channel.updated", "channel.deleted", "channel.frozen", "channel.unfrozen", "channel.published",
  "channel.shared", "mirror.created", "mirror.deleted", "policy.assigned", "policy.unassigned",
];

/** Tells events of a channel, or of those above and below it; those of no channel may concern it too. */
export const isOf = (key) => ({ data }) => !data.channel || data.channel.split("/")[0] === key.split("/")[0];

/** @param {string} key @returns {ReturnType<typeof useGet>} the channel, always as it is now */
export const useChannel = (key) => useGet(channelPath(key), { on: CHANNEL_EVENTS, when: isOf(key) });

/** A channel object -> its key. @param {{name: string, parent?: string}} channel */
export const keyOf = ({ name, parent }) => (parent ? `${parent}/${name}` : name);
