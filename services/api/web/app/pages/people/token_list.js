/** An account's tokens and all that is done with them: made, shown once, given new values, revoked. */

import { Button, ConfirmDialog, CopyLine, del, Dialog, html, Loaded, Notice, path, put, useGet, useState } from "../../kit.js";
import { TokenTable } from "./token_table.js";

/**
 * @param {{address: string, label: string, empty: string, isOff?: boolean, Form: Function, isMaking: boolean, onClose: () => void}} props
 *   `Form` makes a token (`{address, onClose, onMade: (name, value) => void}`) while `isMaking`; with `isOff` none is changed.
 */
export function TokenList({ address, label, empty, isOff, Form, isMaking, onClose }) {
  const tokens = useGet(address, { on: ["token.changed"] });
  const [renewed, setRenewed] = useState(null);
  const [shown, setShown] = useState(null);
  const tokenPath = ({ id }) => address + path`/${id}`;
  const show = (name, value) => {
    setShown({ name, value });
    tokens.reload();
  };
  const renew = async () => show(renewed.name, (await put(tokenPath(renewed), {})).token);
  const revoke = async (token) => {
    await del(tokenPath(token));
    await tokens.reload();
  };
  return html`
    <${Loaded} of=${tokens}>
      ${({ items }) => html`<${TokenTable} label=${label} tokens=${items} onRenew=${!isOff && setRenewed} onRevoke=${!isOff && revoke} empty=${empty} />`}
    <//>
    ${isMaking && html`<${Form} address=${address} onClose=${onClose} onMade=${show} />`}
    ${renewed &&
    html`<${ConfirmDialog} title=${`Give ${renewed.name} a new value?`} action="New value" onConfirm=${renew} onClose=${() => setRenewed(null)}>
      <p>The value that it has now is refused from then on. It lasts as long as it did.</p>
    <//>`}
    ${shown && html`<${Value} ...${shown} onClose=${() => setShown(null)} />`}
  `;
}

/** A token's value, shown this once. */
const Value = ({ name, value, onClose }) => html`
  <${Dialog} title=${`The value of ${name}`} onClose=${onClose} actions=${html`<${Button} kind="primary" onClick=${onClose}>I have copied it<//>`}>
    <${Notice} kind="warn">Copy it now: it is shown this once, and nobody can show it again.<//>
    <${CopyLine} label="Token" text=${value} />
    <p class="soft">Scripts send it as the header X-Auth; pip, uv and R as the user name with the password x-auth-token; conda in the address, as /t/TOKEN/.</p>
  <//>
`;
