/** One's own tokens: made, shown once, given new values, revoked. */

import { Button, ConfirmDialog, CopyLine, del, Dialog, html, Loaded, Notice, path, put, useGet, useState } from "../../kit.js";
import { PeoplePage } from "../people/frame.js";
import { TokenTable } from "../people/token_table.js";
import { CreateToken } from "./create_token.js";

export default function Tokens() {
  const tokens = useGet("/api/account/tokens", { on: ["token.changed"] });
  const [isMaking, setMaking] = useState(false);
  const [renewed, setRenewed] = useState(null);
  const [shown, setShown] = useState(null);
  const show = (name, value) => {
    setShown({ name, value });
    tokens.reload();
  };
  const renew = async () => show(renewed.name, (await put(path`/api/account/tokens/${renewed.id}`, {})).token);
  const revoke = async (token) => {
    await del(path`/api/account/tokens/${token.id}`);
    await tokens.reload();
  };
  const create = html`<${Button} kind="primary" icon="plus" onClick=${() => setMaking(true)}>Create token<//>`;
  return html`<${PeoplePage} title="Your tokens" actions=${create} lead="A token stands for you where a script or a package client can't sign in. It never gives more than you have.">
    <${Loaded} of=${tokens}>
      ${(data) => html`<${TokenTable} label="Your tokens" tokens=${data.items} onRenew=${setRenewed} onRevoke=${revoke} empty="You have no tokens." />`}
    <//>
    ${isMaking && html`<${CreateToken} onClose=${() => setMaking(false)} onMade=${show} />`}
    ${renewed &&
    html`<${ConfirmDialog} title=${`Give ${renewed.name} a new value?`} action="New value" onConfirm=${renew} onClose=${() => setRenewed(null)}>
      <p>The value that it has now is refused from then on. It lasts as long as it did.</p>
    <//>`}
    ${shown && html`<${Value} ...${shown} onClose=${() => setShown(null)} />`}
  <//>`;
}

/** A token's value, shown this once. */
export const Value = ({ name, value, onClose }) => html`
  <${Dialog} title=${`The value of ${name}`} onClose=${onClose} actions=${html`<${Button} kind="primary" onClick=${onClose}>I have copied it<//>`}>
    <${Notice} kind="warn">Copy it now: it is shown this once, and nobody can show it again.<//>
    <${CopyLine} label="Token" text=${value} />
    <p class="soft">Scripts send it as the header X-Auth; pip, uv and R as the user name with the password x-auth-token; conda in the address, as /t/TOKEN/.</p>
  <//>
`;
