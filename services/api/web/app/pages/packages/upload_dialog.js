/** Putting files of one's own into a channel: dropped or chosen, one after the other. */

import { Button, bytes, channelPath, Dialog, html, Icon, Progress, useAllowed, useEffect, useRef, useState } from "../../kit.js";
import { uploadFile } from "./upload.js";

const KINDS = "Conda packages, wheels and sdists, R packages, notebooks (.ipynb), environments (.yml), SBOMs (.cdx.json, .spdx.json)";

/** @typedef {{file: File, state: "waiting"|"sending"|"done"|"failed", part?: number, problem?: Error, taken?: object}} Sent */

export function UploadDialog({ channel: key, onClose }) {
  const { may } = useAllowed(key);
  const [sent, setSent] = useState(/** @type {Sent[]} */ ([]));
  const [isOver, setOver] = useState(false);
  const chooser = useRef(null);
  // Each begins when the one before has ended.
  const { current: queue } = useRef({ last: Promise.resolve(), stop: new AbortController() });
  useEffect(() => () => queue.stop.abort(), []);

  const change = (file, changes) => setSent((all) => all.map((one) => (one.file === file ? { ...one, ...changes } : one)));
  const send = async (file, overwrite) => {
    const { signal } = queue.stop;
    if (signal.aborted) return;
    change(file, { state: "sending", part: 0 });
    try {
      const taken = await uploadFile(`${channelPath(key)}/artifacts`, file, { overwrite, signal, onProgress: (part) => change(file, { part }) });
      change(file, { state: "done", taken });
    } catch (problem) {
      change(file, { state: "failed", problem });
    }
  };
  const add = (files, overwrite) => {
    const fresh = [...files];
    setSent((all) => [...all.filter((one) => !fresh.includes(one.file)), ...fresh.map((file) => ({ file, state: "waiting" }))]);
    for (const file of fresh) queue.last = queue.last.then(() => send(file, overwrite));
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
    ${sent.length > 0 && html`<ul class="sent" aria-label="Files">${sent.map((one) => html`<${SentFile} key=${one.file} of=${one} mayReplace=${may("artifact:edit")} onAgain=${add} />`)}</ul>`}
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
        ${problem.status === 409 && mayReplace && html`<${Button} onClick=${() => onAgain([file], true)}>Replace what is there<//>`}
        ${(problem.isAway || problem.status >= 500 || problem.status === 429) && html`<${Button} onClick=${() => onAgain([file])}>Try again<//>`}
      </div>`}
  </li>`;
}
