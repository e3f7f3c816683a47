// The hand on the picture. A press on a map sets its two dials, the handle of a point is dragged or
// moved with the arrow keys, and near a curve its value can be read. Lengths are pixels of the
// picture as the kernel knows it, whatever its size on the screen; units are values on an axis, or
// log10 of them where it is logarithmic.

const NEAR = 20; // so many pixels from a curve it is read
const [STEP, FINE] = [10, 1]; // pixels that an arrow key moves, and with Shift

const MOVED = "change:value change:index"; // "change" is lost where a slider corrects a value

const toPixel = ({ units: [a, b], pixels: [p, q] }, unit) => p + ((unit - a) / (b - a)) * (q - p);
const toUnit = ({ units: [a, b], pixels: [p, q] }, pixel) => a + ((pixel - p) / (q - p)) * (b - a);
const clamp = (value, ...ends) => Math.min(Math.max(value, Math.min(...ends)), Math.max(...ends));
const same = (a, b) =>
  Array.isArray(b) ? b.every((one, i) => same(a[i], one)) : Math.abs(a - b) <= 1e-9 * Math.abs(b);
const onAxis = ({ pixels }, pixel) => clamp(pixel, ...pixels) === pixel;
const within = ({ x, y }, [px, py]) => onAxis(x, px) && onAxis(y, py);

// ---------------------------------------------------------------------------
// What a hand moves: two rails, x and y. A rail says where its dial is, and its value at a pixel.
// ---------------------------------------------------------------------------

function dialRail(axis, dial, stops) {
  if (dial.get("_options_labels")) {
    const pixels = stops.map((unit) => toPixel(axis, unit));
    const far = (pixel) => (_, i) => Math.abs(pixels[i] - pixel);
    return {
      place: () => pixels[dial.get("index")],
      value: (pixel) => {
        const away = pixels.map(far(pixel));
        return away.indexOf(Math.min(...away));
      },
      words: () => dial.get("_options_labels")[dial.get("index")],
    };
  }
  const [low, high, step, base] = ["min", "max", "step", "base"].map((name) => dial.get(name));
  const ends = stops.map((unit) => toPixel(axis, unit));
  const track = { units: [low, high], pixels: ends };
  return {
    place: () => {
      const value = dial.get("value");
      return toPixel(track, base ? Math.log(value) / Math.log(base) : value);
    },
    value: (pixel) => {
      const at = clamp(toUnit(track, pixel), low, high);
      const stop = Math.min(low + Math.round((at - low) / step) * step, high);
      const near = Math.abs(high - at) < Math.abs(stop - at) ? high : stop; // the last push is shorter
      return Number((base ? base ** near : near).toPrecision(12));
    },
    words: () => asShown(dial),
  };
}

function spotRail(axis, spot, i) {
  const value = (pixel) => {
    const unit = toUnit(axis, clamp(pixel, ...axis.pixels));
    return Number(axis.log ? (10 ** unit).toPrecision(digits(axis) + 1) : unit.toFixed(decimals(axis) + 1));
  };
  const here = () => spot.get("value")[i];
  return {
    place: () => toPixel(axis, axis.log ? Math.log10(here()) : here()),
    value,
    words: () => shown(axis, axis.log ? Math.log10(here()) : here()),
  };
}

function handOf({ x, y, hand }, models) {
  const { spot, dials } = hand;
  if (spot) {
    const model = models.get(spot);
    const rails = [x, y].map((axis, i) => spotRail(axis, model, i));
    return { rails, models: [model], name: model.get("description"), anywhere: false };
  }
  const both = dials.map(([id]) => models.get(id));
  const rails = [x, y].map((axis, i) => dialRail(axis, both[i], dials[i][1]));
  const name = both.map((dial) => dial.get("description")).join(", ");
  return { rails, models: both, name, anywhere: true };
}

// As the sliders do: several messages are under way, the newest wins.
function put({ rails, models }, pixels) {
  const values = rails.map((rail, i) => rail.value(pixels[i]));
  const send = (model, name, value) => {
    if (same(model.get(name), value)) return;
    model.set(name, value);
    model.save_changes(model.callbacks());
  };
  if (models.length === 1) send(models[0], "value", values);
  else models.forEach((dial, i) => send(dial, dial.get("_options_labels") ? "index" : "value", values[i]));
}

const placeOf = ({ rails, axes: { x, y } }) =>
  [x, y].map(({ pixels }, i) => clamp(rails[i].place(), ...pixels));

