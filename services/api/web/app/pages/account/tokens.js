/** One's own tokens. */

import { Button, html, useState } from "../../kit.js";
import { PeoplePage } from "../people/frame.js";
import { TokenList } from "../people/token_list.js";
import { CreateToken } from "./create_token.js";

export default function Tokens() {
  const [isMaking, setMaking] = useState(false);
  const create = html`<${Button} kind="primary" icon="plus" onClick=${() => setMaking(true)}>Create token<//>`;
  return html`<${PeoplePage} title="Your tokens" actions=${create} lead="A token stands for you where a script or a package client can't sign in. It never gives more than you have.">
    <${TokenList} address="/api/account/tokens" label="Your tokens" empty="You have no tokens." Form=${CreateToken} isMaking=${isMaking} onClose=${() => setMaking(false)} />
  <//>`;
}
