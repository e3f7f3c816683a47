// Runs in the page under test: `watch` sees what a person sees, frame by frame.
window.watch = (() => {
  const frame = () => new Promise(requestAnimationFrame);
  const painted = () => new Promise((done) => { // a task of its own, so after this frame
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => done(performance.now());
    port2.postMessage(null);
  });
  const ready = (node) =>
    node.localName === "svg"
      ? node.querySelector("path, text, use, image") !== null
      : node.complete && node.naturalWidth > 0;
  const text = (node) => // without the names of elements, which nobody sees
    node.localName === "svg"
      ? node.innerHTML.replace(/(id="|"#|url\(#)\w*/g, "$1")
      : node.src;

  // What `area` shows, one string per layer (an image, or our moving SVG); null if it is blank.
  function picture(area) {
    const moving = area.querySelectorAll(".adam-moving").length;
    const layers = [...area.querySelectorAll(".adam-moving svg, img")];
    if (layers.length <= moving || !layers.every(ready)) return null; // not even a background
    return layers.map(text);
  }

  const differ = (a, b) => a.length !== b.length || a.some((layer, i) => layer !== b[i]);

  // Milliseconds from the next event of this type to the first painted other picture.
  async function latency(area, type, timeout = 5000) {
    const before = picture(area);
    const start = await new Promise((heard) =>
      addEventListener(type, (event) => heard(event.timeStamp), { capture: true, once: true }));
    for (;;) {
      const now = await frame(), shown = picture(area);
      if (shown && differ(shown, before)) break; // this frame paints it
      if (now - start > timeout) return null;
    }
    const fresh = [...area.querySelectorAll("img")].filter((image) => !before?.includes(image.src));
    await Promise.all(fresh.map((image) => image.decode()));
    return (await painted()) - start;
  }

  // Until watch.stop(): count frames, pictures, blank frames and jumps in height. For a panel whose
  // words end with "lr=<value>" also `lags`: milliseconds from the hand's move to its picture, and
  // `last`, from the moment that the hand lets go to the last picture.
  function film(area, slider) {
    const count = { frames: 0, pictures: 0, blank: 0, jumps: 0, lags: [], last: 0 };
    const told = () => Number(/lr=(.*)$/.exec(words(area))?.[1]);
    const readout = slider?.querySelector(".widget-readout"), moved = [];
    const note = () => moved.push([performance.now(), Number(readout.textContent)]);
    const hand = new MutationObserver(note);
    if (readout) hand.observe(readout, { childList: true, characterData: true, subtree: true });
    let released = Infinity;
    const release = () => { released = performance.now(); };
    addEventListener("mouseup", release, true);

    let last = picture(area), now = last, on = true, changed = false, value = told();
    const sees = new MutationObserver(() => { changed = true; });
    sees.observe(area, { attributes: true, childList: true, characterData: true, subtree: true });
    let height = area.getBoundingClientRect().height;
    const start = performance.now();
    (async () => {
      while ((await frame()) && on) {
        if (changed || !now) now = picture(area); // an image may still be loading
        changed = false;
        const tall = area.getBoundingClientRect().height;
        const time = performance.now(), fresh = now !== null && differ(now, last);
        if (released === Infinity) {
          count.frames += 1;
          count.pictures += fresh;
        } else if (fresh) count.last = time - released;
        count.blank += !now;
        count.jumps += Math.abs(tall - height) > 1;
        if (told() !== value) {
          value = told();
          const near = ([, at]) => Math.abs(at / value - 1) < 0.01;
          const when = moved.findLast(near);
          if (when && released === Infinity) count.lags.push(time - when[0]);
        }
        [last, height] = [now ?? last, tall];
      }
    })();
    watch.stop = () => {
      on = false;
      sees.disconnect();
      hand.disconnect();
      removeEventListener("mouseup", release, true);
      return { ...count, seconds: (Math.min(performance.now(), released) - start) / 1000 };
    };
  }

  // A hand on the slider for so many seconds, to and fro, 60 moves a second however busy the page is
  // (a driver of the browser waits until each move is painted); gives the number of moves.
  async function hand(slider, seconds) {
    const handle = slider.querySelector(".noUi-touch-area");
    const track = slider.querySelector(".noUi-base").getBoundingClientRect();
    const held = handle.getBoundingClientRect();
    const fire = (type, part) => handle.dispatchEvent(new MouseEvent(type, {
      bubbles: true, cancelable: true, buttons: type === "mouseup" ? 0 : 1,
      clientX: track.x + part * track.width, clientY: track.y + track.height / 2,
    }));
    const real = (event) => event.isTrusted && event.stopImmediatePropagation();
    addEventListener("mousemove", real, true); // Chromium makes one up when the page changes
    const start = performance.now();
    let moves = 0, part = (held.x + held.width / 2 - track.x) / track.width;
    fire("mousedown", part);
    await new Promise((done) => {
      const beat = setInterval(() => {
        const now = (performance.now() - start) / 1000;
        if (now > seconds) {
          clearInterval(beat);
          return done();
        }
        fire("mousemove", part = 0.5 + 0.4 * Math.sin(2 * now));
        moves += 1;
      }, 1000 / 60);
    });
    fire("mouseup", part);
    removeEventListener("mousemove", real, true);
    return moves;
  }

  const words = (area) => area.querySelector(".adam-moving svg")?.getAttribute("aria-label");

  return { latency, film, hand, picture };
})();
