/** Events of the audit history as people say them. Pure. */

/** First words that are not a subject as people say it. */
const SUBJECTS = { mirroring: "Run", artifact: "File", blob: "Storage", cve: "Vulnerabilities", verification: "Check of files" };
const WORDS = {
  channel_refresh_complete: "Channel published",
  channel_group_added: "Group given access to the channel",
  channel_group_deleted: "Group's access to the channel ended",
  channel_policy_assigned: "Policy assigned to the channel",
  channel_policy_unassigned: "Policy taken off the channel",
  mirror_policy_assigned: "Policy assigned to the mirror",
  mirror_policy_unassigned: "Policy taken off the mirror",
  mirror_policy_applied: "Mirror decided anew by its rules",
  mirror_registered: "Mirror created",
  group_user_added: "User added to the group",
  group_user_deleted: "User taken from the group",
  sign_in_refused: "Sign-in refused",
  user_signed_in: "Signed in",
  user_token_metadata_updated: "Token renamed",
  blob_cleanup_requested: "Sweep of the storage asked for",
  blob_cleanup_completed: "Storage swept",
  cve_update_finished: "Vulnerabilities read anew",
  report_generated: "Report made",
};

/** @param {string} type as "mirroring_stop_requested" */
export function eventWords(type) {
  if (WORDS[type]) return WORDS[type];
  const [first, ...rest] = type.split("_");
  return [SUBJECTS[first] ?? first[0].toUpperCase() + first.slice(1), ...rest].join(" ");
}

const SAID = ["mirror", "name", "user", "group", "role", "title", "ckey", "kind"];

/** What it was about: the first of the facts that names something. */
export const subjectOf = ({ data }) => SAID.map((name) => data[name]).find((value) => typeof value === "string" && value) ?? "";
