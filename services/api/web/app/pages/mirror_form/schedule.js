/** How often a mirror runs: a preset or a cron, and when that is. */

import { exact, html, Notice, post, relative, SelectField, TextField, useEffect, useState } from "../../kit.js";
import { CRONS } from "./wish.js";

const SETTLE_MS = 300;
const SHOWN = 3;

/** Ask when a cron fires; what is wrong with it is said as its error. */
function useFires(cron, isTried) {
  const [state, setState] = useState({ next: [], error: null });
  useEffect(() => {
    if (!isTried) return undefined;
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const { next } = await post("/api/mirrors/preview-cron", { cron }, { signal: stop.signal });
        setState({ next, error: null });
      } catch (error) {
        if (error.name !== "AbortError") setState({ next: [], error });
      }
    }, SETTLE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [cron, isTried]);
  return state;
}

/** @param {{of: (name: string) => object, isTried: boolean}} props */
export function ScheduleFields({ of, isTried }) {
  const { value: cron, onChange, error } = of("cron");
  const [isOwn, setOwn] = useState(!CRONS.some((one) => one.value === cron));
  const fires = useFires(cron, isTried);
  const choose = (value) => {
    setOwn(value === "own");
    if (value !== "own") onChange(value);
  };
  const wrong = error ?? (fires.error?.field === "cron" ? fires.error.message : null);
  return html`
    <${SelectField} label="Frequency" value=${isOwn ? "own" : cron} onChange=${choose} options=${[...CRONS, { value: "own", text: "Own times (cron)…" }]}
      error=${isOwn ? null : wrong} help="How often the source is looked at. A run with nothing new costs it a few small requests." />
    ${isOwn && html`<${TextField} label="Cron" class="input mono" value=${cron} onChange=${onChange} error=${wrong} spellcheck=${false}
      help="Minute, hour, day of month, month, day of week, in UTC: 30 2 * * mon-fri is 02:30 on workdays." />`}
    <div aria-live="polite">
      ${fires.next.length > 0 && html`<p class="field-help">Runs next ${fires.next.slice(0, SHOWN).map(
        (at, place) => html`${place > 0 && ", then "}<time datetime=${at} title=${exact(at)}>${place ? exact(at) : `${relative(at)} (${exact(at)})`}</time>`,
      )}.</p>`}
      ${fires.error && fires.error.field !== "cron" && html`<${Notice} kind="warn">${fires.error.message}<//>`}
    </div>
  `;
}
