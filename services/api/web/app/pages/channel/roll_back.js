/** Asking before a channel is rolled back: what will come, what will go, and that it will be frozen. */

import { bytes, channelPath, ConfirmDialog, count, html, Loaded, Notice, plural, post, say, sentence, Time, useGet } from "../../kit.js";
import { changesHref } from "./revision_columns.js";

/**
 * @param {{channel: string, revision: {number: number, published_at: string, remarks: string[]}, current: number,
 *   isFrozen: boolean, onDone: () => void, onClose: () => void}} props `current` is the number of what clients read now
 */
export function RollBack({ channel, revision, current, isFrozen, onDone, onClose }) {
  const { number } = revision;
  const difference = useGet(`${channelPath(channel)}/revisions/${number}/changes?against=${current}&limit=1`);
  const act = async () => {
    const done = await post(`${channelPath(channel)}/rollback`, { revision: number });
    say(`${channel} shows what revision ${count(number)} had, as revision ${count(done.revision)}. It is frozen.`);
    onDone();
  };
  return html`<${ConfirmDialog} title=${`Roll back to revision ${count(number)}?`} action="Roll back and freeze" onConfirm=${act} onClose=${onClose}>
    <p>Clients get again, at once, what was published <${Time} at=${revision.published_at} />, as it was then.</p>
    <${Loaded} of=${difference}>${({ summary }) => html`<${Effect} summary=${summary} href=${changesHref(channel, number, current)} />`}<//>
    ${revision.remarks.map((remark) => html`<${Notice} kind="warn" key=${remark}>${sentence(remark)}.<//>`)}
    <p>${isFrozen ? html`The channel stays <strong>frozen</strong>` : html`The channel will be <strong>frozen</strong>`}, so that no run undoes it. When you unfreeze it, clients get what its mirrors, uploads and policies hold then.</p>
  <//>`;
}


function Effect({ summary, href }) {
  const { packages, added, removed, replaced } = summary;
  const amount = ({ files, size_bytes: size }) => `${plural(files, "file")}, ${bytes(size)}`;
  const lines = [
    added.files + packages.added > 0 && ["plus", "Come back", packages.added, added],
    removed.files + packages.removed > 0 && ["minus", "Go", packages.removed, removed],
    replaced.files > 0 && ["swap", "Have other bytes", null, replaced],
  ].filter(Boolean);
  return html`
    ${lines.length === 0
      ? html`<p>The files are the same as now; only what is told of some of them differs.</p>`
      : html`<ul class="roll-effect">${lines.map(
          ([sign, word, names, files]) => html`<li key=${word} class=${sign}><strong>${word}:</strong> ${names ? `${plural(names, "package")}, ` : ""}${amount(files)}</li>`,
        )}</ul>`}
    <p><a href=${href}>Show them one by one</a></p>
    ${summary.removed_by_hand > 0 && html`<${Notice} kind="warn">${plural(summary.removed_by_hand, "file")} of these ${summary.removed_by_hand === 1 ? "was" : "were"} taken out by hand since. Make sure that ${summary.removed_by_hand === 1 ? "it does" : "they do"} no harm.<//>`}
    <${Notice}>Rules and vulnerabilities known since don't count for it. Files that are not stored come from their source, where it still has them.<//>`;
}
