/** Who is signed in, and what they may do. */

import { channelPath, csrf, del, get, onSignedOut, post } from "./api.js";
import { startLive, stopLive } from "./live.js";
import { forgetAll, useGet } from "./resource.js";
import { shared } from "./shared.js";

/** undefined until it is known, null for nobody. @type {{value: {username: string, roles: string[]}|null|undefined}} */
export const session = shared(undefined);

/** The actions that need no certain channel. @type {{value: Set<string>}} */
export const allowed = shared(new Set());

/** Whether the sign-in ended while somebody was at work; the page stays as it is until they sign in again. */
export const hasEnded = shared(false);

/** Tell whether who is signed in may do this somewhere. @param {string} action a word as "policy:edit" */
export const may = (action) => allowed.value.has(action);

/** The same, for pages of a channel, where `may` is about the channel. */
export const mayAnywhere = may;

async function begin({ username, roles, csrf_token }) {
  csrf.word = csrf_token;
  const { actions } = await get("/api/allowed");
  const isOther = session.value && session.value.username !== username;
  if (isOther) forgetAll();
  allowed.value = new Set(actions);
  session.value = { username, roles };
  hasEnded.value = false;
  stopLive();
  startLive();
}

/** Find out who holds the cookie. Problems but "nobody" are thrown. */
export async function findSession() {
  try {
    await begin(await get("/api/auth/session"));
  } catch (error) {
    if (error.status !== 401) throw error;
    session.value = null;
  }
}

export async function signIn(username, password) {
  await begin(await post("/api/auth/session", { username, password }));
}

export async function signOut() {
  try {
    await del("/api/auth/session");
  } finally {
    stopLive();
    forgetAll();
    csrf.word = "";
    allowed.value = new Set();
    hasEnded.value = false;
    session.value = null;
  }
}

onSignedOut(() => {
  if (session.value) {
    stopLive();
    hasEnded.value = true;
  }
});

/** What may be done in a channel. @param {string|null} key @returns {{may: (action: string) => boolean, isKnown: boolean}} */
export function useAllowed(key) {
  const { data } = useGet(key === null ? null : `${channelPath(key)}/allowed`, {
    on: ["channel.updated", "channel.shared", "user.changed", "role.changed", "group.changed"],
  });
  return { may: (action) => data?.actions.includes(action) ?? false, isKnown: data !== undefined };
}
