/** Putting files of one's own into a channel: dropped or chosen, one after the other. */

import { Button, bytes, channelPath, Dialog, html, Icon, Progress, useAllowed, useEffect, useRef, useState } from "../../kit.js";
import { uploadFile } from "./upload.js";

const KINDS = "Conda packages, wheels and sdists, R packages, notebooks (.ipynb), environments (.yml), SBOMs (.cdx.json, .spdx.json)";

/** @typedef {{id: number, file: File, state: "waiting"|"sending"|"done"|"failed", part: number, problem?: Error, taken?: object}} Sent */

export function UploadDialog({ channel: key, onClose }) {
  const { may } = useAllowed(key);
  const [sent, setSent] = useState(/** @type {Sent[]} */ ([]));
  const [isOver, setOver] = useState(false);
  const chooser = useRef(null);
  const queue = useRef({ next: 0, isBusy: false, wishes: [], stop: new AbortController() });
  useEffect(() => () => queue.current.stop.abort(), []);

  const change = (id, changes) => setSent((all) => all.map((one) => (one.id === id ? { ...one, ...changes } : one)));
  const work = async () => {
    const it = queue.current;
    if (it.isBusy) return;
    it.isBusy = true;
    for (let wish = it.wishes.shift(); wish; wish = it.wishes.shift()) {
      const { id, file, overwrite } = wish;
      change(id, { state: "sending", part: 0, problem: undefined });
      try {
        const taken = await uploadFile(`${channelPath(key)}/artifacts`, file, { overwrite, signal: it.stop.signal, onProgress: (part) => change(id, { part }) });
        change(id, { state: "done", taken });
      } catch (problem) {
        if (problem.name === "AbortError") break;
        change(id, { state: "failed", problem });
      }
    }
    it.isBusy = false;
  };
  const add = (files) => {
    const fresh = [...files].map((file) => ({ id: (queue.current.next += 1), file, state: "waiting", part: 0 }));
    setSent((all) => [...all, ...fresh]);
    queue.current.wishes.push(...fresh.map(({ id, file }) => ({ id, file })));
    work();
  };
  const again = ({ id, file }, overwrite) => {
    change(id, { state: "waiting", problem: undefined });
    queue.current.wishes.push({ id, file, overwrite });
    work();
  };
  const drop = (event) => {
    event.preventDefault();
    setOver(false);
    add(event.dataTransfer.files);
  };
  const over = (event) => {
    event.preventDefault();
    setOver(true);
  };
  const isBusy = sent.some((one) => one.state === "waiting" || one.state === "sending");
  const isDone = sent.some((one) => one.state === "done");
  return html`<${Dialog} title="Upload files" onClose=${onClose} actions=${html`<${Button} onClick=${onClose}>${isBusy ? "Stop and close" : "Close"}<//>`}>
    <div class=${isOver ? "drop over" : "drop"} onDragOver=${over} onDragLeave=${() => setOver(false)} onDrop=${drop}>
      <${Icon} name="upload" />
      <p>Drop files here, or</p>
      <${Button} kind="primary" onClick=${() => chooser.current.click()}>Choose files<//>
      <input ref=${chooser} type="file" multiple class="off-screen" tabindex="-1" aria-label="Files to upload" onChange=${(event) => {
        add(event.target.files);
        event.target.value = "";
      }} />
      <p class="field-help">${KINDS}.</p>
    </div>
    ${sent.length > 0 && html`<ul class="sent" aria-label="Files">${sent.map((one) => html`<${SentFile} key=${one.id} of=${one} mayReplace=${may("artifact:edit")} onAgain=${again} />`)}</ul>`}
    ${isDone && html`<p class="field-help" role="status">Files show in the channel as soon as it is published with them, where its policy lets them in. A frozen channel shows them when it is unfrozen.</p>`}
  <//>`;
}

function SentFile({ of: one, mayReplace, onAgain }) {
  const { file, state, part, problem, taken } = one;
  return html`<li>
    <div class="row"><strong class="cut">${file.name}</strong><span class="soft">${bytes(file.size)}</span></div>
    ${state === "waiting" && html`<p class="soft">Waiting</p>`}
    ${state === "sending" && (part < 1 ? html`<${Progress} percent=${Math.round(part * 100)} label=${`Uploading ${file.name}`} />` : html`<p class="soft" role="status">Sent; the server checks it…</p>`)}
    ${state === "done" && html`<p class="fine" role="status"><${Icon} name="check" /> Taken as ${taken.name}${taken.version ? ` ${taken.version}` : ""}</p>`}
    ${state === "failed" && html`<p class="field-error" role="alert">${problem.message}</p>
      <div class="row">
        ${problem.status === 409 && mayReplace && html`<${Button} onClick=${() => onAgain(one, true)}>Replace what is there<//>`}
        ${(problem.isAway || problem.status >= 500 || problem.status === 429) && html`<${Button} onClick=${() => onAgain(one, false)}>Try again<//>`}
      </div>`}
  </li>`;
}
