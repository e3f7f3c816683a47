// A panel in the page: its picture, and all that must be near the hand. Several messages under
// way at once, numbers typed beside a dial, words for those who cannot see, and for everyone when
// Python has stopped.

export default { initialize, render };

const STOPPED =
  "Python has stopped or was restarted: run the cells again from the top, and this becomes live.";
const AWAY = "No connection to Python. As soon as it is back, the dials move this picture again.";

const dialsOf = (model) =>
  Promise.all(model.get("dials").map((id) => model.widget_manager.get_model(id)));

// ---------------------------------------------------------------------------
// Once in a page, however often the panel is shown in it
// ---------------------------------------------------------------------------

function initialize({ model }) {
  const { kernel } = model.widget_manager;
  const say = (what) => model.get("trouble") === STOPPED || model.set("trouble", what);
  attend(kernel, say);
  dialsOf(model).then((dials) => {
    const look = () => dials.every((dial) => dial.comm_live !== false) || say(STOPPED);
    model.on("comm_live_update", look);
    look();
    dials.forEach(obey);
    hurry(dials, () => kernel?.status === "idle");
  }, console.warn);
}

function attend(kernel, say) {
  const ends = ["restarting", "autorestarting", "terminating", "dead"];
  let lost;
  kernel?.statusChanged?.connect((_, status) => ends.includes(status) && say(STOPPED));
  kernel?.disposed?.connect(() => say(STOPPED)); // shut down
  kernel?.connectionStatusChanged?.connect((_, status) => {
    clearTimeout(lost);
    if (status === "connected") say("");
    else lost = setTimeout(say, 1500, AWAY);
  });
}

// A slider puts a value that code sets, or that is typed, on its nearest stop, and sends that back
// to the kernel, over what was set there meanwhile. Here it stands where it was put, and is silent.
function obey(dial) {
  const { save_changes } = dial;
  dial.adamSliders = new Set();
  dial.save_changes = (callbacks) => dial._state_lock || save_changes.call(dial, callbacks);
  dial.on("change:value", (_, value, { updated_view }) => {
    if (updated_view) return; // a hand
    const base = dial.get("base"), at = base ? Math.log(value) / Math.log(base) : value;
    for (const slider of dial.adamSliders) stops(slider, { step: 1e-13, start: at });
  });
}

// ipywidgets sends a dial's value, keeps back the newest of those that follow, and sends that when
// the kernel has done with the first. To a kernel far away these are a few a second. So what is
// kept back leaves from here, at most once a frame, and several are under way: more as long as they
// hardly wait for one another, fewer when they do. An answer takes the way, the kernel's work,
// which its messages tell, and the wait. (Without `_msg_buffer`, ipywidgets does it as ever.)
const SLACK = 14; // milliseconds that one may wait, and half of the work or of the way, if less
const MOST = 16; // under way
const REST = 500; // milliseconds after which a hand begins anew
const LOST = 3000; // ... after which a kernel with nothing to do will not answer any more

// `full` is true where more would have been sent; `wait` is in parts of what is fair.
function adapt(hand, way, work, wait) {
  hand.work += (work - hand.work) / 4; // means of the last few
  const fair = SLACK + Math.min(hand.work, way) / 2;
  hand.wait += (Math.min(wait / fair, 4) - hand.wait) / 4; // one long one is soon forgotten
  if (hand.wait > 1.5) hand.limit = Math.max(1, 0.9 * hand.limit);
  else if (hand.wait < 1 && hand.full)
    hand.limit = Math.min(MOST, hand.limit + (hand.limit < 2 ? 0.3 : 2 / hand.limit));
  hand.full = false;
}

