/** Where a policy acts: the places, assigning it to another one, taking it off; with the effect before one does. */

import { Badge, Button, channelHref, channelPath, ConfirmDialog, del, Empty, forget, html, Notice, path, put, say, Section, Table, useAllowed, useGet, useState } from "../../kit.js";
import { Effect } from "./effect.js";
import { ChannelField, isKey, MirrorField } from "./places.js";

const policyPath = ({ channel, mirror_id }) => `${channelPath(channel)}${mirror_id ? path`/mirrors/${mirror_id}` : ""}/policy`;
const inWords = ({ channel, mirror }) => (mirror ? `the mirror ${mirror} of ${channel}` : `the channel ${channel}`);

/** @param {{policy: object, onDone: () => void}} props */
export function Places({ policy, onDone }) {
  const [open, setOpen] = useState(null);
  const close = () => setOpen(null);
  const done = () => {
    forget("/api/policies");
    onDone();
  };
  return html`<${Section} title="Where it acts" actions=${html`<${Button} icon="plus" onClick=${() => setOpen({})}>Assign<//>`}>
    ${policy.assigned.length
      ? html`<${Table} label="Channels and mirrors under this policy" rows=${policy.assigned} keyOf=${(one) => `${one.channel} ${one.mirror_id}`} columns=${[
          { name: "channel", title: "Channel", kind: "main", draw: (one) => html`<a href=${channelHref(one.channel)}>${one.channel}</a>${one.frozen && html` <${Badge} kind="info" icon="freeze" title="Clients see what the policy changes once it is unfrozen">Frozen<//>`}` },
          { name: "mirror", title: "Mirror", draw: (one) => (one.mirror ? html`<a href=${channelHref(one.channel, `/mirrors/${encodeURIComponent(one.mirror_id)}`)}>${one.mirror}</a>` : html`<span class="soft">all without a policy of their own</span>`) },
          { name: "actions", title: "", kind: "actions", draw: (one) => html`<${TakeOff} place=${one} onOpen=${() => setOpen(one)} />` },
        ]} />`
      : html`<${Empty} title="It is assigned nowhere, and does nothing yet">Assign it to a channel, or to one mirror.<//>`}
    ${open && (open.channel ? html`<${Unassign} place=${open} onClose=${close} onDone=${done} />` : html`<${Assign} policy=${policy} onClose=${close} onDone=${done} />`)}
  <//>`;
}

const needed = (isMirror) => (isMirror ? "channel.mirror:edit" : "channel:edit");

function TakeOff({ place, onOpen }) {
  const { may } = useAllowed(place.channel);
  return may(needed(place.mirror_id)) && html`<${Button} kind="quiet" icon="close" label=${`Take it off ${inWords(place)}`} onClick=${onOpen} />`;
}

function Assign({ policy, onClose, onDone }) {
  const [channel, setChannel] = useState("");
  const [mirror, setMirror] = useState("");
  const isThere = isKey(channel);
  const place = { channel, mirror_id: mirror };
  const { may, isKnown } = useAllowed(isThere ? channel : null);
  const now = useGet(isThere ? policyPath(place) : null);
  const before = mirror ? now.data?.mirror_policy : now.data?.channel_policy;
  const isAllowed = isKnown && may(needed(mirror));
  const assign = async () => {
    if (!isAllowed) return;
    const { frozen } = await put(policyPath(place), { policy: policy.id });
    say(frozen ? `Assigned. ${channel} is frozen: clients see the change once it is unfrozen.` : `Assigned to ${channel}.`);
    onDone();
  };
  return html`<${ConfirmDialog} title=${`Assign ${policy.name}`} action="Assign" onConfirm=${assign} onClose=${onClose}>
    <${ChannelField} value=${channel} onChange=${(key) => { setChannel(key); setMirror(""); }} error=${isThere && now.error?.status === 404 ? "There is no such channel." : null} />
    <${MirrorField} channel=${channel} value=${mirror} onChange=${setMirror} all="All mirrors of the channel without a policy of their own" />
    ${isKnown && !isAllowed && html`<${Notice} kind="warn">You may not change the policy there.<//>`}
    ${before && html`<p>It takes the place of <strong>${before.name}</strong>.</p>`}
    ${now.data?.frozen && html`<${Notice}>The channel is frozen: clients see what changes once it is unfrozen.<//>`}
    ${now.data && html`<${Effect} wish=${{ policy: policy.id, channel, mirror: mirror || null }} />`}
  <//>`;
}

function Unassign({ place, onClose, onDone }) {
  const now = useGet(policyPath(place));
  const channels = place.mirror_id && now.data?.channel_policy;
  const take = async () => {
    await del(policyPath(place));
    say(`Taken off ${inWords(place)}`);
    onDone();
  };
  const where = { channel: place.channel, mirror: place.mirror_id };
  return html`<${ConfirmDialog} title=${`Take the policy off ${inWords(place)}?`} action="Take it off" isDanger onConfirm=${take} onClose=${onClose}>
    <p>${channels ? `The policy of the channel, ${channels.name}, acts then.` : "No policy acts there then: what the filters keep may enter."}</p>
    ${now.data && html`<${Effect} wish=${channels ? { policy: channels.id, ...where } : { rules: [], ...where }} />`}
  <//>`;
}
