// Play, pause and stop, for a slider of whole numbers. The page in which Play was pressed moves it.

export default {
  initialize({ model }) {
    sliderOf(model).then((slider) => { slider.adamPlay = player(model, slider); }, console.warn);
  },

  render({ model, el }) {
    el.classList.add("widget-play", "widget-inline-hbox");
    const button = (press) => {
      const made = document.createElement("button");
      made.className = "jupyter-button";
      made.append(document.createElement("i"));
      made.onclick = () => sliderOf(model).then((slider) => press(slider.adamPlay));
      el.append(made);
      return made;
    };
    const play = button((player) => player.press());
    const stop = button((player) => player.stop());
    const name = (button, icon, label) => {
      button.firstChild.className = `fa fa-${icon}`;
      button.setAttribute("aria-label", label);
    };
    const show = () => (model.get("playing") ? name(play, "pause", "Pause") : name(play, "play", "Play"));
    name(stop, "stop", "Stop, and back to the start");
    model.on("change:playing", show);
    show();
  },
};

const sliderOf = (model) => model.widget_manager.get_model(model.get("slider"));

function player(model, slider) {
  let timer;
  const settle = (playing) => {
    clearInterval(timer);
    timer = playing && setInterval(step, model.get("interval"));
    model.set("playing", playing); // with no timer or a new one, the listener below keeps still
    model.save_changes();
  };
  const move = (value) => {
    slider.set("value", value);
    slider.save_changes(slider.callbacks());
  };
  function step() {
    const next = slider.get("value") + 1;
    if (next <= slider.get("max")) move(next);
    else settle(false);
  }
  model.on("change:playing", () => {
    if (!timer || model.get("playing")) return; // or else it was ended elsewhere: Reset, code
    clearInterval(timer);
    timer = null;
    slider.adamFlush?.();
    model.send("stopped");
  });
  return {
    press() {
      if (!model.get("playing") && slider.get("value") >= slider.get("max")) move(slider.get("min"));
      settle(!model.get("playing"));
    },
    stop() {
      settle(false);
      move(slider.get("min"));
    },
    halt: () => timer && settle(false),
  };
}
