/** The editor of a policy: rules or source at the left, their effect at the right. Nothing typed gets lost. */

import { Button, ConfirmDialog, get, html, navigate, Notice, path, Page, plural, ProblemBox, post, put, say, SelectField, TextArea, TextField, useAct, useCallback, useEffect, useLeaveGuard, useMemo, useState } from "../../kit.js";
import { useChecked } from "./checked.js";
import { DifferenceOf } from "./difference.js";
import { documentOf, draftOf, faultAt, sameText } from "./draft.js";
import { Effect } from "./effect.js";
import { ChannelField, isKey } from "./places.js";
import { Rules } from "./rules.js";
import { Source } from "./source.js";

/** The address of a policy's page; "new" is the address of another one. */
export const policyHref = ({ name, id }, rest = "") => `/ui/policies/${encodeURIComponent(name === "new" ? id : name)}${rest}`;

const VIEWS = [["rules", "Rules"], ["yaml", "YAML"], ["json", "JSON"]];

/**
 * @param {{policy: object|null, start?: object, actions?: any, badges?: any, children?: any}} props
 *   `policy` is null for a new one, whose document begins as `start`; `policy` may become newer while one types.
 */
export function Editor({ policy, start = { name: "", rules: [] }, actions, badges, children }) {
  const [base, setBase] = useState(policy);
  const [draft, setDraft] = useState(() => draftOf(policy ?? start));
  const [view, setView] = useState("rules");
  const [source, setSource] = useState({ isGood: true, text: "" });
  const document = useMemo(() => documentOf(draft), [draft]);
  const checked = useChecked(document);
  const isSame = sameText(document) === sameText(base ?? { name: "", rules: [] });
  const isDirty = !isSame || !source.isGood;
  const leaving = useLeaveDialog(isDirty);

  // Somebody else saved it: take theirs where nothing was typed, else tell.
  const isBehind = Boolean(policy && base && policy.number > base.number);
  useEffect(() => {
    if (!isBehind || isDirty) return;
    setBase(policy);
    setDraft(draftOf(policy));
  }, [isBehind, isDirty]);

  const adopt = (saved) => {
    setBase(saved);
    setSource({ isGood: true, text: "" });
  };
  const save = useAct(async ({ onTop = base?.number } = {}) => {
    if (!base) {
      const made = await post("/api/policies", document);
      adopt(made);
      say(`Policy ${made.name} was created. Assign it to let it act.`);
      return navigate(policyHref(made), { replace: true, unguarded: true });
    }
    try {
      const saved = await put(path`/api/policies/${base.id}`, document, { headers: { "If-Match": `"${onTop}"` } });
      adopt(saved);
      say(`Saved as version ${saved.number}`);
      if (saved.name !== base.name) await navigate(policyHref(saved), { replace: true, unguarded: true });
    } catch (error) {
      if (error.status === 412 || error.status === 409) {
        const newest = await get(path`/api/policies/${base.id}`);
        if (newest.number > onTop) return setTheirs(newest);
      }
      throw error;
    }
    return undefined;
  });
  const [theirs, setTheirs] = useState(null);
  const newest = [policy, theirs].filter((one) => one && base && one.number > base.number).sort((a, b) => b.number - a.number)[0];
  const takeTheirs = () => {
    adopt(newest);
    setDraft(draftOf(newest));
    setView("rules");
    save.clear();
  };
  const onTop = async () => {
    setBase({ ...newest });
    await save.run({ onTop: newest.number });
  };
  const read = useCallback((document) => setDraft(draftOf(document)), []);
  const problem = save.error?.field ? save.error : checked.problem;
  const isElsewhere = problem && !problem.field?.match(/^(name|description|rules\[)/);

  return html`<${Page} title=${base ? base.name : "New policy"} above=${[{ href: "/ui/policies", text: "Policies" }]} badges=${badges}
    actions=${html`${actions}<${Button} kind="primary" isBusy=${save.isBusy} disabled=${(base && isSame) || !source.isGood || !draft.name.trim()} onClick=${() => save.run()}>${base ? "Save" : "Create policy"}<//>`}>
    ${newest && isDirty && html`<${Conflict} base=${base} newest=${newest} onTop=${onTop} onTheirs=${takeTheirs} />`}
    ${isElsewhere && html`<${ProblemBox} problem=${problem} />`}
    ${save.error && !save.error.field && html`<${ProblemBox} problem=${save.error} onRetry=${() => save.run()} />`}
    ${leaving}
    <div class="editor">
      <div class="stack">
        <div class="columns">
          <${TextField} label="Name" value=${draft.name} onChange=${(name) => setDraft({ ...draft, name })} error=${faultAt(problem, "name")} autocomplete="off" />
          <${TextArea} label="Description" isOptional rows=${1} value=${draft.description} onChange=${(description) => setDraft({ ...draft, description })} error=${faultAt(problem, "description")} />
        </div>
        <div class="toolbar">
          <h2>${plural(draft.rules.length, "rule")}</h2>
          <div class="segments end" role="group" aria-label="Show the policy as">
            ${VIEWS.map(([name, text]) => html`<button type="button" key=${name} aria-pressed=${view === name} disabled=${!source.isGood} onClick=${() => setView(name)}>${text}</button>`)}
          </div>
        </div>
        ${view === "rules" ? html`<${Rules} draft=${draft} problem=${problem} onChange=${setDraft} />` : html`<${Source} key=${view} document=${document} form=${view} onRead=${read} onState=${setSource} />`}
        ${children}
      </div>
      <${Beside} base=${base} document=${document} isGood=${checked.isGood} isSame=${isSame} />
    </div>
  <//>`;
}

/** The effect where the policy is assigned, or on a channel that one chooses. */
function Beside({ base, document, isGood, isSame }) {
  const [where, setWhere] = useState(base?.assigned.length ? "assigned" : "channel");
  const [channel, setChannel] = useState("");
  const [asked, setAsked] = useState(null);
  const on = where === "assigned" ? { policy: base?.id } : isKey(channel) && { channel };
  const wish = on && { ...on, rules: document.rules };
  // While a rule is half typed the effect of what was right before stays.
  useEffect(() => {
    if (isGood || !on) setAsked(on ? wish : null);
  }, [isGood, JSON.stringify(wish)]);
  const places = base?.assigned.length ?? 0;
  return html`<aside class="stack beside" aria-label="What would change">
    <h2>What would change</h2>
    ${places > 0 && html`<${SelectField} label="Where" value=${where} onChange=${setWhere} options=${[{ value: "assigned", text: `Where it is assigned (${plural(places, "place")})` }, { value: "channel", text: "On a channel, as if it were assigned there" }]} />`}
    ${where === "channel" && html`<${ChannelField} value=${channel} onChange=${setChannel} label=${places ? "Channel" : "On the channel"} />`}
    ${where === "assigned" && isSame ? html`<p class="soft">Nothing: it is saved as it stands here.</p>` : html`<${Effect} wish=${asked}><p class="soft">Choose a channel to see what these rules would change there. Nothing is saved by that.</p><//>`}
  </aside>`;
}

function Conflict({ base, newest, onTop, onTheirs }) {
  return html`<${Notice} kind="warn">
    <p><strong>${newest.saved_by ?? "Somebody"} saved version ${newest.number} while you were at work.</strong> What you typed is still here, and not saved.</p>
    <details><summary>What they changed since version ${base.number}</summary><${DifferenceOf} policy=${base.id} from=${base.number} to=${newest.number} /></details>
    <div class="row"><${Button} onClick=${onTop}>Save mine on top<//><${Button} onClick=${onTheirs}>Drop mine, take theirs<//></div>
  <//>`;
}

/** Asks before the page is left with something unsaved. @returns the dialog while it asks */
function useLeaveDialog(isDirty) {
  const [answer, setAnswer] = useState(null);
  const ask = useCallback(() => new Promise((resolve) => setAnswer(() => resolve)), []);
  useLeaveGuard(isDirty, ask);
  const end = (isLeaving) => {
    answer(isLeaving);
    setAnswer(null);
  };
  return answer && html`<${ConfirmDialog} title="Leave without saving?" action="Leave" isDanger onConfirm=${async () => end(true)} onClose=${() => answer && end(false)}>
    <p>What you changed is not saved yet, and would be lost.</p>
  <//>`;
}
