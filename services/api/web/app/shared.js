/** Values that all pages share: whoever draws reads `.value`, and when one changes the app is drawn again. */

let draw = () => {};
let isDue = false;

/** Say how the app is drawn. @param {() => void} how */
export function drawBy(how) {
  draw = how;
  draw();
}

/** @template T @param {T} value @returns {{value: T}} Several changes at once are drawn once. */
export const shared = (value) => ({
  get value() {
    return value;
  },
  set value(next) {
    if (Object.is(next, value)) return;
    value = next;
    if (isDue) return;
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      draw();
    });
  },
});
