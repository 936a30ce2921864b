/** Signing in: by a password, or at the OpenID provider; again in place where a sign-in has ended. */

import { useGet } from "../resource.js";
import { session, signIn } from "../session.js";
import { html, useEffect, useRef, useState } from "../view.js";
import { Button } from "../ui/button.js";
import { Dialog } from "../ui/dialog.js";
import { TextField } from "../ui/field.js";
import { ProblemBox } from "../ui/problem_box.js";

export function SignInPage() {
  useEffect(() => {
    document.title = "Sign in · Tain";
  }, []);
  return html`<main class="alone">
    <div class="card sign-in">
      <p class="brand"><span class="brand-mark" aria-hidden="true"></span>Tain</p>
      <h1>Sign in</h1>
      <${Ways} />
    </div>
  </main>`;
}

/** The page behind stays as it is, with what was typed. */
export const SignInAgain = () =>
  html`<${Dialog} title="Your sign-in has ended" onClose=${() => {}}>
    <p>Sign in again to go on; nothing on the page is lost.</p>
    <${Ways} username=${session.value.username} />
  <//>`;

function Ways({ username }) {
  const methods = useGet("/api/auth/methods");
  if (methods.data === undefined && methods.error) return html`<${ProblemBox} problem=${methods.error} onRetry=${methods.reload} />`;
  if (methods.data?.mode === "oidc") {
    const next = encodeURIComponent(location.pathname + location.search);
    return html`<${Button} kind="primary" href=${`/api/auth/authorize?next=${next}`} icon="lock">Go on at your identity provider<//>`;
  }
  return html`<${PasswordForm} known=${username} />`;
}

function PasswordForm({ known }) {
  const [username, setUsername] = useState(known ?? "");
  const [password, setPassword] = useState("");
  const [state, setState] = useState({ isBusy: false, problem: null });
  const form = useRef(null);
  useEffect(() => form.current.querySelector(known ? "input[type=password]" : "input").focus(), []);
  const submit = async (event) => {
    event.preventDefault();
    setState({ isBusy: true, problem: null });
    try {
      await signIn(username.trim(), password);
    } catch (problem) {
      setPassword("");
      setState({ isBusy: false, problem });
      form.current?.querySelector("input[type=password]").focus();
    }
  };
  return html`<form class="stack" ref=${form} onSubmit=${submit} novalidate>
    <${TextField} label="User name" name="username" value=${username} onChange=${setUsername} autocomplete="username" autocapitalize="none" spellcheck=${false} />
    <${TextField} label="Password" name="password" type="password" value=${password} onChange=${setPassword} autocomplete="current-password" />
    <${ProblemBox} problem=${state.problem} />
    <${Button} kind="primary" isBusy=${state.isBusy} type="submit" disabled=${!username.trim() || !password}>Sign in<//>
  </form>`;
}
