// The race in the page: dials and a start to drag, paths and heights that follow at once.

const STEPS = 100;
const names = { gd: "gradient descent", heavy_ball: "momentum", rmsprop: "RMSprop", adam: "Adam" };
const dashes = { gd: "2 5", heavy_ball: "9 4", rmsprop: "9 4 2 4", adam: "" };

// As far from 0.9 to 0.99 as from 0 to 0.9.
const betas = Array.from({ length: 61 }, (_, k) =>
  Number((1 - (10 ** (-k / 20)).toPrecision(2)).toFixed(6)));

const form = document.querySelector("#dials");
const map = document.querySelector("#map svg");
const chart = document.querySelector("#heights");
const canvas = document.querySelector("canvas");
const words = document.querySelector("#words");

// A dial: how far its handle goes, where it starts, the value there, and how it is written.
const dials = {
  lr: { max: 200, at: 115, value: (i) => Number((10 ** (i / 50 - 3)).toPrecision(2)), text: String },
  beta1: { max: 60, at: 20, value: (i) => betas[i], text: String },
  beta2: { max: 60, at: 20, value: (i) => betas[i], text: String },
  step: { max: STEPS, at: STEPS, value: (i) => i, text: String },
};

let surface, start; // chosen
let height; // where a height is in the chart
let resting; // timer

function node(name, parent, attributes = {}) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return parent.appendChild(made);
}

// ---------------------------------------------------------------------------
// The map
// ---------------------------------------------------------------------------

// Twice as wide as high, a step in x as long as one in y.
function view() {
  const [[left, right], [bottom, top]] = surface.bounds;
  const half = Math.max((right - left) / 4, (top - bottom) / 2);
  return { x: (left + right) / 2, y: (bottom + top) / 2, half };
}
const across = (x) => 500 + ((x - view().x) / view().half) * 250;
const down = (y) => 250 - ((y - view().y) / view().half) * 250;

// Fourteen calm shades: on each border the height is 10^(1/3), or 2.15, times that of the next one in.
function land() {
  const [width, height] = [canvas.width, canvas.height] = [600, 300];
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim().match(/\w\w/g).map((h) => parseInt(h, 16));
  const [low, high, ring] = ["--low", "--high", "--ring"].map(colour);
  const { x, y, half } = view();
  const heights = (i, j) =>
    surface.f(x + (i / (width / 2) - 1) * 2 * half, y - (j / (height / 2) - 1) * half);
  const [[left, right], [bottom, top]] = surface.bounds;
  const most = Math.max(...[left, right].flatMap((a) => [bottom, top].map((b) => surface.f(a, b))));
  const level = (f) => Math.max(0, Math.min(13, Math.floor(13 + 3 * Math.log10(f / most))));
  const image = canvas.getContext("2d").createImageData(width, height);
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      const here = level(heights(i, j));
      const edge = here !== level(heights(i + 1, j)) || here !== level(heights(i, j + 1));
      const shade = low.map((c, k) => c + ((high[k] - c) * here) / 13);
      image.data.set([...(edge ? ring : shade), 255], 4 * (j * width + i));
    }
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

map.setAttribute("viewBox", "0 0 1000 500");
const goal = node("path", map, { stroke: "var(--ink)", "stroke-width": 3 });
const paths = {}, runners = {};
for (const name in names) {
  paths[name] = node("path", map, look(name));
  runners[name] = node("circle", map, { r: 8, fill: `var(--${name})`, stroke: "var(--page)" });
}
const hand = node("circle", map, { id: "start", r: 16, tabindex: 0, role: "button" });
hand.setAttribute("aria-roledescription", "handle");

function look(name) {
  return { class: "path", stroke: `var(--${name})`, "stroke-dasharray": dashes[name] };
}

// ---------------------------------------------------------------------------
// Heights by step
// ---------------------------------------------------------------------------

const narrow = matchMedia("(max-width: 46rem)");
const frame = node("g", chart);
const at = (t) => 52 + 3.7 * t;
const curves = {};
for (const name in names) curves[name] = node("path", chart, look(name));

function scale() {
  frame.replaceChildren();
  const most = Math.ceil(Math.log10(surface.f(...surface.start))) + 1;
  const [top, bottom] = [most, most - 12];
  const high = narrow.matches ? 190 : 350;
  const height = (f) => 10 + ((top - Math.log10(Math.max(f, 1e-300))) / (top - bottom)) * high;
  chart.setAttribute("viewBox", `0 0 440 ${high + 40}`);
  for (let power = top; power >= bottom; power -= 2) {
    const y = height(10 ** power);
    node("line", frame, { x1: 52, x2: at(STEPS), y1: y, y2: y, stroke: "var(--grid)" });
    const label = node("text", frame, { x: 46, y: y + 5, "text-anchor": "end" });
    label.textContent = `1e${power}`;
  }
  for (let t = 0; t <= STEPS; t += 25) {
    const label = node("text", frame, { x: at(t), y: high + 33, "text-anchor": "middle" });
    label.textContent = t;
  }
  return height;
}

// ---------------------------------------------------------------------------
// Results, and all of it at once
// ---------------------------------------------------------------------------

