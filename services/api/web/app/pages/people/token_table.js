/** Tokens without their values: what they open, how long, and how they end. */

import { Badge, Button, channelHref, ConfirmDialog, Empty, html, say, Table, Time, useState } from "../../kit.js";
import { ACTIONS } from "./frame.js";

/** What a token opens or allows, in words. */
function Opens({ token }) {
  if (token.type === "scope") return token.scopes.join(", ");
  return token.resources.map(({ channel, subchannel, level }, at) => {
    const key = subchannel ? `${channel}/${subchannel}` : channel;
    return html`${at > 0 && ", "}<a key=${key} href=${channelHref(key)}>${key}</a> (${level})`;
  });
}

/** A token's last day, or the moment of its end. */
function Ends({ at }) {
  if (at === null) return "never ends";
  const isDay = at.length === 10;
  if (Date.parse(isDay ? `${at}T23:59:59Z` : at) < Date.now()) return html`<${Badge} kind="warn">Ended<//>`;
  return isDay ? html`<span class="day">${at}</span>` : html`<${Time} at=${at} />`;
}

/**
 * @param {{label: string, tokens: object[], onRevoke?: false|((token: object) => Promise<void>),
 *   onRenew?: (token: object) => void, empty: string, action?: any}} props
 */
export function TokenTable({ label, tokens, onRevoke, onRenew, empty, action }) {
  const [revoked, setRevoked] = useState(null);
  if (!tokens.length) return html`<${Empty} title=${empty} action=${action} />`;
  const columns = [
    { name: "name", title: "Name", kind: "main", draw: (token) => token.name },
    { name: "opens", title: "Allows", draw: (token) => html`<${Opens} token=${token} />` },
    { name: "ends", title: "Last day", draw: (token) => html`<${Ends} at=${token.expires_at} />` },
    { name: "made", title: "Created", isWideOnly: true, draw: (token) => html`<${Time} at=${token.created_at} />` },
    onRevoke && {
      ...ACTIONS,
      draw: (token) => html`${onRenew && html`<${Button} kind="quiet" label=${`New value for ${token.name}`} icon="mirror" onClick=${() => onRenew(token)} />`}
        <${Button} kind="quiet" label=${`Revoke ${token.name}`} icon="trash" onClick=${() => setRevoked(token)} />`,
    },
  ].filter(Boolean);
  const revoke = async () => {
    await onRevoke(revoked);
    say(`${revoked.name} was revoked.`);
  };
  return html`<${Table} label=${label} columns=${columns} rows=${tokens} keyOf=${(token) => token.id} />
    ${revoked &&
    html`<${ConfirmDialog} title=${`Revoke ${revoked.name}?`} action="Revoke" isDanger onConfirm=${revoke} onClose=${() => setRevoked(null)}>
      <p>Whoever uses it is refused, everywhere within a second. It can't be brought back.</p>
    <//>`}`;
}
