// Cells become pages; keys turn them. A page that is too tall is set smaller, down to LEAST; what
// does not fit even then goes on on the next one.
(() => {
  const [WIDTH, HEIGHT, LEAST] = [1280, 720, 0.72];
  const root = document.documentElement;
  const pages = [];
  let at = 0, from = null; // from: where p was pressed
  let wish = location.hash.slice(1); // until somebody turns a page

  const make = (name, more = {}, ...children) => {
    const made = Object.assign(document.createElement(name), more);
    made.append(...children);
    return made;
  };
  const head = make("span"), panel = make("button", { title: "p" });
  const number = make("output", { id: "page" });
  const footer = make("footer", {}, head, panel, number);
  const stage = make("main", { id: "stage" }, footer);

  // -------------------------------------------------------------------------
  // Pages
  // -------------------------------------------------------------------------

  const sizes = new ResizeObserver((seen) => {
    for (const { target } of seen) fit(target.parentElement);
  });

  function newPage(chapter, after = pages.length - 1) {
    const page = make("section", {}, make("div"));
    page.chapter = chapter;
    pages.splice(after + 1, 0, page);
    footer.before(page);
    if (pages[after + 2]) pages[after + 2].before(page);
    sizes.observe(page.firstChild);
    return page;
  }

  // A line that was printed in parts is one line.
  const PRINTED = "[data-mime-type='text/plain']";
  function join(said) {
    const more = () => said.parentElement.nextElementSibling?.querySelector(PRINTED);
    for (let next = more(); next; next = more()) {
      said.querySelector("pre").append(...next.querySelector("pre").childNodes);
      next.parentElement.remove();
    }
  }

  // What follows from here on in `whole`, in copies of what both halves are in.
  function cut(whole, start) {
    const range = document.createRange();
    range.setStartBefore(start);
    range.setEndAfter(whole);
    const rest = range.extractContents();
    for (const copy of rest.querySelectorAll("[id^=cell-id]"))
      if (document.getElementById(copy.id)) copy.removeAttribute("id");
    return rest;
  }

  // A heading begins a page, also in the middle of a cell; what is above it belongs to the page
  // before.
  function cutAtHeadings() {
    for (const head of document.querySelectorAll(".jp-RenderedMarkdown > :is(h1, h2, h3)")) {
      const cell = head.closest(".stage-cell"), first = head.parentElement.firstElementChild;
      if (head === first || cell.dataset.kind === "skip") continue;
      const rest = cut(cell, head);
      rest.firstChild.dataset.kind = head.matches("h3") ? "subslide" : "slide";
      if (!first.matches("h1, h2, h3")) cell.dataset.kind = "-";
      cell.after(rest);
    }
  }

  function paginate() {
    document.getElementById("rendered_cells").append(stage);
    cutAtHeadings();
    let begins = true, chapter = 0;
    for (const cell of document.querySelectorAll(".stage-cell")) {
      const { kind, panel } = cell.dataset;
      chapter += kind === "slide";
      begins ||= ["slide", "subslide", "predict"].includes(kind); // an answer has its own page
      if (["skip", "notes", "predict"].includes(kind)) {
        cell.hidden = true;
        continue;
      }
      const page = begins ? newPage(chapter) : pages.at(-1);
      page.firstChild.append(cell);
      if (panel) page.dataset.panel = panel;
      begins = Boolean(panel); // and so has a panel
    }
    for (const said of stage.querySelectorAll(PRINTED)) join(said);
    for (const pre of stage.querySelectorAll("pre")) // a line of up to a hundred stays whole
      pre.classList.toggle("wide", /.{91}/u.test(pre.textContent));
    for (const mark of stage.querySelectorAll(".anchor-link")) mark.remove();
    for (const link of stage.querySelectorAll("a:not([href^='#'])")) link.target = "_blank";
  }

  function fit(page) {
    const body = page.firstChild, picture = body.querySelector(".adam-picture");
    if (picture) {
      const room = getComputedStyle(page), full = parseFloat(room.width);
      picture.style.width = `${full}px`;
      const high = picture.offsetHeight, left = parseFloat(room.height) - body.offsetHeight;
      picture.style.width = `${Math.min(full, Math.floor(full * (high + left) / high))}px`;
      return;
    }
    for (let scale = 1; scale > LEAST - 0.01; scale -= 0.04) {
      body.style.zoom = scale;
      body.style.setProperty("--scale", scale);
      if (fits(page)) return;
    }
    const tall = page.scrollHeight > page.clientHeight; // what is too wide, no page more helps
    if (tall && !body.querySelector("details[open]")) split(page);
  }

  const fits = (page) =>
    page.scrollHeight <= page.clientHeight && page.scrollWidth <= page.clientWidth;

  // The page ends before the first cell that does not fit, or if that is its first, before the
  // first paragraph, code or output; or so far before it that the rest is not a line or two.
  const BLOCKS =
    ".jp-RenderedMarkdown > *, .jp-CodeCell :is(.jp-Cell-inputWrapper, .jp-Cell-outputWrapper)";
  function split(page) {
    const body = page.firstChild, { paddingBottom } = getComputedStyle(page);
    const box = (part) => part.getBoundingClientRect();
    const end = box(page).bottom - parseFloat(paddingBottom) * stage.style.zoom;
    const cells = [...body.children];
    const blocks = [...body.querySelectorAll(BLOCKS)].filter((block) => block.offsetHeight);
    const firstOut = (parts) => { // or the last, if only the space below it is too much
      const out = parts.find((part) => box(part).bottom > end + 1) ?? parts.at(-1);
      return blocks.findIndex((block) => out.contains(block));
    };
    const whole = (i) => i - (i > 0 && blocks[i - 1].matches("h1, h2, h3")); // its heading too
    const out = firstOut(cells) || firstOut(blocks);
    let i = out;
    while (i > 0 && box(body).bottom - box(blocks[i]).top < box(page).height / 5) i--;
    i = whole(i) || whole(out);
    if (i < 1) return;
    const start = cells.find((cell) => blocks.find((b) => cell.contains(b)) === blocks[i]);
    const after = pages[pages.indexOf(page) + 1]; // has the rest of this page, if it was cut before
    const next = after?.restOf === page ? after : newPage(page.chapter, pages.indexOf(page));
    next.restOf = page;
    next.continues = headOf(page) ?? page.continues;
    next.firstChild.prepend(...cut(body, start ?? blocks[i]).firstChild.children);
    show(wish === null ? at : find(wish));
    fit(page);
  }

  function find(place) {
    const cell = place.startsWith("cell-id=") && document.getElementById(place);
    return cell ? pages.indexOf(cell.closest("section")) : Number(place) - 1 || 0;
  }

  // -------------------------------------------------------------------------
  // Turning them
  // -------------------------------------------------------------------------

  function show(to) {
    at = Math.max(0, Math.min(to, pages.length - 1));
    let title = "";
    pages.forEach((page, i) => {
      page.classList.toggle("now", i === at);
      page.dataset.foot = `${i + 1} / ${pages.length}`;
      page.dataset.head = headOf(page) ? "" : page.continues ?? title;
      title = headOf(page, "h1, h2") ?? title;
    });
    const { panel: here } = pages[at].dataset, there = pages[spokenOf(at)]?.dataset.panel;
    panel.textContent = here ? `panel ${here}` : there ? `p: ${there}` : "";
    number.value = pages[at].dataset.foot;
    head.textContent = pages[at].dataset.head;
    history.replaceState(null, "", `#${at + 1}`);
  }

  function turn(to) {
    wish = null;
    document.activeElement?.blur();
    show(to);
  }

  // The panel a page speaks of: a question of the next, a comment of the last one; of its section,
  // if that has any.
  function spokenOf(i) {
    const before = [], after = [];
    pages.forEach((page, k) => page.dataset.panel && (k < i ? before : after).push(k));
    const near = (k) => k !== undefined && pages[k].chapter === pages[i].chapter;
    const [last, next] = [before.at(-1), after[0]];
    const order = pages[i].textContent.includes("Predict.") ? [next, last] : [last, next];
    return order.find(near) ?? last ?? next;
  }

  function toPanel() {
    if (!pages[at].dataset.panel) {
      from = at;
      turn(spokenOf(at) ?? at);
    } else if (from !== null) turn(from);
  }

  function scrolled(by) {
    const page = pages[at], { scrollTop } = page;
    page.scrollTop += by;
    return page.scrollTop !== scrollTop;
  }

  // -------------------------------------------------------------------------
  // Overview, and the list of keys
  // -------------------------------------------------------------------------

  function open(title, content) {
    const head = make("h1", { textContent: title });
    const dialog = make("dialog", { ariaLabel: title }, head, content);
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
    stage.append(dialog);
    dialog.showModal();
    return dialog;
  }

  function overview() {
    const list = make("ol", {}, ...pages.map((page, i) => {
      const go = make("button", { textContent: `${i + 1}  ${titleOf(page)}`, onclick: () => {
        dialog.close();
        turn(i);
      } });
      return make("li", i === at ? { ariaCurrent: "page" } : {}, go);
    }));
    const dialog = open("All slides", list);
    list.children[at].firstChild.focus();
    dialog.addEventListener("keydown", (event) => {
      const on = /^(Arrow|Page)(Down|Right)$/.test(event.key);
      if (!on && !/^(Arrow|Page)(Up|Left)$/.test(event.key)) return;
      event.preventDefault();
      const now = document.activeElement.parentElement;
      (on ? now.nextSibling : now.previousSibling)?.firstChild.focus();
    });
  }

  const plain = (part) => part?.textContent.replaceAll("$", ""); // before a formula is typeset
  const headOf = (page, ranks = "h1, h2, h3") => plain(page.querySelector(ranks));

  function titleOf(page) {
    const { panel } = page.dataset;
    const text = plain(page.querySelector("h1, h2, h3, .jp-RenderedMarkdown > *, pre")) ?? "";
    return panel ? `▶ ${panel}` : text.replace(/ \(★.*/, "").trim().slice(0, 40);
  }

  const HELP = [
    ["Space, →, ↓, PageDown", "next; where something is unfolded, ↓ and ↑ first scroll"],
    ["Shift+Space, ←, ↑, PageUp", "back"],
    ["p", "to the panel that the slide speaks of, and back"],
    ["o", "all slides: arrows and Enter, or the mouse"],
    ["Tab", "from dial to dial; then the arrows move the dial"],
    ["Escape", "out of the panel"],
    ["Enter, on Hint or Solution", "unfolds it"],
    ["Home, End", "first, last"],
    ["f, d", "full screen; dark or light"],
  ];

  const help = () => open("Keys", make("table", {}, ...HELP.map((row) =>
    make("tr", {}, ...row.map((textContent) => make("td", { textContent }))))));

  // -------------------------------------------------------------------------
  // Keys and window
  // -------------------------------------------------------------------------

  const fill = () => {
    stage.style.zoom = Math.min(innerWidth / WIDTH, innerHeight / HEIGHT);
    pages.forEach(fit);
  };
  const dark = (on) => {
    document.body.dataset.jpThemeLight = !root.classList.toggle("dark", on);
  };

  const KEYS = {
    PageDown: () => turn(at + 1), PageUp: () => turn(at - 1),
    ArrowRight: () => turn(at + 1), ArrowLeft: () => turn(at - 1),
    ArrowDown: () => scrolled(120) || turn(at + 1), ArrowUp: () => scrolled(-120) || turn(at - 1),
    Home: () => turn(0), End: () => turn(pages.length - 1),
    " ": (shift) => turn(at + (shift ? -1 : 1)),
    p: toPanel, o: overview, "?": help,
    d: () => dark(),
    f: () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()),
  };

  // What a control does with a key itself it keeps; but a clicker's keys always turn the page.
  const USES = [
    ["input:not([type=checkbox]), select, [contenteditable=true]", /./],
    ["[role=slider]", /^(Arrow|Home|End)/],
    ["button, summary, a, input", /^ $/],
  ];
  const taken = ({ key, target }) => !key.startsWith("Page") &&
    USES.some(([controls, keys]) => target.closest(controls) && keys.test(key));

  addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") document.activeElement?.blur();
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (!Object.hasOwn(KEYS, event.key) || taken(event)) return;
    event.preventDefault();
    event.stopPropagation();
    KEYS[event.key](event.shiftKey);
  }, true);

  panel.onclick = toPanel;
  paginate();
  fill();
  addEventListener("resize", fill);
  addEventListener("toggle", ({ target }) => { // unfolded, it is seen
    if (target.open) target.scrollIntoView({ block: "nearest" });
  }, true);
  const lights = matchMedia("(prefers-color-scheme: dark)");
  dark(lights.matches);
  lights.addEventListener("change", () => dark(lights.matches));
  show(find(wish));
})();
