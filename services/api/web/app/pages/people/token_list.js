/** An account's tokens and all that is done with them: made, shown once, given new values, revoked. */

import { col, Badge, Button, channelHref, ConfirmDialog, CopyLine, del, Dialog, Empty, html, Loaded, Notice, path, put, say, Table, Time, useGet, useState } from "../../kit.js";
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
  return isDay ? html`<span class="names">${at}</span>` : html`<${Time} at=${at} />`;
}

const COLUMNS = [
  col("Name", (token) => token.name, "main"),
  col("Allows", (token) => html`<${Opens} token=${token} />`),
  col("Last day", (token) => html`<${Ends} at=${token.expires_at} />`),
  col("Created", (token) => html`<${Time} at=${token.created_at} />`, "spare"),
];

/**
 * @param {{address: string, label: string, empty: string, isOff?: boolean, Form?: Function, isMaking?: boolean, onClose?: () => void}} props
 *   `Form` makes a token (`{address, onClose, onMade: (name, value) => void}`) while `isMaking`; without one the tokens
 *   are somebody else's, who alone gets values. With `isOff` none is changed.
 */
export function TokenList({ address, label, empty, isOff, Form, isMaking, onClose }) {
  const tokens = useGet(address, { on: ["token.changed"] });
  const [dialog, setDialog] = useState({});
  const { renewed, revoked, shown } = dialog;
  // What was asked is done: a value that came of it stays to be read.
  const close = () => setDialog((was) => (was.shown ? was : {}));
  const tokenPath = ({ id }) => address + path`/${id}`;
  const show = (name, value) => {
    setDialog({ shown: { name, value } });
    tokens.reload();
  };
  const renew = async () => show(renewed.name, (await put(tokenPath(renewed), {})).token);
  const revoke = async () => {
    await del(tokenPath(revoked));
    say(`${revoked.name} was revoked.`);
    tokens.reload();
  };
  const actions = {
    ...ACTIONS,
    draw: (token) => html`${Form && html`<${Button} kind="quiet" label=${`New value for ${token.name}`} icon="mirror" onClick=${() => setDialog({ renewed: token })} />`}
      <${Button} kind="quiet" label=${`Revoke ${token.name}`} icon="trash" onClick=${() => setDialog({ revoked: token })} />`,
  };
  return html`
    <${Loaded} of=${tokens}>
      ${({ items }) =>
        items.length
          ? html`<${Table} label=${label} columns=${isOff ? COLUMNS : [...COLUMNS, actions]} rows=${items} keyOf=${(token) => token.id} />`
          : html`<${Empty} title=${empty} />`}
    <//>
    ${isMaking && html`<${Form} address=${address} onClose=${onClose} onMade=${show} />`}
    ${renewed &&
    html`<${ConfirmDialog} title=${`Give ${renewed.name} a new value?`} action="New value" onConfirm=${renew} onClose=${close}>
      <p>The value that it has now is refused from then on. It lasts as long as it did.</p>
    <//>`}
    ${revoked &&
    html`<${ConfirmDialog} title=${`Revoke ${revoked.name}?`} action="Revoke" isDanger onConfirm=${revoke} onClose=${close}>
      <p>Whoever uses it is refused, everywhere within a second. It can't be brought back.</p>
    <//>`}
    ${shown && html`<${Value} ...${shown} onClose=${() => setDialog({})} />`}
  `;
}

/** A token's value, shown this once. */
const Value = ({ name, value, onClose }) => html`
  <${Dialog} title=${`The value of ${name}`} onClose=${onClose} actions=${html`<${Button} kind="primary" onClick=${onClose}>I have copied it<//>`}>
    <${Notice} kind="warn">Copy it now: nobody can show it again.<//>
    <${CopyLine} label="Token" text=${value} />
    <p class="soft">Scripts send it as the header X-Auth; pip, uv and R as the user name with the password x-auth-token; conda in the address, as /t/TOKEN/.</p>
  <//>
`;
