/** What can be changed for the whole system while it runs. */

import { Button, CheckField, html, Loaded, may, ProblemBox, put, say, useForm, useGet } from "../../kit.js";
import { SystemPage } from "./frame.js";

export default function Settings() {
  const settings = useGet("/api/system/settings", { on: ["settings.changed"] });
  return html`<${SystemPage} title="System settings">
    <${Loaded} of=${settings}>${(now) => html`<${SettingsForm} key=${now.user_channel_autocreate} now=${now} onDone=${settings.reload} />`}<//>
  <//>`;
}

function SettingsForm({ now, onDone }) {
  const form = useForm({ user_channel_autocreate: now.user_channel_autocreate }, async (wish) => {
    await put("/api/system/settings", wish);
    await onDone();
    say("The settings were saved.");
  });
  const { value, error, onChange } = form.of("user_channel_autocreate");
  const isChanged = value !== now.user_channel_autocreate;
  return html`<form class="card stack" onSubmit=${form.submit}>
    <${CheckField} label="Make people a channel of their own" help="At their first sign-in, where their roles let them make channels; it has their name, and they own it."
      value=${value} error=${error} onChange=${onChange} disabled=${!may("system:edit")} />
    <${ProblemBox} problem=${form.problem} />
    ${may("system:edit") && html`<div><${Button} kind="primary" type="submit" isBusy=${form.isBusy} disabled=${!isChanged}>Save settings<//></div>`}
  </form>`;
}
