/** One word about a state; the word says it, the colour only helps. */

import { html } from "../view.js";
import { Icon } from "./icon.js";

/** @param {{kind?: "neutral"|"good"|"info"|"warn"|"bad", icon?: string, title?: string}} props */
export const Badge = ({ kind = "neutral", icon, title, children }) =>
  html`<span class=${`badge ${kind}`} title=${title}>${icon && html`<${Icon} name=${icon} />`}${children}</span>`;

const RUN_STATES = {
  pending: ["neutral", "Waiting"],
  running: ["info", "Running"],
  stopping: ["warn", "Stopping"],
  stopped: ["warn", "Stopped"],
  completed: ["good", "Completed"],
  failed: ["bad", "Failed"],
  skipped: ["neutral", "Skipped"],
};

/** The state of a run or mirror. */
export function RunState({ state }) {
  const [kind, word] = RUN_STATES[state] ?? ["neutral", state];
  return html`<${Badge} kind=${kind} icon=${state === "running" ? "busy" : undefined}>${word}<//>`;
}

const PRIVACY = { public: "Public", authenticated: "Signed-in users", private: "Private" };

export const privacyWord = (privacy) => PRIVACY[privacy] ?? privacy;

export const Privacy = ({ privacy }) =>
  html`<${Badge} icon=${privacy === "public" ? "globe" : "lock"}>${privacyWord(privacy)}<//>`;

export const Frozen = () =>
  html`<${Badge} kind="info" icon="freeze" title="Clients read what was published before; mirrors go on behind it">Frozen<//>`;