const results = {};
for (const name in names) {
  const item = document.createElement("li");
  const sample = node("svg", item, { viewBox: "0 0 34 12", "aria-hidden": "true" });
  node("path", sample, { ...look(name), d: "M1 6H33" });
  results[name] = item.appendChild(document.createElement("span"));
  document.querySelector("#results").append(item);
}

const drawn = (points) =>
  points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
const near = (x) => Math.max(-1e5, Math.min(1e5, x)); // far outside the picture, and no further
const told = (height) => (height < 0.001 && height > 0 ? height.toExponential(1) : height.toPrecision(2));

function draw() {
  const values = {};
  for (const [name, dial] of Object.entries(dials)) {
    const input = form.elements[name];
    values[name] = dial.value(Number(input.value));
    const text = dial.text(values[name]);
    input.previousElementSibling.textContent = text;
    input.setAttribute("aria-valuetext", text);
  }
  const said = [];
  for (const name in names) {
    const theta = run(name, surface.grad, start, values.step, values);
    const heights = theta.map(([x, y]) => surface.f(x, y));
    const lost = heights.findIndex((f) => !(f <= 1e6 * Math.max(heights[0], 1e-6)));
    const seen = lost < 0 ? theta : theta.slice(0, lost);
    const places = seen.map(([x, y]) => [near(across(x)), near(down(y))]);
    paths[name].setAttribute("d", drawn(places));
    const [cx, cy] = places.at(-1);
    for (const [key, value] of Object.entries({ cx, cy })) runners[name].setAttribute(key, value);
    const curve = heights.slice(0, seen.length).map((f, t) => [at(t), near(height(f))]);
    curves[name].setAttribute("d", drawn(curve));
    const result = lost < 0 ? told(heights.at(-1)) : `left at step ${lost}`;
    results[name].innerHTML = `${names[name]} <b>${result}</b>`;
    said.push(`${names[name]} ${result}`);
  }
  const [x, y] = start.map((z) => String(Number(z.toFixed(2))));
  hand.setAttribute("cx", across(start[0]));
  hand.setAttribute("cy", down(start[1]));
  hand.setAttribute("aria-label", `start at x ${x}, y ${y}; the arrow keys move it`);
  clearTimeout(resting); // what is read aloud follows a hand that rests
  resting = setTimeout(() => {
    words.textContent = `Height after ${values.step} steps from (${x}, ${y}), lr ${values.lr}: ${said.join("; ")}.`;
  }, 600);
}

function choose() {
  surface = surfaces[form.elements.surface.value];
  start = surface.start;
  lay();
}

function lay() {
  const [x, y] = [across(surface.minimum[0]), down(surface.minimum[1])];
  goal.setAttribute("d", `M${x - 12} ${y}h24M${x} ${y - 12}v24`);
  height = scale();
  land();
  draw();
}

// ---------------------------------------------------------------------------
// Hands
// ---------------------------------------------------------------------------

function put(x, y) {
  const { x: midX, y: midY, half } = view();
  start = [
    Math.max(midX - 1.95 * half, Math.min(midX + 1.95 * half, x)),
    Math.max(midY - 0.93 * half, Math.min(midY + 0.93 * half, y)),
  ];
  draw();
}

function drag({ clientX, clientY }) {
  const box = map.getBoundingClientRect(), { x, y, half } = view();
  put(x + ((clientX - box.left) / box.width - 0.5) * 4 * half,
      y - ((clientY - box.top) / box.height - 0.5) * 2 * half);
}

hand.addEventListener("pointerdown", (event) => {
  hand.setPointerCapture(event.pointerId);
  hand.focus();
});
hand.addEventListener("pointermove", (event) => {
  if (hand.hasPointerCapture(event.pointerId)) drag(event);
});
map.addEventListener("click", drag);
hand.addEventListener("keydown", (event) => {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  if (!way) return;
  event.preventDefault();
  const by = view().half * (event.shiftKey ? 0.004 : 0.04);
  put(start[0] + way[0] * by, start[1] + way[1] * by);
});

const play = document.querySelector("#play"), step = form.elements.step;
let playing = 0;
function halt() {
  cancelAnimationFrame(playing);
  playing = 0;
  play.textContent = "Play";
}
play.addEventListener("click", () => {
  if (playing) return halt();
  const from = Number(step.value) < STEPS ? Number(step.value) : 0, begin = performance.now();
  play.textContent = "Pause";
  const next = (now) => {
    step.value = Math.min(STEPS, from + Math.floor(Math.max(0, now - begin) / 60));
    draw();
    if (Number(step.value) === STEPS) halt();
    else playing = requestAnimationFrame(next);
  };
  playing = requestAnimationFrame(next);
});

form.addEventListener("input", ({ target }) => {
  if (target === step) halt();
  if (target.name === "surface") choose();
  else draw();
});
form.addEventListener("reset", () => {
  halt();
  setTimeout(choose); // when the dials stand where they started
});
form.addEventListener("submit", (event) => event.preventDefault());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", land);
narrow.addEventListener("change", lay);

for (const [name, { max, at }] of Object.entries(dials)) {
  const input = form.elements[name];
  for (const [key, value] of Object.entries({ min: 0, max, value: at })) input.setAttribute(key, value);
}
for (const name in surfaces) form.elements.surface.add(new Option(name));
choose();
