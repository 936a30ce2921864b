/** Small drawings of our own, on a grid of 16; never the only sign of anything. */

import { html } from "../view.js";

const LINES = {
  channel: "M2 4h12M2 8h12M2 12h8",
  mirror: "M3 6a5 5 0 0 1 9.5-1M13 10a5 5 0 0 1-9.5 1M12.5 2v3h-3M3.5 14v-3h3",
  policy: "M8 1.8 13 4v4c0 3-2.2 5-5 6.2C5.2 13 3 11 3 8V4zM5.7 8l1.7 1.7L10.5 6.5",
  report: "M4 2h5.5L12.5 5v9H4zM9.5 2v3h3M6 8.5h4.5M6 11h4.5",
  people: "M6 7.5a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6M1.5 13.5c0-2.5 2-4 4.5-4s4.5 1.5 4.5 4M10.5 3.2a2.2 2.2 0 0 1 0 4.2M12 9.8c1.5.6 2.5 1.9 2.5 3.7",
  system: "M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9M10.5 10.5 14 14",
  plus: "M8 3v10M3 8h10",
  close: "M4 4l8 8M12 4l-8 8",
  more: "M2.8 8h.9M7.5 8h.9M12.2 8h.9",
  down: "M4 6l4 4 4-4",
  up: "M4 10l4-4 4 4",
  right: "M6 4l4 4-4 4",
  left: "M10 4l-4 4 4 4",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  check: "M3 8.5l3.5 3.5L13 4.5",
  warn: "M8 2 14.5 13.5h-13zM8 6.5v3.5M8 12h.01",
  info: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12M8 7.5V11M8 5h.01",
  freeze: "M8 1.5v13M2.4 4.8l11.2 6.4M13.6 4.8 2.4 11.2M6 2.5l2 1.5 2-1.5M6 13.5l2-1.5 2 1.5",
  stop: "M4 4h8v8H4z",
  play: "M5 3l8 5-8 5z",
  edit: "M3 13l.7-3L11 2.7l2.3 2.3L6 12.3zM9.5 4.2l2.3 2.3",
  trash: "M3 4.5h10M6 4.5v-2h4v2M4.5 4.5l.5 9h6l.5-9M7 7v4.5M9 7v4.5",
  download: "M8 2v8M4.5 7 8 10.5 11.5 7M3 13.5h10",
  upload: "M8 11V3M4.5 6 8 2.5 11.5 6M3 13.5h10",
  back: "M7 3 2.5 7.5 7 12M2.5 7.5H10a3.5 3.5 0 0 1 0 7H8",
  user: "M8 8a2.7 2.7 0 1 0 0-5.4A2.7 2.7 0 0 0 8 8M2.8 14c0-2.8 2.3-4.2 5.2-4.2s5.2 1.4 5.2 4.2",
  lock: "M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
  sun: "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1",
  moon: "M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7",
  auto: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12M8 2v12M10.5 3v10M12.5 4.5v7",
  menu: "M2 4h12M2 8h12M2 12h12",
  external: "M6.5 3H3v10h10V9.5M9 2.5h4.5V7M13.5 2.5 7.5 8.5",
  busy: "M8 2a6 6 0 1 0 6 6",
  globe: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12M2 8h12M8 2c2 2 2.5 4 2.5 6S10 12 8 14M8 2C6 4 5.5 6 5.5 8S6 12 8 14",
  key: "M5.5 10.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6M8.5 7.5H14v2.5M11.5 7.5v2",
};

/** @param {{name: keyof typeof LINES}} props */
export const Icon = ({ name }) =>
  html`<svg class=${`icon${name === "busy" ? " turning" : ""}`} viewBox="0 0 16 16" aria-hidden="true"><path d=${LINES[name]} /></svg>`;