// Where an arrow key leads: at least to the next stop, if there is one.
function pushed(hand, key, fine) {
  const { rails } = hand, pixels = placeOf(hand);
  const way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, -1], ArrowDown: [1, 1] }[key];
  if (!way) return null;
  const [i, sign] = way, before = rails[i].value(pixels[i]);
  for (let far = fine ? FINE : STEP; far < 2000; far += FINE) {
    const to = pixels[i] + sign * far;
    if (rails[i].value(to) !== before) return pixels.with(i, to);
  }
  return pixels;
}

// ---------------------------------------------------------------------------
// What a curve says
// ---------------------------------------------------------------------------

// A curve in SVG, M x y x y ... L x y: runs of points.
const runs = (path) =>
  path.split("M").slice(1).map((run) => {
    const numbers = (run.match(/-?[\d.]+/g) ?? []).map(Number);
    return numbers.flatMap((x, i) => (i % 2 ? [] : [[x, numbers[i + 1]]]));
  });

// The point of the curve that is nearest, among those on the axes; and how far it is.
function nearest(axes, path, [px, py]) {
  let best = { far: Infinity };
  for (const run of runs(path))
    run.forEach(([x1, y1], i) => {
      const [x0, y0] = run[Math.max(i - 1, 0)];
      const [dx, dy] = [x1 - x0, y1 - y0];
      const part = clamp(((px - x0) * dx + (py - y0) * dy) / (dx * dx + dy * dy) || 0, 0, 1);
      const at = [x0 + part * dx, y0 + part * dy];
      const far = Math.hypot(at[0] - px, at[1] - py);
      if (far < best.far && within(axes, at)) best = { far, at };
    });
  if (!best.at || !axes.x.whole) return best;
  const x = toPixel(axes.x, Math.round(toUnit(axes.x, best.at[0]))); // between two steps is nothing
  const y = crossing(path, x, best.at[1]);
  return y === undefined || !within(axes, [x, y]) ? best : { ...best, at: [x, y] };
}

// Where the curve crosses an upright line, nearest to y.
function crossing(path, x, y) {
  const found = runs(path).flatMap((run) =>
    run.flatMap(([x1, y1], i) => {
      const [x0, y0] = run[Math.max(i - 1, 0)];
      if (x < Math.min(x0, x1) - 0.02 || x > Math.max(x0, x1) + 0.02) return [];
      return [x1 === x0 ? y1 : y0 + ((x - x0) / (x1 - x0)) * (y1 - y0)];
    }));
  return found.sort((a, b) => Math.abs(a - y) - Math.abs(b - y))[0];
}

// How many digits a pixel can tell: behind the point, or, where an axis is logarithmic, in all.
const perPixel = ({ units: [a, b], pixels: [p, q] }) => Math.abs((b - a) / (q - p));
const decimals = (axis) => Math.max(0, -Math.floor(Math.log10(perPixel(axis))));
const digits = (axis) => clamp(Math.round(1 - Math.log10(Math.LN10 * perPixel(axis))), 2, 4);

function shown(axis, unit) {
  const value = axis.log ? 10 ** unit : unit;
  const text =
    axis.whole ? String(Math.round(value))
    : !axis.log ? value.toFixed(decimals(axis))
    : value < 1e-3 || value >= 1e5 ? value.toExponential(digits(axis) - 1)
    : String(Number(value.toPrecision(digits(axis))));
  return (Number(text) === 0 ? text.replace("-", "") : text).replaceAll("-", "−");
}

function readAt(axes, pathOf, point) {
  let best = { far: NEAR };
  for (const each of axes.filter((each) => within(each, point)))
    for (const [label, curve] of each.lines) {
      const { path, color } = pathOf(curve), found = path && nearest(each, path, point);
      if (found && found.far < best.far) best = { ...found, axes: each, label, color };
    }
  if (!best.at) return null;
  const [x, y] = [best.axes.x, best.axes.y].map((axis, i) => shown(axis, toUnit(axis, best.at[i])));
  return { ...best, text: `${best.label} (${x}, ${y})` };
}

// ---------------------------------------------------------------------------
// In the page
// ---------------------------------------------------------------------------

