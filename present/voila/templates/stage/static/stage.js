// Cells become pages; keys turn them. A page that is too tall is set smaller, down to LEAST.
(() => {
  const [WIDTH, HEIGHT, LEAST] = [1280, 720, 0.64];
  const root = document.documentElement;
  const pages = [];
  let at = 0;

  function paginate() {
    let turn = true;
    for (const cell of document.querySelectorAll(".stage-cell")) {
      const { kind } = cell.dataset;
      turn ||= ["slide", "subslide", "predict"].includes(kind); // after a question comes its answer
      if (["skip", "notes", "predict"].includes(kind)) {
        cell.hidden = true;
        continue;
      }
      if (turn) {
        turn = false;
        const page = document.createElement("section");
        page.append(document.createElement("div"));
        pages.push(page);
      }
      pages.at(-1).firstChild.append(cell);
    }
    const stage = document.createElement("main");
    stage.id = "stage";
    stage.append(...pages, Object.assign(document.createElement("output"), { id: "page" }));
    document.getElementById("rendered_cells").append(stage);
    const sizes = new ResizeObserver((seen) => seen.forEach(({ target }) => fit(target)));
    pages.forEach((page) => sizes.observe(page.firstChild));
  }

  function fit({ parentElement: page, style }) {
    for (let scale = 1; scale > LEAST - 0.01; scale -= 0.04) {
      style.zoom = scale;
      if (page.scrollHeight <= page.clientHeight && page.scrollWidth <= page.clientWidth) break;
    }
  }

  function show(to) {
    at = Math.max(0, Math.min(to, pages.length - 1));
    pages.forEach((page, i) => page.classList.toggle("now", i === at));
    document.getElementById("page").value = `${at + 1} / ${pages.length}`;
    history.replaceState(null, "", `#${at + 1}`);
    document.activeElement?.blur();
  }

  const fill = () => { root.style.zoom = Math.min(innerWidth / WIDTH, innerHeight / HEIGHT); };
  const dark = (on) => {
    document.body.dataset.jpThemeLight = !root.classList.toggle("dark", on);
  };

  const KEYS = {
    ArrowRight: () => show(at + 1), ArrowLeft: () => show(at - 1),
    ArrowDown: () => show(at + 1), ArrowUp: () => show(at - 1),
    PageDown: () => show(at + 1), PageUp: () => show(at - 1),
    " ": (shift) => show(at + (shift ? -1 : 1)),
    Home: () => show(0), End: () => show(pages.length - 1),
    d: () => dark(),
    f: () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()),
  };

  // A control that has the focus keeps its keys; Escape takes the focus away from it.
  addEventListener("keydown", (event) => {
    const control = event.target.closest(
      "input, select, button, summary, a, [tabindex], [contenteditable=true]");
    if (event.key === "Escape") control?.blur();
    if (control || event.ctrlKey || event.altKey || event.metaKey || !KEYS[event.key]) return;
    event.preventDefault();
    KEYS[event.key](event.shiftKey);
  });

  paginate();
  fill();
  addEventListener("resize", fill);
  const wish = matchMedia("(prefers-color-scheme: dark)");
  dark(wish.matches);
  wish.addEventListener("change", () => dark(wish.matches));
  show(Number(location.hash.slice(1)) - 1);
})();
