/** Where a policy acts: assigning it to a channel or mirror, and taking it off, with the effect before one does. */

import { Badge, Button, channelHref, channelPath, col, ConfirmDialog, del, forget, FormDialog, html, may, Notice, path, put, say, Section, Table, useAllowed, useForm, useGet, useState } from "../../kit.js";
import { Effect } from "./effect.js";
import { ChannelField, isKey, MirrorField } from "./places.js";

const policyPath = ({ channel, mirror_id: id }) => `${channelPath(channel)}${id ? path`/mirrors/${id}` : ""}/policy`;
const needed = (id) => (id ? "channel.mirror:edit" : "channel:edit");

/** @param {{policy: object, onDone: () => void}} props */
export function Places({ policy, onDone }) {
  const [open, setOpen] = useState(null);
  const known = { policy, onClose: () => setOpen(null), onDone: () => {
    forget("/api/policies");
    onDone();
  } };
  return html`<${Section} title="Where it acts" actions=${[false, true].some((isMirror) => may(needed(isMirror))) && html`<${Button} icon="plus" onClick=${() => setOpen({})}>Assign<//>`}>
    ${policy.assigned.length
      ? html`<${Table} label="Channels and mirrors under it" rows=${policy.assigned} keyOf=${(one) => `${one.channel} ${one.mirror_id}`} columns=${[
          col("Channel", (one) => html`<a href=${channelHref(one.channel)}>${one.channel}</a> ${one.frozen && html`<${Badge} icon="freeze" kind="info" title="Clients see what it changes once the channel is unfrozen">Frozen<//>`}`, "main"),
          col("Mirror", (one) => one.mirror ?? "all"),
          col("", (one) => html`<${TakeOff} place=${one} onOpen=${() => setOpen(one)} />`, "actions"),
        ]} />`
      : html`<p class="soft">Nowhere yet. Assign it to a channel or a mirror to let it act.</p>`}
    ${open && (open.channel ? html`<${Unassign} place=${open} ...${known} />` : html`<${Assign} ...${known} />`)}
  <//>`;
}

function TakeOff({ place: { channel, mirror_id: id }, onOpen }) {
  return useAllowed(channel).may(needed(id)) && html`<${Button} kind="quiet" icon="close" label=${`Take it off ${channel}`} onClick=${onOpen} />`;
}

function Assign({ policy, onClose, onDone }) {
  const form = useForm({ channel: "", mirror: "" }, async () => {
    await put(address, { policy: policy.id });
    say(`${policy.name} acts on ${channel}`);
    onDone();
    onClose();
  });
  const { channel, mirror } = form.wish;
  const address = policyPath({ channel, mirror_id: mirror });
  const there = isKey(channel) ? channel : null;
  const allowed = useAllowed(there);
  const isAllowed = allowed.may(needed(mirror));
  const now = useGet(there && address);
  const before = now.data?.[mirror ? "mirror_policy" : "channel_policy"];
  return html`<${FormDialog} title=${`Assign ${policy.name}`} action="Assign" form=${form} isWhole=${there && isAllowed} onClose=${onClose}>
    <${ChannelField} value=${channel} error=${now.error?.status === 404 ? "There is no such channel." : null} onChange=${(key) => form.set({ channel: key, mirror: "" })} />
    <${MirrorField} channel=${channel} all="All without a policy of their own" ...${form.of("mirror")} />
    ${allowed.isKnown && !isAllowed && html`<${Notice} kind="warn">You may not change the policy ${mirror ? "of this mirror" : "of this channel"}.<//>`}
    ${before && html`<p>It takes the place of <strong>${before.name}</strong>.</p>`}
    ${now.data?.frozen && html`<${Notice}>The channel is frozen: clients see what changes once it is unfrozen.<//>`}
    <${Effect} wish=${now.data && { policy: policy.id, channel, mirror: mirror || null }} />
  <//>`;
}

function Unassign({ place, onClose, onDone }) {
  const { data } = useGet(policyPath(place));
  const next = place.mirror_id && data?.channel_policy;
  const take = async () => {
    await del(policyPath(place));
    onDone();
  };
  return html`<${ConfirmDialog} title=${`Take it off ${place.mirror ?? place.channel}?`} action="Take it off" isDanger onConfirm=${take} onClose=${onClose}>
    <p>${next ? `${next.name}, the policy of the channel, acts then.` : "No policy acts there then."}</p>
    <${Effect} wish=${data && { ...(next ? { policy: next.id } : { rules: [] }), channel: place.channel, mirror: place.mirror_id }} />
  <//>`;
}
