/** Choosing where: a channel or subchannel by its key, and one of its mirrors. */

import { channelPath, get, html, SelectField, TextField, useEffect, useGet, useId, useState } from "../../kit.js";

/** Whether a text can be the key of a channel. */
export const isKey = (text) => /^[^/\s]+(\/[^/\s]+)?$/.test(text);

/** Takes what TextField takes. */
export function ChannelField(props) {
  const channels = useGet("/api/channels").data?.items ?? [];
  const [below, setBelow] = useState([]);
  const id = useId();
  useEffect(() => {
    const parents = channels.filter((one) => one.subchannel_count);
    Promise.all(parents.map(({ name }) => get(`${channelPath(name)}/subchannels`).then(({ items }) => items.map((one) => `${name}/${one.name}`)))).then((all) => setBelow(all.flat()), () => {});
  }, [channels.length]);
  return html`<${TextField} label="Channel" list=${id} placeholder="channel or channel/subchannel" autocomplete="off" spellcheck=${false} ...${props} />
    <datalist id=${id}>${[...channels.map((one) => one.name), ...below].sort().map((key) => html`<option key=${key} value=${key} />`)}</datalist>`;
}

/** @param {{channel: string, all: string}} props `all` says what no mirror means; the rest as of SelectField */
export function MirrorField({ channel, all, ...rest }) {
  const { data } = useGet(isKey(channel) ? `${channelPath(channel)}/mirrors` : null);
  return html`<${SelectField} label="Mirror" options=${[["", all], ...(data?.items ?? []).map((one) => [one.mirror_id, one.mirror_name])]} ...${rest} />`;
}
