// What the page makes of a hand on the picture: the answers of touch.js to the questions given.
// node tests/touch.mjs <questions: [["read", axes, point], ["drag", axes, models, pixels], ...]
import { readFileSync } from "node:fs";

globalThis.window = { adamArrows: true };
const text = (name) => readFileSync(new URL(`../adam_lab/${name}`, import.meta.url), "utf8");
const source = `${text("live.js")}\n${text("touch.js")}\nexport { readAt, handOf, placeOf, put, pushed, curvesOf, standing, walked };`;
const ours = await import(`data:text/javascript,${encodeURIComponent(source)}`);

// The models of the controls as ipywidgets has them, and what they would send.
function modelsOf(states) {
  const sent = [];
  const model = ([id, state]) => [id, {
    get: (name) => state[name],
    set: (name, value) => { state[name] = value; },
    save_changes: () => sent.push(id),
    callbacks: () => ({}),
    readout_formatter: String,
  }];
  return { models: new Map(Object.entries(states).map(model)), sent };
}

const answers = {
  read: (axes, point) => ours.readAt(axes, (path) => ({ path }), point)?.text ?? null,
  drag(axes, states, pixels) {
    const { models, sent } = modelsOf(states);
    const hand = { axes, ...ours.handOf(axes, models) };
    const before = ours.placeOf(hand);
    ours.put(hand, pixels);
    return { before, states, sent, at: ours.placeOf(hand), said: hand.rails.map((rail) => rail.words()) };
  },
  key(axes, states, key, shift) {
    const { models } = modelsOf(states);
    const hand = { axes, ...ours.handOf(axes, models) };
    const to = ours.pushed(hand, key, shift);
    if (to) ours.put(hand, to);
    return { states, taken: Boolean(to) };
  },

  // What a cursor says at its start and after each key; "+" before a key is Shift.
  walk(axes, keys) {
    const curves = ours.curvesOf(axes, (path) => ({ path }));
    let cursor = { line: 0, far: 0 };
    const here = () => ours.standing(cursor, curves)?.text ?? null;
    return [here(), ...keys.map((key) => {
      cursor = ours.walked(cursor, curves, key.replace("+", ""), key.startsWith("+")) ?? cursor;
      return here();
    })];
  },
};

const asked = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(asked.map(([what, ...question]) => answers[what](...question))));
