/** A moment: how long ago or until then, exact where one points at it. All of them step together. */

import { exact, relative } from "../format.js";
import { shared } from "../shared.js";
import { html } from "../view.js";

const now = shared(Date.now());
setInterval(() => !document.hidden && (now.value = Date.now()), 10_000);

/** @param {{at: string|null, never?: string}} props ISO text */
export const Time = ({ at, never = "never" }) =>
  at ? html`<time datetime=${at} title=${exact(at)}>${relative(at, Math.max(now.value, Date.now()))}</time>` : never;