function hurry(dials, idle) {
  const now = () => performance.now();
  const hands = new Map(dials.map((dial) => [dial, { limit: 2, wait: 0, work: 0, full: false }]));
  let [way, heard, sent, frame, overdue] = [Infinity, 0, 0, 0];

  const underWay = () => dials.reduce((sum, dial) => sum + dial._pending_msgs, 0);
  const wake = () => { frame ||= requestAnimationFrame(flush); };

  function timed(dial, callbacks = {}) {
    const start = now();
    let busy;
    const status = (message) => {
      callbacks.iopub?.status?.(message);
      const date = Date.parse(message.header?.date);
      if (message.content.execution_state !== "idle") {
        busy = date;
        return;
      }
      heard = now();
      const work = date - busy || 0, others = heard - start - work;
      way = Math.min(way, others);
      adapt(hands.get(dial), way, work, others - way);
      wake();
    };
    return { ...callbacks, iopub: { ...callbacks.iopub, status } };
  }

  function flush() {
    frame = 0;
    for (const dial of dials.filter((dial) => dial._msg_buffer)) {
      const hand = hands.get(dial);
      if (underWay() < Math.floor(hand.limit)) send(dial);
      else hand.full = true;
    }
    clearTimeout(overdue);
    if (underWay()) overdue = setTimeout(giveUp, LOST);
  }

  function giveUp() { // a line that broke has lost the answers: what is kept back waits for none
    if (idle()) for (const dial of dials) dial._pending_msgs = 0;
    flush();
  }

  function send(dial) {
    dial.rememberLastUpdateFor(dial.send_sync_message(dial._msg_buffer, dial._msg_buffer_callbacks));
    dial._msg_buffer = dial._msg_buffer_callbacks = null;
    sent = now();
  }

  for (const dial of dials) {
    const { callbacks, send_sync_message } = dial;
    dial.send_sync_message = (state, answered) =>
      send_sync_message.call(dial, state, timed(dial, answered));
    dial.callbacks = (view) => { // called when ipywidgets sends a value or keeps it back
      const rested = now() - Math.max(heard, sent);
      if (rested > REST && !underWay()) {
        way = Infinity;
        hands.get(dial).limit = Math.max(2, hands.get(dial).limit);
      }
      if (!dial._pending_msgs) // it sends now: what was moved before comes before
        for (const other of dials) if (other !== dial) other.adamFlush();
      sent = now();
      wake();
      return callbacks.call(dial, view);
    };
    dial.adamFlush = () => dial._msg_buffer && send(dial);
  }
}

// ---------------------------------------------------------------------------
// Each time that it is shown
// ---------------------------------------------------------------------------

function render({ model, el }) {
  const node = (name, where, attributes) => {
    const home = /^(svg|g|path|circle)$/.test(name) ? "2000/svg" : "1999/xhtml";
    const made = document.createElementNS(`http://www.w3.org/${home}`, name);
    set(made, attributes);
    return where.appendChild(made);
  };
  const still = node("div", el, { class: "adam-still" });
  const moving = node("div", el, { class: "adam-moving" });
  const [width, height] = model.get("size");
  el.style.setProperty("--widest", `${(520 * width) / height}px`); // with its dials on a laptop
  const viewBox = `0 0 ${width} ${height}`;
  const svg = node("svg", moving, { viewBox, role: "img", "aria-label": model.get("words") });
  const layers = Array.from({ length: model.get("count") }, () => node("g", svg, {}));
  const note = node("p", el, { class: "adam-note", "aria-live": "assertive" });
  const status = node("div", el, { class: "adam-status", role: "status" });

  // It changes as a whole: a new background is decoded before any of the picture is seen.
  let background, ground = "still", decoding = false;
  const shown = [];
  async function paint() {
    if (decoding) return;
    while (background !== model.get(ground = groundOf(model))) {
      background = model.get(ground);
      const image = new Image();
      image.alt = "";
      image.src = address(background);
      decoding = true;
      await image.decode().catch(console.warn);
      decoding = false;
      still.replaceChildren(image);
    }
    layers.forEach((layer, i) => {
      const drawn = inked(model.get(`layer${i}`), model, ground);
      if (drawn !== shown[i]) layer.innerHTML = shown[i] = drawn;
    });
    set(svg, { "aria-label": model.get("words"), style: inked("fill: #000000", model, ground) });
  }
  const say = (what) => { note.textContent = what || model.get("trouble") || ""; };
  model.on("change", paint);
  model.on("change:trouble", () => say());
  paint();
  say();

  let untouch;
  const arrival = new ResizeObserver(() => {
    const panel = el.closest(".adam-live");
    if (!panel) return;
    arrival.disconnect();
    speak(panel, svg, status);
    dialsOf(model).then((dials) => {
      listen(panel, dials, say);
      untouch = touchable({ model, el, svg, layers, node, dials });
      panel.addEventListener("click", (event) => { // what was moved before comes before
        if (event.target.closest(".adam-reset"))
          for (const dial of dials) {
            dial.adamFlush?.();
            dial.adamPlay?.halt();
          }
      }, true);
    }, console.warn);
  });
  arrival.observe(el);
  const wide = new ResizeObserver(() => reach(el, still.offsetWidth > el.clientWidth));
  wide.observe(el);
  const forget = onTheme(paint);
  return () => {
    arrival.disconnect();
    wide.disconnect();
    forget();
    untouch?.();
  };
}

