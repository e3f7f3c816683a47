"""The site without a server, in a browser, with the real kernel: lessons run, sliders answer.

Lessons need the site that `make lite PYODIDE=...` builds, with all of Pyodide in it; Python and
ipywidgets run in the one that `make lite` builds, too.
"""

import json
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

import lab

SITE = lab.REPO / ".venv" / "lite" / "site"
LOCK = SITE / "static" / "pyodide" / "pyodide-lock.json"
LESSONS = "00_start_here.ipynb", "04_adam.ipynb"
TRAINING = "07_train_a_network.ipynb"
SLIDER = """
from anywidget import AnyWidget
from ipywidgets import IntSlider, VBox
from traitlets import Unicode

class Words(AnyWidget):
    _esm = "export default { render({ model, el }) {" \\
        " model.on('change:words', () => { el.textContent = model.get('words'); }); } };"
    words = Unicode().tag(sync=True)

slider, words = IntSlider(value=3), Words()
slider.observe(lambda change: setattr(words, "words", f"it stands at {change.new}"), "value")
VBox([slider, words])
"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def served():
    """Address of the site, in a folder of its server, as on GitHub's pages."""
    if not LOCK.exists():
        pytest.skip("there is no site: `make lite` builds it")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=SITE.parent)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{SITE.name}"
        server.shutdown()


@pytest.fixture(scope="module")
def site(served):
    """Address of a site that has all."""
    if "https://" in LOCK.read_text():
        pytest.skip("the site takes NumPy and more from Pyodide's address; to run lessons here, "
                    "build it whole: make lite PYODIDE=folder-or-archive")  # fmt: skip
    return served


def exposed(route):
    """The site's settings, with `jupyterapp` in the page."""
    answer = route.fetch()
    settings = answer.json()
    settings.setdefault("jupyter-config-data", {})["exposeAppInBrowser"] = True
    route.fulfill(response=answer, body=json.dumps(settings))


@contextmanager
def opened(browser, site, lesson):
    """The page with the lesson, its kernel chosen, and what it asked of other places."""
    context = browser.new_context(viewport=dict(width=1280, height=900))
    context.set_default_timeout(300_000)  # Python starts, and this machine may be busy
    context.add_init_script(path=lab.HERE / "watch.js")
    context.route("**/jupyter-lite.json*", exposed)
    page, elsewhere = context.new_page(), []

    def note(url):
        if not url.startswith((site.removesuffix(SITE.name), "data:", "blob:")):
            elsewhere.append(url)

    page.on("request", lambda request: note(request.url))
    if lesson == LESSONS[0]:  # the way in from the front page
        page.goto(f"{site}/")
        page.get_by_text("Take it apart").click()
    else:
        page.goto(f"{site}/lab/index.html?path=notebooks/{lesson}")
    try:
        page.wait_for_function(f"() => window.jupyterapp && {lab._KERNEL}")
        yield page, elsewhere
    finally:
        context.close()


def run(page, upto=None):
    """Run the first code cells, or all; RuntimeError if one of them fails."""
    page.evaluate(
        """async upto => {
            const notebook = jupyterapp.shell.currentWidget.content;
            const code = notebook.widgets.filter(cell => cell.model.type == 'code');
            for (const cell of code.slice(0, upto ?? undefined)) notebook.select(cell);
            await jupyterapp.commands.execute('notebook:run-cell');
        }""",
        upto,
    )
    for cell in lab.cells(page):
        for out in cell.get("outputs", []):
            if out["output_type"] == "error":
                raise RuntimeError(f"the cell\n\n{cell['source']}\n\nsays {out['evalue']}")


def test_kernel(browser, served):
    """Python starts from the site alone, and a slider moves what hangs on it, with its script."""
    with opened(browser, served, LESSONS[0]) as (page, elsewhere):
        page.evaluate(
            """source => {
                const cells = jupyterapp.shell.currentWidget.content.model.sharedModel.cells;
                cells.find(cell => cell.cell_type === 'code').setSource(source);
            }""",
            SLIDER,
        )
        run(page, upto=1)
        page.locator(".noUi-handle").press("ArrowRight")
        page.get_by_text("it stands at 4").wait_for()
        assert elsewhere == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_lesson(browser, site, lesson):
    """Every cell runs, a slider changes the picture, nobody else is asked for anything."""
    with opened(browser, site, lesson) as (page, elsewhere):
        run(page)
        panel = lab.panels(page)[0]
        before = lab.picture(panel)
        lab.press(panel.locator(".widget-slider").first, "ArrowRight", 3)
        assert lab.picture(panel) != before
        assert elsewhere == []


def test_training(browser, site):
    """There are no threads in the browser; a run is seen all the same, and Stop ends it."""
    with opened(browser, site, TRAINING) as (page, _):
        run(page, upto=1)
        panel = lab.panels(page)[0]
        before = lab.text(panel)
        panel.locator(".widget-button.mod-primary").click()
        page.wait_for_function(
            "([panel, before]) => "
            "panel.querySelector('.adam-moving svg').getAttribute('aria-label') != before",
            arg=[panel.element_handle(), before],
        )
        lab.click(panel, "Stop")
        stopped = lab.picture(panel)
        assert lab.picture(panel, rest=1) == stopped
