/** Edit a mirror. */

import { channelHref, channelPath, Empty, get, html, Loading, path, ProblemBox, useAllowed, useEffect, useState } from "../../kit.js";
import { ChannelPage } from "../channel/shell.js";
import { MirrorForm } from "./form.js";
import { valuesOf } from "./wish.js";

/** Read it once: nothing that happens meanwhile may change what somebody types. */
function useOnce(address) {
  const [state, setState] = useState({ data: null, error: null });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    setState({ data: null, error: null });
    get(address, { signal: stop.signal }).then(
      (data) => setState({ data, error: null }),
      (error) => error.name !== "AbortError" && setState({ data: null, error }),
    );
    return () => stop.abort();
  }, [address, attempt]);
  return { ...state, reload: () => setAttempt((n) => n + 1) };
}

export default function EditMirror({ channel, mirror: id }) {
  const { may, isKnown } = useAllowed(channel);
  const it = useOnce(channelPath(channel) + path`/mirrors/${id}`);
  const title = it.data ? `Edit ${it.data.mirror_name}` : "Edit mirror";
  const above = [
    { href: channelHref(channel, "/mirrors"), text: "Mirrors" },
    it.data && { href: channelHref(channel, path`/mirrors/${id}`), text: it.data.mirror_name },
  ].filter(Boolean);
  return html`<${ChannelPage} channel=${channel} title=${title} above=${above} lead="Filters and policy act at once on what is known of the source; all else from the next run.">
    ${it.error ? html`<${ProblemBox} problem=${it.error} onRetry=${it.reload} />` : (!isKnown || !it.data) && html`<${Loading} />`}
    ${isKnown && it.data && !may("channel.mirror:edit") && html`<${Empty} title="You may not edit mirrors here">Ask an owner of the channel.<//>`}
    ${isKnown && it.data && may("channel.mirror:edit") && html`<${MirrorForm} key=${id} channel=${channel} mirror=${it.data} start=${valuesOf(it.data)} />`}
  <//>`;
}
