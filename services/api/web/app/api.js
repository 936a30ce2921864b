/** The REST API, as every page uses it: JSON in and out, problems as `Problem`, cookies and the CSRF word. */

import { away, readProblem } from "./problem.js";
import { shared } from "./shared.js";


/** The word that changes take as X-CSRF-Token; session.js sets it. */
export const csrf = { word: "" };

/** Whether the last request got any answer. */
export const isServerThere = shared(true);

let whenSignedOut = () => {};

/** @param {() => void} act what to do when the server says that nobody is signed in any more */
export function onSignedOut(act) {
  whenSignedOut = act;
}

/** Write an address with its parts encoded: path`/api/users/${name}`. */
export function path(parts, ...values) {
  return parts.reduce((written, part, at) => written + encodeURIComponent(values[at - 1]) + part);
}

/** The address of a channel by its key, CHANNEL or CHANNEL/SUBCHANNEL. @param {string} key */
export function channelPath(key) {
  const [channel, subchannel] = key.split("/");
  return subchannel ? path`/api/channels/${channel}/subchannels/${subchannel}` : path`/api/channels/${channel}`;
}

/** Add what has a value to an address; arrays give a name several times. */
export function withQuery(address, query = {}) {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "") asked.append(name, one);
    }
  }
  const text = asked.toString();
  return text ? `${address}${address.includes("?") ? "&" : "?"}${text}` : address;
}

/**
 * Send a request, and return what came: JSON as such, nothing as null, else text.
 * @param {string} method
 * @param {string} address
 * @param {{body?: unknown, query?: object, signal?: AbortSignal, headers?: object, raw?: boolean}} options
 *   `body` is sent as JSON, FormData and Blob as they are; `raw` returns the Response.
 * @throws {Problem}
 */
export async function send(method, address, { body, query, signal: stop, headers = {}, raw = false } = {}) {
  const isOwnKind = body instanceof FormData || body instanceof Blob;
  const sent = { Accept: "application/json", ...headers };
  if (body !== undefined && !isOwnKind) sent["Content-Type"] = "application/json";
  if (method !== "GET" && csrf.word) sent["X-CSRF-Token"] = csrf.word;
  let response;
  try {
    response = await fetch(withQuery(address, query), {
      method,
      headers: sent,
      body: body === undefined || isOwnKind ? body : JSON.stringify(body),
      credentials: "same-origin",
      signal: stop,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    isServerThere.value = false;
    throw away();
  }
  isServerThere.value = response.status !== 502;
  if (!response.ok) {
    const problem = await readProblem(response);
    if (response.status === 401 && !address.startsWith("/api/auth/")) whenSignedOut();
    throw problem;
  }
  if (raw) return response;
  if (response.status === 204) return null;
  const text = await response.text();
  return (response.headers.get("Content-Type") ?? "").includes("json") && text ? JSON.parse(text) : text || null;
}

export const get = (address, options) => send("GET", address, options);
export const post = (address, body, options) => send("POST", address, { body, ...options });
export const put = (address, body, options) => send("PUT", address, { body, ...options });
export const del = (address, options) => send("DELETE", address, options);
