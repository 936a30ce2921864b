/** The editor of a policy: rules or source at the left, their effect at the right. Nothing typed gets lost. */

import { Button, get, html, navigate, Notice, Page, path, plural, post, ProblemBox, put, say, SelectField, TextField, useAct, useEffect, useLeaveDialog, useMemo, useState } from "../../kit.js";
import { useChecked } from "./checked.js";
import { DifferenceOf } from "./difference.js";
import { documentOf, draftOf, faultAt } from "./draft.js";
import { Effect } from "./effect.js";
import { ChannelField, isKey } from "./places.js";
import { Rules } from "./rules.js";
import { Source } from "./source.js";

export const ABOVE = [{ href: "/ui/policies", text: "Policies" }];

/** The address of a policy's page; "new" is the address of another one. */
export const policyHref = ({ name, id }, rest = "") => path`/ui/policies/${name === "new" ? id : name}` + rest;

/** Save a document on top of a version. @throws {Problem} 412 where there is a newer one */
export const saveOn = (policy, number, document) => put(path`/api/policies/${policy.id}`, document, { headers: { "If-Match": `"${number}"` } });

/** @param {{policy: object|null, start?: "rules"|"yaml", actions?: any, badges?: any, children?: any}} props `policy` may become newer while one types; null is a new one */
export function Editor({ policy, start = "rules", actions, badges, children }) {
  const [base, setBase] = useState(policy);
  const [draft, setDraft] = useState(() => draftOf(policy ?? {}));
  const [view, setView] = useState(start);
  const [isRead, setRead] = useState(true);
  const [theirs, setTheirs] = useState(null);
  const document = useMemo(() => documentOf(draft), [draft]);
  const text = JSON.stringify(document);
  const checked = useChecked(JSON.stringify({ ...document, name: document.name || "unnamed" }));
  const isSame = text === JSON.stringify(documentOf(draftOf(base ?? {})));
  const isDirty = !isSame || !isRead;
  const leaving = useLeaveDialog(isDirty);
  const newest = base && [theirs, policy].find((one) => one?.number > base.number);

  const take = (other) => {
    setBase(other);
    setDraft(draftOf(other));
    setView("rules");
    setRead(true);
  };
  // Somebody else saved it: theirs is shown where nothing was typed; else it is told below.
  useEffect(() => {
    if (newest && !isDirty) take(newest);
  }, [newest, isDirty]);

  const save = useAct(async (number) => {
    try {
      const saved = base ? await saveOn(base, number, document) : await post("/api/policies", document);
      setBase(saved);
      say(base ? `Saved as version ${saved.number}` : `Policy ${saved.name} was created. Assign it to let it act.`);
      if (saved.name !== base?.name) navigate(policyHref(saved), { replace: true, unguarded: true });
    } catch (error) {
      const now = base && [409, 412].includes(error.status) && (await get(path`/api/policies/${base.id}`));
      if (!now || now.number <= number) throw error;
      setTheirs(now);
    }
  });
  const problem = save.error?.field ? save.error : checked.problem;
  const field = (name) => ({ value: draft[name], error: faultAt(problem, name), onChange: (value) => setDraft({ ...draft, [name]: value }) });

  return html`<${Page} title=${base?.name ?? "New policy"} above=${ABOVE} badges=${badges}
    actions=${html`${actions}<${Button} kind="primary" isBusy=${save.isBusy} disabled=${(base && isSame) || !isRead || !document.name} onClick=${() => save.run(base?.number)}>${base ? "Save" : "Create policy"}<//>`}>
    ${newest && isDirty && html`<${Notice} kind="warn">
      <p><strong>${newest.saved_by ?? "Somebody"} saved version ${newest.number} meanwhile.</strong> What you typed is still here, and not saved.</p>
      <details><summary>What they changed</summary><${DifferenceOf} policy=${base.id} from=${base.number} to=${newest.number} /></details>
      <div class="row"><${Button} onClick=${() => save.run(newest.number)}>Save mine on top<//><${Button} onClick=${() => take(newest)}>Drop mine, take theirs<//></div>
    <//>`}
    <${ProblemBox} problem=${save.error ?? (/^(name|desc|rules\[)/.test(problem?.field) ? null : problem)} />
    ${leaving}
    <div class="editor">
      <div class="stack">
        <div class="columns small"><${TextField} label="Name" ...${field("name")} /><${TextField} label="Description" isOptional ...${field("description")} /></div>
        <div class="row" role="group" aria-label="Show the policy as">
          <h2>${plural(draft.rules.length, "rule")}</h2>
          ${[["rules", "Rules"], ["yaml", "YAML"], ["json", "JSON"]].map(([name, word]) => html`<${Button} key=${name} kind=${view === name ? "plain" : "quiet"} aria-pressed=${view === name} disabled=${!isRead} onClick=${() => setView(name)}>${word}<//>`)}
        </div>
        ${view === "rules"
          ? html`<${Rules} rules=${draft.rules} problem=${problem} onChange=${(rules) => setDraft({ ...draft, rules })} />`
          : html`<${Source} key=${view} document=${document} form=${view} onRead=${(read) => setDraft(draftOf(read))} onState=${setRead} />`}
        ${children}
      </div>
      <${Beside} base=${base} rules=${document.rules} isGood=${checked.isGood} isSame=${isSame} />
    </div>
  <//>`;
}

/** The effect where the policy is assigned, or on a channel that one chooses. */
function Beside({ base, rules, isGood, isSame }) {
  const places = base?.assigned.length;
  const [isThere, setThere] = useState(Boolean(places));
  const [channel, setChannel] = useState("");
  // While a rule is half typed, the effect of what was right before stays.
  const [good, setGood] = useState(null);
  useEffect(() => {
    if (isGood) setGood(rules);
  }, [isGood, rules]);
  const on = isThere ? { policy: base.id } : isKey(channel) ? { channel } : null;
  return html`<aside class="stack beside" aria-label="What would change">
    <h2>What would change</h2>
    ${places > 0 && html`<${SelectField} label="Where" value=${String(isThere)} onChange=${(word) => setThere(word === "true")} options=${[["true", `Where it is assigned (${plural(places, "place")})`], ["false", "On a channel, as if it were assigned there"]]} />`}
    ${!isThere && html`<${ChannelField} value=${channel} onChange=${setChannel} help="Nothing is saved by looking." />`}
    ${isThere && isSame ? html`<p class="soft">Nothing: it is saved as it stands here.</p>` : html`<${Effect} wish=${on && good && { ...on, rules: good }} />`}
  </aside>`;
}
