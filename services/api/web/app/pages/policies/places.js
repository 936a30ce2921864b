/** Choosing where: a channel or subchannel by its key, and one of its mirrors. */

import { channelPath, get, html, SelectField, TextField, useEffect, useGet, useId, useState } from "../../kit.js";

/** Keys of all channels that one sees, subchannels behind their channels. @returns {string[]} */
function useChannelKeys() {
  const channels = useGet("/api/channels", { on: ["channel.created", "channel.deleted"] });
  const [below, setBelow] = useState({});
  useEffect(() => {
    for (const { name, subchannel_count } of channels.data?.items ?? []) {
      if (!subchannel_count) continue;
      const add = ({ items }) => setBelow((was) => ({ ...was, [name]: items.map((one) => `${name}/${one.name}`) }));
      get(`${channelPath(name)}/subchannels`).then(add, () => {});
    }
  }, [channels.data]);
  return (channels.data?.items ?? []).flatMap(({ name }) => [name, ...(below[name] ?? [])]);
}

/** @param {{value: string, onChange: (key: string) => void, label?: string}} props the rest as of TextField */
export function ChannelField({ value, onChange, label = "Channel", help, error, ...rest }) {
  const keys = useChannelKeys();
  const id = useId();
  return html`<${TextField} label=${label} value=${value} list=${id} placeholder="channel or channel/subchannel" autocomplete="off" spellcheck=${false} error=${error} help=${help} onChange=${onChange} ...${rest} />
    <datalist id=${id}>${keys.map((key) => html`<option key=${key} value=${key} />`)}</datalist>`;
}

/** Whether a text can be the key of a channel. */
export const isKey = (text) => /^[^/\s]+(\/[^/\s]+)?$/.test(text);

/** @param {{channel: string, value: string, onChange: (id: string) => void, all?: string}} props `value` is the id of a mirror, "" for all */
export function MirrorField({ channel, value, onChange, all = "All mirrors", ...rest }) {
  const mirrors = useGet(isKey(channel) ? `${channelPath(channel)}/mirrors` : null);
  const options = (mirrors.data?.items ?? []).map((one) => ({ value: one.mirror_id, text: one.mirror_name }));
  return html`<${SelectField} label="Mirror" value=${value} onChange=${onChange} options=${[{ value: "", text: all }, ...options]} ...${rest} />`;
}
