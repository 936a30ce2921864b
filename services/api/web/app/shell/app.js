/** Who is there decides what is drawn: the sign-in, or the frame with the page of the address. */

import { findSession, hasEnded, session } from "../session.js";
import { html, useEffect, useState } from "../view.js";
import { Loading } from "../ui/loading.js";
import { ProblemBox } from "../ui/problem_box.js";
import { Toasts } from "../ui/toast.js";
import { Frame } from "./frame.js";
import { SignInAgain, SignInPage } from "./sign_in.js";

const RETRY_MS = 2000;

export function App() {
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    let timer = 0;
    const find = async () => {
      try {
        await findSession();
        setProblem(null);
      } catch (error) {
        setProblem(error);
        timer = setTimeout(find, RETRY_MS);
      }
    };
    find();
    return () => clearTimeout(timer);
  }, []);
  return html`${shown(problem)}<${Toasts} />`;
}

function shown(problem) {
  if (session.value === undefined) {
    return html`<main class="alone">${problem ? html`<${ProblemBox} problem=${problem} />` : html`<${Loading} />`}</main>`;
  }
  if (session.value === null) return html`<${SignInPage} />`;
  return html`<${Frame} />${hasEnded.value && html`<${SignInAgain} />`}`;
}
