/** Where runs are just now, as it is told live: the step, the counts, how quick they are and how long they still take. */

import { bytes, onLive, useEffect, useState } from "../../kit.js";

const SPEED_MS = 10_000;
const TREND_MS = 60_000;
const SHORTEST_MS = 2000;
const DOWNLOAD_STEP = 6;
const ACTIVE = ["pending", "running", "stopping"];

/** Mirror id -> the last mirror.progress, with speed and time left; the run that one has asked to stop; what it did lately. */
const told = new Map();
const stops = new Map();
const tracks = new Map();
/** Those who draw a mirror, by its id. @type {Set<(id: string) => void>} */
const watchers = new Set();

const tell = (id) => watchers.forEach((hear) => hear(id));

/** What a run did lately -> bytes a second, and seconds left; null where nobody knows. Pure. */
export function paceOf(track) {
  const last = track.at(-1);
  const over = (ms) => {
    const first = track.find((one) => last.at - one.at <= ms);
    const seconds = (last.at - first.at) / 1000;
    return seconds * 1000 < SHORTEST_MS ? null : { seconds, first };
  };
  const lately = over(SPEED_MS);
  const trend = over(TREND_MS);
  if (last.step !== DOWNLOAD_STEP || !lately) return { speed: null, left: null };
  const speed = (last.bytes - lately.first.bytes) / lately.seconds;
  // By files where they go on; large ones take long, and only the percentage knows their bytes.
  const files = (last.files - trend.first.files) / trend.seconds;
  const percent = (last.percent - trend.first.percent) / trend.seconds;
  const open = 100 - last.percent;
  const left = speed <= 0 || open <= 0 ? null : files > 0 ? (last.planned * open) / 100 / files : percent > 0 ? open / percent : null;
  return { speed, left };
}

function note(data) {
  const { mirror_id: id, run_number: run, step_number: step, step_percent: percent, bytes_transferred: bytes } = data;
  const now = { at: Date.now(), run, step, percent, bytes, files: data.active + data.failed, planned: data.active_planned };
  const before = tracks.get(id) ?? { track: [] };
  const last = before.track.at(-1);
  // Another run, step or attempt begins anew.
  const isOn = last && last.run === run && last.step === step && last.bytes <= bytes;
  const track = [...(isOn ? before.track.filter((one) => now.at - one.at <= TREND_MS) : []), now];
  clearTimeout(before.timer);
  const show = (pace) => {
    told.set(id, { ...data, ...pace });
    tell(id);
  };
  show(paceOf(track));
  // Where nothing is told any more, nobody knows how quick it is.
  tracks.set(id, { track, timer: setTimeout(() => show({ speed: null, left: null }), SPEED_MS) });
}

onLive(({ type, data }) => {
  if (type === "mirror.progress") note(data);
  else if (type === "mirror.finished") setStop(data.mirror_id, null);
});

/** Remember that a run was asked to stop, by its number; null for none. */
export function setStop(id, run) {
  stops.set(id, run);
  tell(id);
}

/**
 * A mirror as the REST API and the live stream know it -> how it is at this moment, drawn again with every news of it.
 * @returns {{run: number|null, state: string, isActive: boolean, step: string, stepNumber: number, percent: number, listed: number,
 *   planned: number, failed: number, bytes: number, speed: number|null, left: number|null, waits: string|null}} `waits` says for what
 */
export function useNow({ id, state, run_number: number, sync_state: sync }) {
  const [, redraw] = useState(0);
  useEffect(() => {
    const hear = (which) => which === id && redraw((n) => n + 1);
    watchers.add(hear);
    return () => watchers.delete(hear);
  }, [id]);
  const live = told.get(id);
  const isNewer = live && (live.run_number > (number ?? 0) || (live.run_number === number && ACTIVE.includes(state)));
  const { count } = sync;
  const now = isNewer
    ? { state: live.state, step: live.step, stepNumber: live.step_number, percent: live.step_percent, bytes: live.bytes_transferred, ...live }
    : { state, step: sync.current_step_description, stepNumber: sync.current_step_number, percent: sync.current_step_percentage, bytes: sync.bytes_transfered, ...count };
  // A mirror that never ran says "pending", too.
  const run = isNewer ? live.run_number : number;
  const isActive = ACTIVE.includes(now.state) && run !== null;
  const isStopping = isActive && stops.get(id) === run;
  return {
    ...now,
    run,
    state: isStopping ? "stopping" : now.state,
    isActive,
    listed: now.active + now.passive,
    planned: now.active_planned,
    speed: isNewer ? live.speed : null,
    left: isNewer && !isStopping ? live.left : null,
    waits: isNewer || !isActive ? null : sync.last_exception,
  };
}

/** Bytes a second; null where nobody knows. */
export const perSecond = (speed) => (speed === null ? "–" : `${bytes(speed)}/s`);

/** What to read anew on, of a run that begins or ends. */
export const onRuns = (id) => ({ on: ["mirror.started", "mirror.finished"], when: ({ data }) => data.mirror_id === id });

/** Both shapes of a mirror -> one. @param {object} it @param {string} [key] of its channel, where it does not say */
export const rowOf = (it, key) => ({
  ...it,
  id: it.mirror_id ?? it.id,
  name: it.mirror_name ?? it.name,
  type: it.mirror_type ?? it.type,
  mode: it.mirror_mode ?? it.mode,
  channel: key ?? (it.subchannel ? `${it.channel.name}/${it.subchannel.name}` : it.channel.name),
});
