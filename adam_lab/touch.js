// The hand on the picture. A press on a map sets its two dials, the handle of a point is dragged or
// moved with the arrow keys, and near a curve its value can be read; arrow keys go along a curve.
// Lengths are pixels of the picture as the kernel knows it, whatever its size on the screen; units
// are values on an axis, or log10 of them where it is logarithmic.

const NEAR = 20; // so many pixels from a curve it is read
const [STEP, FINE] = [10, 1]; // pixels that an arrow key moves, and with Shift

const MOVED = "change:value change:index"; // "change" is lost where a slider corrects a value

const toPixel = ({ units: [a, b], pixels: [p, q] }, unit) => p + ((unit - a) / (b - a)) * (q - p);
const toUnit = ({ units: [a, b], pixels: [p, q] }, pixel) => a + ((pixel - p) / (q - p)) * (b - a);
const clamp = (value, ...ends) => Math.min(Math.max(value, Math.min(...ends)), Math.max(...ends));
const same = (a, b) =>
  Array.isArray(b) ? b.every((one, i) => same(a[i], one)) : Math.abs(a - b) <= 1e-9 * Math.abs(b);
const onAxis = ({ pixels }, pixel) => Math.abs(clamp(pixel, ...pixels) - pixel) < 0.05; // as drawn
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
  return best.at ? { ...best, at: atWhole(axes, path, best.at) } : best;
}

// Between two steps is nothing: the point of the curve at the next whole one.
function atWhole(axes, path, at) {
  if (!axes.x.whole) return at;
  const x = toPixel(axes.x, Math.round(toUnit(axes.x, at[0])));
  const y = crossing(path, x, at[1]);
  return y === undefined || !within(axes, [x, y]) ? at : [x, y];
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
  return best.at ? told(best) : null;
}

function told(found) {
  const [x, y] = ["x", "y"].map((name, i) => shown(found.axes[name], toUnit(found.axes[name], found.at[i])));
  return { ...found, text: `${found.label} (${x}, ${y})` };
}

// ---------------------------------------------------------------------------
// A cursor on a curve: `line` is its number among all that can be read, `far` how far along it is,
// in pixels to the right, or, where the curve also turns back, in pixels of its way.
// ---------------------------------------------------------------------------

function curvesOf(axes, pathOf) {
  const all = axes.flatMap((each) => each.lines.map(([label, curve]) => {
    const { path, color } = pathOf(curve);
    return { axes: each, label, path, color, way: wayOf(each, path ?? "") };
  }));
  return all.filter(({ way }) => way.length);
}

// The points of a curve that are on its axes, each with how far along it is.
function wayOf(axes, path) {
  const points = runs(path).flat();
  const turns = points.some(([x], i) => i && x < points[i - 1][0] - 0.02);
  let far = 0;
  const way = points.map(([x, y], i) => {
    const [x0, y0] = points[Math.max(i - 1, 0)];
    far += turns ? Math.hypot(x - x0, y - y0) : Math.max(x - x0, 0);
    return { far, at: [x, y] };
  });
  return way.filter(({ at }) => within(axes, at));
}

function standing(cursor, curves) {
  const found = curves[clamp(cursor.line, 0, curves.length - 1)];
  if (!found) return null;
  const { way, axes, path } = found;
  const far = clamp(cursor.far, way[0].far, way.at(-1).far);
  const i = Math.max(1, way.findIndex((point) => point.far >= far));
  const [from, to] = [way[i - 1], way[i] ?? way[i - 1]];
  const part = (far - from.far) / (to.far - from.far) || 0;
  const at = from.at.map((pixel, j) => pixel + part * (to.at[j] - pixel));
  const percent = (100 * (far - way[0].far)) / (way.at(-1).far - way[0].far) || 0;
  return told({ ...found, at: atWhole(axes, path, at), percent });
}

// Where a key leads: at least to another reading, if there is one.
function walked(cursor, curves, key, fine) {
  const last = curves.length - 1, line = clamp(cursor.line, 0, last);
  const { way } = curves[line], ends = [way[0].far, way.at(-1).far];
  const other = { ArrowUp: -1, ArrowDown: 1 }[key];
  if (other) return { line: clamp(line + other, 0, last), far: cursor.far };
  if (key === "Home" || key === "End") return { line, far: ends[key === "Home" ? 0 : 1] };
  const sign = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (!sign) return null;
  const start = clamp(cursor.far, ...ends), { text } = standing(cursor, curves);
  for (let step = fine ? FINE : STEP; ; step += FINE) {
    const to = { line, far: clamp(start + sign * step, ...ends) };
    if (ends.includes(to.far) || standing(to, curves).text !== text) return to;
  }
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
  const stand = node("div", home, { class: "adam-cursor", role: "slider", "aria-label": "read the curves" });
  let held, hover, tap, cursor = { line: 0, far: 0 };

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

  const focused = () => document.activeElement === stand;

  function read() {
    const axes = model.get("axes");
    const found = held ? null : hover ? readAt(axes, pathOf, hover) : focused() && onCursor(axes);
    home.classList.toggle("adam-reads", Boolean(found));
    if (found) show(found);
  }

  function onCursor(axes) {
    const found = standing(cursor, curvesOf(axes, pathOf));
    if (!found) {
      set(stand, { "aria-valuetext": "nothing is drawn yet" });
      return null;
    }
    const { at: [x, y], text, percent: along } = found;
    const title = axes.length > 1 && found.axes.title ? `${found.axes.title}: ` : "";
    Object.assign(stand.style, { left: percent(x, 0), top: percent(y, 1) });
    set(stand, { "aria-valuetext": title + text, "aria-valuenow": String(Math.round(along)) });
    return found;
  }

  function show({ axes, at: [x, y], text, color }) {
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
      const curves = event.target === stand && curvesOf(model.get("axes"), pathOf);
      const to =
        hand ? pushed(hand, event.key, event.shiftKey)
        : curves.length && walked(cursor, curves, event.key, event.shiftKey);
      if (!to || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      if (hand) put(hand, to);
      else {
        [cursor, hover] = [to, null];
        read();
      }
      event.target.scrollIntoView({ block: "nearest", inline: "nearest" });
    },
    focusin: (event) => event.target === stand && read(),
    focusout: (event) => event.target === stand && setTimeout(read),
  };
  for (const [kind, heard] of Object.entries(on)) el.addEventListener(kind, heard);
  const changed = () => { settle(); read(); };
  set(stand, { "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": "0" });
  if (model.get("axes").some((each) => each.lines.length)) set(stand, { tabindex: "0" });
  else stand.remove();
  onCursor(model.get("axes"));
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
