/** Sending a file with a look at how far it is: fetch tells nothing of that. */

import { csrf } from "../../api.js";
import { away, readProblem } from "../../problem.js";

/**
 * @param {string} address
 * @param {File} file
 * @param {{overwrite?: boolean, onProgress: (part: number) => void, signal: AbortSignal}} options `part` from 0 to 1
 * @returns {Promise<object>} the file as the server took it
 * @throws {Problem}
 */
export function uploadFile(address, file, { overwrite, onProgress, signal }) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("POST", overwrite ? `${address}?overwrite=true` : address);
    request.setRequestHeader("X-CSRF-Token", csrf.word);
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onload = async () => {
      const type = request.getResponseHeader("Content-Type") ?? "";
      const response = new Response(request.responseText, { status: request.status, headers: { "Content-Type": type } });
      if (response.ok) done(JSON.parse(request.responseText));
      else fail(await readProblem(response));
    };
    request.onerror = () => fail(away());
    request.onabort = () => fail(new DOMException("The upload was stopped.", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    const form = new FormData();
    form.append("content", file);
    request.send(form);
  });
}
