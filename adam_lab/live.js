// Runs in the page when the picture of a panel has loaded (`this`), and makes up for what
// ipywidgets leaves out for those who cannot see: names of sliders and of Play, the value of
// a slider in words (it says where the handle is: -0.7 for 0.2), and what has changed.
// https://github.com/jupyter-widgets/ipywidgets/issues/2650
const panel = this.closest(".adam-live");
if (panel && !panel.querySelector(":scope > [role=status]")) {
  const status = document.createElement("div");
  status.className = "adam-status";
  status.setAttribute("role", "status");
  panel.append(status);

  const set = (element, wanted) => {
    for (const [name, value] of Object.entries(wanted))
      if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  };
  const picture = () => panel.querySelector(".adam-moving svg")?.getAttribute("aria-label");
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
    for (const { children: [play, stop] } of panel.querySelectorAll(".widget-play")) {
      set(play, { "aria-label": play.querySelector(".fa-pause") ? "Pause" : "Play" });
      set(stop, { "aria-label": "Stop, and back to the start" });
    }
    const words = picture();
    if (said && said !== words) {
      clearTimeout(rest); // speech follows a hand that rests, not every step of it
      rest = setTimeout(() => (status.textContent = words), 1000);
    }
    said = words;
  };
  keep();
  const attributes = { attributeFilter: ["class", "aria-valuetext"] };
  const all = { subtree: true, childList: true, characterData: true, ...attributes };
  new MutationObserver(keep).observe(panel, all);
}
// Notebook 7 takes the arrow keys for itself before a slider sees them, unless asked not to.
if (!window.adamArrows) {
  window.adamArrows = true;
  const ask = ({ key, target }) =>
    target.matches?.(".adam-live .noUi-handle") &&
    target.toggleAttribute("data-lm-suppress-shortcuts", key.startsWith("Arrow"));
  window.addEventListener("keydown", ask, true);
}
