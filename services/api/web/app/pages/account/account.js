/** One's own account: who one is, the default channel, the password. */

import { Button, channelHref, Facts, html, Loaded, may, ProblemBox, put, say, Section, SelectField, TextField, Time, useForm, useGet } from "../../kit.js";
import { NONE, PEOPLE_EVENTS, PeoplePage } from "../people/frame.js";

export default function Account() {
  const account = useGet("/api/account", { on: PEOPLE_EVENTS });
  const info = useGet("/api/account/token-info");
  const methods = useGet("/api/auth/methods");
  return html`<${PeoplePage} title="Your account">
    <${Loaded} of=${account}>
      ${(data) => html`<div class="card">
          <${Facts} items=${[
            ["User name", data.username],
            ["Roles", data.roles.join(", ") || NONE],
            ["Default channel", data.default_channel_name ? html`<a href=${channelHref(data.default_channel_name)}>${data.default_channel_name}</a>` : NONE],
            info.data?.expires_at && ["This sign-in ends", html`<${Time} at=${info.data.expires_at} />`],
          ]} />
        </div>
        ${may("channel.default-channel:edit") && html`<${DefaultChannel} key=${data.default_channel_name} account=${data} reload=${account.reload} />`}`}
    <//>
    ${methods.data?.password && html`<${Password} />`}
  <//>`;
}

function DefaultChannel({ account, reload }) {
  const known = account.default_channel_name ?? "";
  const channels = useGet("/api/account/channels", { on: ["channel.created", "channel.deleted", "channel.shared"] });
  const form = useForm({ default_channel_name: known }, async (wish) => {
    await put("/api/account", { default_channel_name: wish.default_channel_name || null });
    say("Your default channel was changed.");
    await reload();
  });
  const names = new Set([known, ...(channels.data?.items ?? []).map((one) => one.name)].filter(Boolean));
  const options = [{ value: "", text: "None" }, ...[...names].sort().map((one) => ({ value: one, text: one }))];
  return html`<${Section} title="Default channel">
    <form class="narrow-form stack" onSubmit=${form.submit}>
      <${SelectField} label="Channel" options=${options} help="Where uploads go that name no channel. These are the channels that you own or share." ...${form.of("default_channel_name")} />
      <${ProblemBox} problem=${form.problem} />
      <div><${Button} type="submit" isBusy=${form.isBusy} disabled=${form.wish.default_channel_name === known}>Save default channel<//></div>
    </form>
  <//>`;
}

const EMPTY = { old_password: "", new_password: "", again: "" };

function Password() {
  const form = useForm(EMPTY, async ({ old_password, new_password }) => {
    await put("/api/account/password", { old_password, new_password });
    form.set(EMPTY);
    say("Your password was changed. All of your other sign-ins have ended.");
  });
  const { old_password: old, new_password: fresh, again } = form.wish;
  const isOther = again !== "" && again !== fresh;
  return html`<${Section} title="Password">
    <form class="narrow-form stack" onSubmit=${form.submit} novalidate>
      <${TextField} label="Present password" type="password" autocomplete="current-password" ...${form.of("old_password")} />
      <${TextField} label="New password" type="password" autocomplete="new-password" help="At least 8 characters. It ends all of your other sign-ins; tokens stay." ...${form.of("new_password")} />
      <${TextField} label="New password once more" type="password" autocomplete="new-password" ...${form.of("again")} error=${isOther && "This is not the same."} />
      <${ProblemBox} problem=${form.problem} />
      <div><${Button} type="submit" isBusy=${form.isBusy} disabled=${!old || !fresh || again !== fresh}>Change password<//></div>
    </form>
  <//>`;
}
