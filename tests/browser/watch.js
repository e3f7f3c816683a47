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

  // Count frames, pictures, blank frames and jumps in height until watch.stop() is called.
  function film(area) {
    const count = { frames: 0, pictures: 0, blank: 0, jumps: 0 };
    let last = picture(area), height = area.getBoundingClientRect().height, on = true;
    const start = performance.now();
    (async () => {
      while ((await frame()) && on) {
        const now = picture(area), tall = area.getBoundingClientRect().height;
        count.frames += 1;
        count.blank += !now;
        count.pictures += now !== null && differ(now, last);
        count.jumps += Math.abs(tall - height) > 1;
        [last, height] = [now ?? last, tall];
      }
    })();
    watch.stop = () => ((on = false), { ...count, seconds: (performance.now() - start) / 1000 });
  }

  return { latency, film, picture };
})();
