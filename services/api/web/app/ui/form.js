/** Forms: what is typed, which field is wrong, and a dialog to fill one in. */

import { useAct } from "../resource.js";
import { useLeaveGuard } from "../router.js";
import { html, useCallback, useState } from "../view.js";
import { Button } from "./button.js";
import { ConfirmDialog, Dialog } from "./dialog.js";
import { ProblemBox } from "./problem_box.js";

/**
 * Keep the values of a form; `act` gets them when it is sent.
 *
 * `form.of("email")` are the properties of the field of this name, with its error where the server names it;
 * `form.problem` is one that no field shows. Nothing typed gets lost on an error.
 * What `form.run` is given goes to `act`, too, for forms with several buttons.
 * @param {object} initial by the server's names of the fields
 * @param {(wish: object, ...given: any[]) => Promise<unknown>} act
 */
export function useForm(initial, act) {
  const [wish, setWish] = useState(initial);
  const sent = useAct((...given) => act(wish, ...given));
  const shown = new Set();
  return {
    ...sent,
    wish,
    set: (changes) => setWish((was) => ({ ...was, ...changes })),
    of(name) {
      shown.add(name);
      const message = sent.error?.field === name ? sent.error.message : null;
      // The server names the field as the API does; here it stands below its label.
      const error = message?.startsWith(`${name} `) ? `This${message.slice(name.length)}` : message;
      const onChange = (value) => {
        if (error) sent.clear();
        setWish((was) => ({ ...was, [name]: value }));
      };
      return { value: wish[name], error, onChange };
    },
    get problem() {
      return sent.error && !shown.has(sent.error.field) ? sent.error : null;
    },
    submit(event) {
      event.preventDefault();
      sent.run();
    },
  };
}

/** @param {{title: string, action: string, form: ReturnType<typeof useForm>, kind?: string, isWhole?: any, isWide?: boolean, onClose: () => void}} props */
export const FormDialog = ({ title, action, kind = "primary", form, isWhole = true, isWide, onClose, children }) => html`
  <${Dialog} title=${title} isWide=${isWide} onClose=${onClose} onSubmit=${() => isWhole && form.run()} actions=${html`
    <${Button} onClick=${onClose}>Cancel<//>
    <${Button} kind=${kind} type="submit" isBusy=${form.isBusy} disabled=${!isWhole}>${action}<//>`}>
    ${children}
    <${ProblemBox} problem=${form.problem} />
  <//>
`;

/** Ask before the page is left with something unsaved. @returns the dialog while it asks */
export function useLeaveDialog(isDirty) {
  const [answer, setAnswer] = useState(null);
  const ask = useCallback(() => new Promise((resolve) => setAnswer(() => resolve)), []);
  useLeaveGuard(isDirty, ask);
  const end = () => {
    answer(false);
    setAnswer(null);
  };
  return answer && html`<${ConfirmDialog} title="Leave without saving?" action="Leave" isDanger onConfirm=${async () => answer(true)} onClose=${end}><p>What you changed would be lost.</p><//>`;
}
