// A hand on a dial, a line and a kernel, in made-up time: what `hurry` of live.js makes of them.
// node tests/flow.mjs < CASES prints, for each, pictures a second and milliseconds behind the
// hand, and what the kernel heard last where a second dial is moved at the end; or, for a list of
// [way, work, wait, full], how many messages may be under way after each.
import { readFileSync } from "node:fs";

const file = new URL("../adam_lab/live.js", import.meta.url);
let time = 0, events = [];
const at = (when, what) => events.push([when, what]);
globalThis.window = { adamArrows: true };
globalThis.performance = { now: () => time };
globalThis.requestAnimationFrame = (draw) => at(Math.floor(time / 16.67 + 1) * 16.67, draw);
const source = readFileSync(file, "utf8") + "\nexport { adapt, hurry };";
const { adapt, hurry } = await import(`data:text/javascript,${encodeURIComponent(source)}`);

// A slider's model as ipywidgets has it: one message under way, the newest value kept back.
function dial(carry) {
  return {
    _pending_msgs: 0, _msg_buffer: null, _msg_buffer_callbacks: null, most: 0,
    callbacks: () => ({}),
    rememberLastUpdateFor() {},
    send_sync_message(state, callbacks) {
      this.most = Math.max(this.most, (this._pending_msgs += 1));
      carry(state.value, (busy, idle) => {
        this._pending_msgs -= 1;
        if (this._msg_buffer && this._pending_msgs < 1) {
          const [held, back] = [this._msg_buffer, this._msg_buffer_callbacks];
          this._msg_buffer = null;
          this.send_sync_message(held, back);
        }
        for (const [when, execution_state] of [[busy, "busy"], [idle, "idle"]]) {
          const header = { date: new Date(1e12 + when).toISOString() };
          callbacks.iopub?.status?.({ header, content: { execution_state } });
        }
      });
    },
    move(value) {
      const callbacks = this.callbacks();
      if (this._pending_msgs < 1) return this.send_sync_message({ value }, callbacks);
      [this._msg_buffer, this._msg_buffer_callbacks] = [{ value }, callbacks];
    },
  };
}

// way: there and back, work: of the kernel for a picture, on the line: of a picture; milliseconds.
// For the first `slow` seconds the kernel takes 300; the pictures are those from `from` on.
function drag({ way, work, line = 0, ours = true, seconds = 4, slow = 0, from = 0, second = false }) {
  [time, events] = [0, []];
  let kernel = 0, free = 0;
  const moved = [], lags = [];
  let heard;
  const carry = (value, answer) => at(time + way / 2, () => {
    heard = value;
    const busy = Math.max(kernel, time);
    kernel = busy + (time < 1000 + 1000 * slow ? 300 : work);
    const idle = kernel;
    at(idle, () => {
      free = Math.max(free, time) + line;
      at(free + way / 2, () => {
        if (value in moved && time >= 1000 + 1000 * from) lags.push(time - moved[value]);
        answer(busy, idle);
      });
    });
  });
  const slider = dial(carry), other = dial(carry);
  if (ours) hurry([slider, other], () => true);
  for (let i = 0; i < 60 * seconds; i++)
    at(1000 + i * 1000 / 60, () => {
      moved[i] = time;
      slider.move(i);
    });
  if (second) at(1000 + 1000 * seconds, () => other.move("second"));
  while (events.length) {
    events.sort((a, b) => a[0] - b[0]);
    const [when, what] = events.shift();
    time = when;
    what();
  }
  lags.sort((a, b) => a - b);
  const part = (share) => Math.round(lags[Math.floor(share * lags.length)]);
  const rest = Math.round(time - 1000 - seconds * 1000);
  const pictures = lags.length / (seconds - from);
  return { pictures, lag: part(0.5), lag95: part(0.95), rest, most: slider.most, heard };
}

const cases = JSON.parse(readFileSync(0, "utf8"));
const hand = { limit: 2, wait: 0, work: 0, full: false };
const follow = ([way, work, wait, full]) => {
  hand.full = full;
  adapt(hand, way, work, wait);
  return hand.limit;
};
console.log(JSON.stringify(cases.map((each) => (Array.isArray(each) ? follow(each) : drag(each)))));