// By day or by night, as the page is. The first dark page asks the kernel for a dark ground; until
// that is there, all of the picture is that of the day.
function groundOf(model) {
  if (!isDark()) return "still";
  if (!model.get("dark")) {
    model.set("dark", true);
    model.save_changes();
  }
  return model.get("by_night").byteLength ? "by_night" : "still";
}

function inked(drawn, model, ground) {
  const shades = model.get("shades");
  return ground === "still" ? drawn : drawn.replace(/#[0-9a-f]{6}/g, (day) => shades[day] ?? day);
}

function isDark() {
  const { dataset, classList } = document.body;
  if (dataset.jpThemeLight) return dataset.jpThemeLight === "false";
  if (dataset.vscodeThemeKind) return !classList.contains("vscode-light");
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

function onTheme(changed) {
  const sees = new MutationObserver(changed), wish = matchMedia("(prefers-color-scheme: dark)");
  sees.observe(document.body, { attributeFilter: ["data-jp-theme-light", "class"] });
  wish.addEventListener("change", changed);
  return () => {
    sees.disconnect();
    wish.removeEventListener("change", changed);
  };
}

function set(element, wanted) {
  for (const [name, value] of Object.entries(wanted))
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

// Where the picture is wider than the page, the arrow keys scroll it.
function reach(el, scrolls) {
  const wanted = { tabindex: "0", role: "group", "aria-label": "picture, wider than the page" };
  if (scrolls) set(el, wanted);
  else for (const name of Object.keys(wanted)) el.removeAttribute(name);
}

function address(png) {
  const bytes = new Uint8Array(png.buffer, png.byteOffset, png.byteLength);
  const letters = [];
  for (let i = 0; i < bytes.length; i += 8192)
    letters.push(String.fromCharCode(...bytes.subarray(i, i + 8192)));
  return `data:image/png;base64,${btoa(letters.join(""))}`;
}

// What ipywidgets leaves out for those who cannot see: names of sliders, their values in words
// (it says where the handle is: -0.7 for 0.2), and what has changed.
// https://github.com/jupyter-widgets/ipywidgets/issues/2650
function speak(panel, svg, status) {
  let said, rest;
  const keep = () => {
    for (const slider of panel.querySelectorAll(".widget-slider")) {
      const label = slider.querySelector(".widget-label").textContent;
      const readout = slider.querySelector(".widget-readout");
      const words = { "aria-label": label, "aria-valuetext": readout.textContent };
      set(slider.querySelector(".noUi-handle"), words);
      if (slider.classList.contains("adam-marks")) set(readout, { contenteditable: "false" });
      else set(readout, { role: "textbox", "aria-label": `${label}, type a value` });
    }
    const words = svg.getAttribute("aria-label");
    if (said && said !== words) {
      clearTimeout(rest); // speech follows a hand that rests, not every step of it
      rest = setTimeout(() => { status.textContent = words; }, 1000);
    }
    said = words;
  };
  keep();
  const sees = new MutationObserver(keep);
  const deep = { subtree: true, childList: true, characterData: true };
  sees.observe(panel.firstElementChild, { ...deep, attributeFilter: ["class", "aria-valuetext"] });
  sees.observe(svg, { attributeFilter: ["aria-label"] });
}

// ---------------------------------------------------------------------------
// What is typed beside a dial
// ---------------------------------------------------------------------------

function listen(panel, dials, say) {
  const byLabel = new Map(dials.map((dial) => [dial.get("description"), dial]));
  const dialOf = (slider) => byLabel.get(slider?.querySelector(".widget-label").textContent);
  for (const handle of panel.querySelectorAll(".widget-slider .noUi-target"))
    dialOf(handle.closest(".widget-slider"))?.adamSliders.add(handle);

  let before; // the text that is edited
  const typed = (event) => {
    const readout = event.target.closest?.(".widget-readout[contenteditable=true]");
    const dial = readout && dialOf(readout.closest(".widget-slider"));
    if (!dial || (event.type === "keydown" && (event.key !== "Enter" || event.shiftKey))) return;
    event.stopPropagation(); // ipywidgets would take 0,5 for 0
    if (event.type === "keydown") event.preventDefault();
    const text = readout.textContent.trim();
    if (text === before) return;
    const wrong = take(dial, text);
    before = readout.textContent = wrong ? before : asShown(dial);
    say(wrong);
  };
  const entered = (event) => {
    if (event.target.matches?.(".widget-readout")) before = event.target.textContent;
  };
  const moved = (event) => {
    const handle = event.target.closest?.(".noUi-target");
    if (handle) stops(handle);
    if (event.key !== "Enter") say(); // whatever was wrong is left behind
  };
  const hear = (kind, heard) => panel.addEventListener(kind, heard, true);
  hear("focus", entered);
  hear("keydown", typed);
  hear("blur", typed);
  hear("keydown", moved);
  hear("pointerdown", moved);
}

// In the slider's own format, or, where that would not say the value, in figures.
function asShown(dial) {
  const value = dial.get("value"), shown = dial.readout_formatter(value);
  const same = Math.abs(Number(shown.replace("−", "-")) - value) <= 1e-9 * Math.abs(value);
  return same ? shown : String(Number(value.toPrecision(6)));
}

// Sets the dial to what the text says; "", or why that cannot be.
function take(dial, text) {
  const number = text.replace(/[−–]/g, "-").replace(/^([^.,]*),([^.,]*)$/, "$1.$2");
  const [low, high] = ends(dial);
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(number)) return `“${text}” is not a number.`;
  const value = Number(number), near = 1e-6 * Math.abs(value);
  if (value < low - near || value > high + near)
    return `${text} is outside: this dial goes from ${low} to ${high}.`;
  if (dial.get("_model_name") === "IntSliderModel" && !Number.isInteger(value))
    return `${text} is not a whole number.`;
  dial.set("value", Math.min(high, Math.max(low, value)));
  dial.save_changes(dial.callbacks());
  return "";
}

function ends(dial) {
  const [low, high, base] = ["min", "max", "base"].map((name) => dial.get(name));
  return base ? [low, high].map((end) => Number((base ** end).toPrecision(12))) : [low, high];
}

// Gives the slider stops of this step, and puts it there; or its own stops again.
function stops({ noUiSlider }, wanted) {
  const own = (noUiSlider.adamStep ??= noUiSlider.options.step);
  const step = wanted?.step ?? own;
  if (noUiSlider.options.step !== step) noUiSlider.updateOptions({ ...wanted, step }, false);
}

// Notebook 7 takes the arrow keys for itself before a slider sees them, unless asked not to.
if (!window.adamArrows) {
  window.adamArrows = true;
  const ask = ({ key, target }) =>
    target.matches?.(".adam-live :is([role=slider], .adam-picture)") &&
    target.toggleAttribute("data-lm-suppress-shortcuts", key.startsWith("Arrow"));
  window.addEventListener("keydown", ask, true);
}
