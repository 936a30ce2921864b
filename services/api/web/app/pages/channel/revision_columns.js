/** The columns of a list of revisions, and the words and figures of their changes. */

import { col, Badge, Button, bytes, channelHref, count, html, Time } from "../../kit.js";

/** Where a revision is compared with another one, or with the one before. */
export const changesHref = (channel, revision, against) =>
  channelHref(channel, `/changes?revision=${revision}${against ? `&against=${against}` : ""}`);

/** Counts with their signs: added, removed, changed. @param {{added: number, removed: number, changed: number, of: string}} props */
export function Signs({ added, removed, changed, of }) {
  const words = [added && `${count(added)} ${of} added`, removed && `${count(removed)} removed`, changed && `${count(changed)} changed`].filter(Boolean);
  return html`<span class="signs" title=${words.join(", ")}>
    <span class="off-screen">${words.join(", ") || `no ${of} changed`}</span>
    <span aria-hidden="true">${added > 0 && html`<span class="plus">+${count(added)}</span>`}${removed > 0 && html`<span class="minus">−${count(removed)}</span>`}${changed > 0 && html`<span class="swap">~${count(changed)}</span>`}${words.length === 0 && "–"}</span>
  </span>`;
}

const CAUSES = {
  run: ({ mirror, run }) => (mirror ? `Run ${count(run)} of ${mirror}` : "A run of a mirror"),
  decided_again: ({ mirror }) => (mirror ? `Other rules for ${mirror}` : "Other rules"),
  uploads: () => "Uploads",
  mirror_gone: () => "A mirror was deleted",
  order: () => "Another order of mirrors",
  rendered_again: () => "Rendered again",
};

/** Why a revision was made, in words. @param {{rolled_back_to: number|null, user: string|null, causes: object[]}} by */
export function why({ rolled_back_to: target, user, causes }) {
  if (target !== null) return `Rolled back to ${count(target)} by ${user ?? "somebody"}`;
  const told = causes.map((cause) => CAUSES[cause.kind]?.(cause) ?? cause.kind);
  return told.length > 2 ? `${told.slice(0, 2).join(", ")} and ${count(told.length - 2)} more` : told.join(", ") || "–";
}

/** @param {{isOpen: boolean, onRollBack?: (row: object) => void}} options what may be done with a row */
export function revisionColumns(channel, { isOpen, onRollBack }) {
  const signs = (row) => row.packages && html`<${Signs} of="packages" ...${row.packages} />`;
  const name = (row) => `Revision ${count(row.number)}`;
  return [
    {
      name: "number", title: "Revision", kind: "main",
      draw: (row) => html`<span class="revision-name">${isOpen ? html`<a href=${changesHref(channel, row.number)}>${name(row)}</a>` : name(row)}${row.is_current && html`<${Badge} kind="good">Now<//>`}</span>
        <small class="revision-why soft"><span class="spare">${why(row.by)}</span><span class="narrow-only">${signs(row)}<${Time} at=${row.published_at} /></span></small>`,
    },
    col("Published", (row) => html`<${Time} at=${row.published_at} />`, "spare"),
    col("Changed", (row) => signs(row) ?? "–", "number spare"),
    col("Packages", (row) => count(row.package_count), "number spare"),
    col("Files", (row) => count(row.artifact_count), "number spare"),
    col("Size", (row) => bytes(row.size_bytes), "number spare"),
    onRollBack && {
      name: "acts", title: html`<span class="off-screen">Actions</span>`, kind: "actions",
      draw: (row) => row.can_roll_back && html`<${Button} kind="quiet" icon="back" label=${`Roll back to revision ${row.number}`} onClick=${() => onRollBack(row)} />`,
    },
  ].filter(Boolean);
}
