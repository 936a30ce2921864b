/** How often a mirror runs: a preset or a cron, and when that is. */

import { exact, html, Notice, post, relative, SelectField, TextField, useEffect, useState } from "../../kit.js";
import { useAsk } from "./ask.js";
import { CRONS } from "./wish.js";

const SETTLE_MS = 300;
const SHOWN = 3;
const OWN = { value: "own", text: "Own times (cron)…" };

/** @param {{form: object, isTried: boolean}} props */
export function ScheduleFields({ form, isTried }) {
  const { error: refused, ...field } = form.of("cron");
  const { value: cron, onChange } = field;
  const [isOwn, setOwn] = useState(!CRONS.some(({ value }) => value === cron));
  const { data, error: problem, ask } = useAsk();
  useEffect(() => {
    if (!isTried) return;
    const timer = setTimeout(() => ask(cron, (signal) => post("/api/mirrors/preview-cron", { cron }, { signal })), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [cron, isTried]);
  const choose = (value) => {
    setOwn(value === "own");
    if (value !== "own") onChange(value);
  };
  const isWrong = problem?.field === "cron";
  const error = refused ?? (isWrong ? problem.message : null);
  return html`
    <${SelectField} label="Frequency" value=${isOwn ? "own" : cron} onChange=${choose} options=${[...CRONS, OWN]} error=${isOwn ? null : error}
      help="How often the source is looked at. A run with nothing new costs it a few small requests." />
    ${isOwn && html`<${TextField} label="Cron" class="input mono" ...${field} error=${error} spellcheck=${false}
      help="Minute, hour, day of month, month, day of week, in UTC: 30 2 * * mon-fri is 02:30 on workdays." />`}
    <div aria-live="polite">
      ${data && html`<p class="field-help">Runs next ${data.next.slice(0, SHOWN).map(
        (at, place) => html`${place > 0 && ", then "}<time datetime=${at}>${place ? exact(at) : `${relative(at)} (${exact(at)})`}</time>`,
      )}.</p>`}
      ${problem && !isWrong && html`<${Notice} kind="warn">${problem.message}<//>`}
    </div>
  `;
}
