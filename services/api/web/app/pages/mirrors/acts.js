/** What is done to a mirror: run, stop, delete, its dependency report. */

import { Button, channelHref, channelPath, ChoiceField, ConfirmDialog, del, Dialog, get, html, keepFile, Menu, path, post, ProblemBox, say, useAct, useState } from "../../kit.js";
import { useNow, setStop } from "./runs_now.js";

export const mirrorHref = ({ channel, id }, rest = "") => channelHref(channel, path`/mirrors/${id}` + rest);
export const mirrorPath = ({ channel, id }) => channelPath(channel) + path`/mirrors/${id}`;

/** What can be done just now; `problem` is to be drawn, and says what could not be done. @param {object} mirror as of rowOf */
export function useActs(mirror, reload) {
  const { state, isActive, run } = useNow(mirror);
  const base = mirrorPath(mirror);
  const { run: tell, error: problem, clear: close } = useAct((act) => act().finally(reload));
  const stop = async () => {
    setStop(mirror.id, run);
    try {
      await post(`${base}/stop_mirror_sync`);
    } catch (problem) {
      setStop(mirror.id, null);
      throw problem;
    }
  };
  const start = async () => {
    await post(`${base}/runs`);
    say(`${mirror.name} runs now.`);
  };
  const report = async () => {
    say(`Making the dependency report of ${mirror.name}…`, "info");
    const answer = await get(`${base}/dependency_report?format=csv`, { raw: true });
    keepFile(await answer.blob(), `${mirror.name}-dependencies.csv`);
  };
  const isAgain = state === "failed" || state === "stopped";
  return {
    problem: problem && html`<${Dialog} title=${`Not done with ${mirror.name}`} onClose=${close} actions=${html`<${Button} kind="primary" onClick=${close}>Close<//>`}><${ProblemBox} problem=${problem} /><//>`,
    run: { label: isAgain ? "Restart" : "Run now", icon: "play", isOff: isActive, act: () => tell(start) },
    stop: { label: state === "stopping" ? "Stopping…" : "Stop", icon: "stop", isOff: !isActive || state === "stopping", act: () => tell(stop) },
    report: { label: "Download dependency report", icon: "download", isOff: run === null, act: () => tell(report) },
  };
}

/**
 * The menu of a mirror.
 * @param {{mirror: object, mayEdit: boolean, reload: () => void, onGone?: () => void, isPage?: boolean}} props
 *   on its page it has what stands beside it not again
 */
export function MirrorMenu({ mirror, mayEdit, reload, onGone = reload, isPage = false }) {
  const [isDeleting, setDeleting] = useState(false);
  const acts = useActs(mirror, reload);
  return html`<${Menu} kind=${isPage ? "plain" : "quiet"} label=${`Actions of ${mirror.name}`} items=${[
      !isPage && { label: "View details", icon: "info", href: mirrorHref(mirror) },
      mayEdit && !isPage && { label: "Edit", icon: "edit", href: mirrorHref(mirror, "/edit") },
      mayEdit && !isPage && acts.run,
      mayEdit && !isPage && acts.stop,
      acts.report,
      mayEdit && { label: "Delete…", icon: "trash", isDanger: true, act: () => setDeleting(true) },
    ]} />
    ${acts.problem}
    ${isDeleting && html`<${DeleteMirror} mirror=${mirror} onDone=${onGone} onClose=${() => setDeleting(false)} />`}`;
}

const PACKAGES = [
  { value: "keep", text: "Keep its packages", help: "Clients go on reading what is stored. Of a passive mirror, files that nobody has asked for yet can't be had any more." },
  { value: "remove", text: "Remove its packages", help: "All that it brought leaves the channel, and what no other channel has is swept from the storage later. This can't be undone." },
];

function DeleteMirror({ mirror, onDone, onClose }) {
  const [packages, setPackages] = useState("keep");
  const act = async () => {
    await del(mirrorPath(mirror), { query: { packages } });
    say(`${mirror.name} was deleted.`);
    onDone();
  };
  return html`<${ConfirmDialog} title=${`Delete ${mirror.name}?`} action="Delete mirror" isDanger typed=${packages === "remove" ? mirror.name : undefined} onConfirm=${act} onClose=${onClose}>
    <p>The mirror, its schedule and its runs go${useNow(mirror).isActive ? "; the run that goes on is stopped" : ""}.</p>
    <${ChoiceField} label="What it brought to the channel" value=${packages} onChange=${setPackages} options=${PACKAGES} />
  <//>`;
}