// layers: the <g> elements; node: makes one, as in live.js. Gives what ends it.
function touchable({ model, el, svg, layers, node, dials }) {
  const size = model.get("size");
  const percent = (length, i) => `${(100 * length) / size[i]}%`;
  const home = node("div", el, { class: "adam-touch" });
  const cross = node("svg", home, { viewBox: `0 0 ${size.join(" ")}`, "aria-hidden": "true" });
  const [lines, dot] = [node("path", cross, {}), node("circle", cross, { r: 5 })];
  const reading = node("div", home, { class: "adam-reading", "aria-hidden": "true" });
  const models = new Map(dials.map((dial) => [dial.model_id, dial]));
  const hands = []; // in the order of their axes: { axes, handle, ...handOf }
  let held, hover, tap;

  const pointOf = ({ clientX, clientY }) => {
    const box = svg.getBoundingClientRect();
    return [(clientX - box.left) / box.width, (clientY - box.top) / box.height].map(
      (part, i) => part * size[i]);
  };

  function settle() {
    model.get("axes").filter(({ hand }) => hand.spot || hand.dials).forEach((axes, i) => {
      hands[i] ??= { handle: node("div", home, { class: "adam-handle", tabindex: "0", role: "slider" }) };
      Object.assign(hands[i], { axes }, handOf(axes, models));
    });
    hands.forEach((hand) => {
      const { axes, handle, rails, name, anywhere } = hand, at = placeOf(hand);
      Object.assign(handle.style, { left: percent(at[0], 0), top: percent(at[1], 1) });
      handle.classList.toggle("adam-on-map", anywhere);
      const [x, y] = rails.map((rail) => rail.words());
      set(handle, {
        "aria-label": name, "aria-roledescription": "point", "aria-valuetext": anywhere ? `${x}, ${y}` : `x ${x}, y ${y}`,
        "aria-valuemin": "0", "aria-valuemax": "100",
        "aria-valuenow": String(Math.round(toUnit({ ...axes.x, units: [0, 100] }, at[0]))),
      });
    });
  }

  const pathOf = (curve) => {
    if (typeof curve === "string") return { path: curve };
    const path = layers[curve].querySelector(":scope > g > path");
    return { path: path?.getAttribute("d"), color: path?.style.stroke };
  };

  function read() {
    const found = hover && !held && readAt(model.get("axes"), pathOf, hover);
    home.classList.toggle("adam-reads", Boolean(found));
    if (!found) return;
    const { axes, at: [x, y], text, color } = found;
    set(lines, { d: `M ${axes.x.pixels[0]} ${y} H ${x} V ${axes.y.pixels[0]}` });
    set(dot, { cx: x, cy: y, style: `fill: ${color || "gray"}` });
    reading.textContent = text;
    reading.classList.toggle("adam-left", x > size[0] * 0.7);
    reading.classList.toggle("adam-below", y < 40);
    Object.assign(reading.style, { left: percent(x, 0), top: percent(y, 1) });
  }

  const handAt = (event) =>
    hands.find(({ handle }) => handle === event.target) ??
    hands.find(({ axes, anywhere }) => anywhere && within(axes, pointOf(event)));

  function take(event, hand) {
    const point = pointOf(event), onHandle = event.target === hand.handle;
    const from = onHandle ? placeOf(hand).map((pixel, i) => pixel - point[i]) : [0, 0];
    held = { hand, from, pointer: event.pointerId };
    event.preventDefault(); // selects no text
    el.setPointerCapture(event.pointerId);
    hand.handle.focus({ preventScroll: true });
    drag(event);
  }

  const drag = (event) => put(held.hand, pointOf(event).map((pixel, i) => pixel + held.from[i]));
  const near = ([x, y], [a, b]) => Math.hypot(x - a, y - b) < 10;

  const on = {
    pointerdown(event) {
      const hand = event.button === 0 && !held && handAt(event);
      tap = hand && pointOf(event);
      // a finger on a map may be about to scroll: it sets the dials where it is lifted
      if (hand && (event.pointerType !== "touch" || event.target === hand.handle)) take(event, hand);
      on.pointermove(event);
    },
    pointermove(event) {
      if (held?.pointer === event.pointerId) drag(event);
      hover = event.target.closest(".adam-handle") ? null : pointOf(event);
      el.classList.toggle("adam-over-map", Boolean(hover && handAt(event)));
      read();
    },
    pointerup(event) {
      const hand = !held && tap && near(tap, pointOf(event)) && handAt(event);
      if (hand) put(hand, pointOf(event));
      on.lostpointercapture(event);
    },
    lostpointercapture(event) {
      if (held?.pointer === event.pointerId) held = hover = null;
      tap = null;
      read();
    },
    pointercancel: () => { tap = null; },
    pointerleave(event) {
      if (event.pointerType === "touch") return; // what was tapped stays to be read
      hover = null;
      read();
    },
    keydown(event) {
      const hand = hands.find(({ handle }) => handle === event.target);
      const to = hand && pushed(hand, event.key, event.shiftKey);
      if (!to || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      put(hand, to);
    },
  };
  for (const [kind, heard] of Object.entries(on)) el.addEventListener(kind, heard);
  const changed = () => { settle(); read(); };
  model.on("change:axes", changed);
  model.on("change", read);
  dials.forEach((dial) => dial.on(MOVED, settle));
  settle();
  return () => {
    model.off("change:axes", changed);
    model.off("change", read);
    dials.forEach((dial) => dial.off(MOVED, settle));
  };
}
