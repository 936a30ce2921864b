/** Copying, moving and deleting packages and files: asked for once, done by the server as a job. */

import {
  Button, channelPath, count, Dialog, FormDialog, get, html, Notice, ProblemBox, Progress, put, TextField, useEffect, useForm,
  useGet, useId, useState,
} from "../../kit.js";
import { keyOf } from "../channel/read.js";

const WORDS = { copy: "Copy", move: "Move", delete: "Delete" };
const OVER = ["done", "failed"];
const LOOK_MS = 500;

/**
 * @param {{channel: string, action: "copy"|"move"|"delete", items: Array<{name: string, family: string, ckey?: string}>,
 *   what: string, onDone: () => void, onClose: () => void}} props `what` names them, as "3 files"; `onDone` is told at the end.
 */
export function BulkDialog({ channel: key, action, items, what, onDone, onClose }) {
  const [job, setJob] = useState(null);
  const id = useId();
  const isDelete = action === "delete";
  const { data } = useGet(isDelete ? null : "/api/channels?limit=1000");
  const keys = (data?.items ?? []).map(keyOf).filter((one) => one !== key);
  const title = `${WORDS[action]} ${what}`;
  const form = useForm({ target_channel: "" }, async ({ target_channel: target }) => {
    const wish = { action, items, target_channel: isDelete ? null : target.trim() };
    setJob((await put(`${channelPath(key)}/artifacts/bulk`, wish)).job_id);
  });
  if (job) return html`<${JobDialog} channel=${key} id=${job} title=${title} onDone=${onDone} onClose=${onClose} />`;
  return html`<${FormDialog} title=${title} action=${WORDS[action]} kind=${isDelete ? "danger" : "primary"} form=${form} isWhole=${isDelete || form.wish.target_channel.trim()} onClose=${onClose}>
    ${isDelete
      ? html`<p>Clients don't see ${items.length === 1 ? "it" : "them"} any more as soon as the channel is published again. What a mirror brings stays out until somebody lets it in again.</p>`
      : html`<${TextField} label="To channel" ...${form.of("target_channel")} list=${id} autocomplete="off" spellcheck="false" help="CHANNEL, or CHANNEL/SUBCHANNEL" />
          <datalist id=${id}>${keys.map((one) => html`<option key=${one} value=${one} />`)}</datalist>
          <p class="field-help">${action === "copy" ? "Files that come on demand are fetched first." : "They leave this channel when they are in the other one."} The other channel's policy decides what shows there.</p>`}
  <//>`;
}

function JobDialog({ channel: key, id, title, onDone, onClose }) {
  const [it, setIt] = useState({ job: null, problem: null });
  const { job, problem } = it;
  const isOver = OVER.includes(job?.status);
  useEffect(() => {
    let timer = 0;
    let isShown = true;
    // No event tells how far a job is; it is looked at while somebody waits for it.
    const look = async () => {
      try {
        const found = await get(`${channelPath(key)}/artifacts/bulk/${id}`);
        if (!isShown) return;
        setIt({ job: found, problem: null });
        if (OVER.includes(found.status)) return onDone();
      } catch (error) {
        if (!isShown) return;
        setIt((was) => ({ ...was, problem: error }));
        if (error.status === 404) return;
      }
      timer = setTimeout(look, LOOK_MS);
    };
    look();
    return () => {
      isShown = false;
      clearTimeout(timer);
    };
  }, [id]);
  return html`<${Dialog} title=${title} onClose=${onClose} actions=${html`<${Button} kind=${isOver ? "primary" : "plain"} onClick=${onClose}>${isOver ? "Done" : "Close; it goes on"}<//>`}>
    ${!isOver && html`<${Progress} percent=${job?.total ? (100 * job.done) / job.total : null} label=${title} />
      <p role="status">${job ? `${count(job.done)} of ${count(job.total)}` : "Waiting…"}</p>`}
    ${isOver && (job.failed === 0 && !job.reason
      ? html`<${Notice} kind="good">All of it is done. It shows when the channel is published next.<//>`
      : html`<${Notice} kind="warn">Done with ${count(job.done - job.failed)} of ${count(job.total)}. ${job.reason}<//>`)}
    ${job?.failures.length > 0 && html`<ul class="lines">${job.failures.map((one) => html`<li key=${one.ckey}><span class="mono">${one.ckey}</span>: ${one.reason}</li>`)}</ul>`}
    <${ProblemBox} problem=${problem} />
  <//>`;
}
