/** Dialogs on the browser's own: focus stays in, Escape closes, and goes back to where it was. */

import { html, useEffect, useId, useRef, useState } from "../view.js";
import { Button } from "./button.js";
import { ProblemBox } from "./problem_box.js";

/**
 * @param {{title: string, onClose: () => void, actions?: any, isWide?: boolean, onSubmit?: () => void}} props
 *   With `onSubmit` the content is a form, and a button of type submit in `actions` sends it.
 */
export function Dialog({ title, onClose, actions, isWide = false, onSubmit, children }) {
  const element = useRef(null);
  const id = useId();
  useEffect(() => {
    element.current.showModal();
  }, []);
  const submit = (event) => {
    event.preventDefault();
    onSubmit?.();
  };
  const close = (event) => {
    event.preventDefault();
    onClose();
  };
  const Inside = onSubmit ? "form" : "div";
  return html`<dialog ref=${element} class=${isWide ? "dialog wide" : "dialog"} aria-labelledby=${id} onCancel=${close}>
    <${Inside} onSubmit=${onSubmit && submit} novalidate=${Boolean(onSubmit)}>
      <header class="dialog-head">
        <h2 id=${id}>${title}</h2>
        <${Button} kind="quiet" icon="close" label="Close" onClick=${onClose} />
      </header>
      <div class="dialog-body">${children}</div>
      ${actions && html`<footer class="dialog-foot">${actions}</footer>`}
    <//>
  </dialog>`;
}

/**
 * Ask before something is done; what goes wrong is said in the dialog.
 * @param {{title: string, action: string, isDanger?: boolean, onConfirm: () => Promise<unknown>, onClose: () => void,
 *   typed?: string}} props `typed` must be typed first, for what can't be undone.
 */
export function ConfirmDialog({ title, action, isDanger = false, onConfirm, onClose, typed, children }) {
  const [state, setState] = useState({ isBusy: false, problem: null });
  const [text, setText] = useState("");
  const id = useId();
  const confirm = async () => {
    if (typed && text !== typed) return;
    setState({ isBusy: true, problem: null });
    try {
      await onConfirm();
      onClose();
    } catch (problem) {
      setState({ isBusy: false, problem });
    }
  };
  const actions = html`<${Button} onClick=${onClose}>Cancel<//>
    <${Button} kind=${isDanger ? "danger" : "primary"} type="submit" isBusy=${state.isBusy} disabled=${Boolean(typed) && text !== typed}>${action}<//>`;
  return html`<${Dialog} title=${title} onClose=${onClose} onSubmit=${confirm} actions=${actions}>
    ${children}
    ${typed &&
    html`<div class="field">
      <label for=${id}>Type <code>${typed}</code> to go on</label>
      <input id=${id} class="input" autocomplete="off" value=${text} onInput=${(event) => setText(event.target.value)} />
    </div>`}
    <${ProblemBox} problem=${state.problem} />
  <//>`;
}
