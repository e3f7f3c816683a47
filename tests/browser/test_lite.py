"""The site without a server, in a browser, with the real kernel: lessons run, sliders answer.

It needs the site that `make lite PYODIDE=...` builds, with all of Pyodide in it.
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
LESSONS = "00_start_here.ipynb", "07_train_a_network.ipynb"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def site():
    if not LOCK.exists():
        pytest.skip("there is no site: `make lite` builds it")
    if "https://" in LOCK.read_text():
        pytest.skip("the site takes NumPy and more from Pyodide's address; to run its kernel here, "
                    "build it whole: make lite PYODIDE=folder-or-archive")  # fmt: skip
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=SITE)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    with lab.browser() as running:
        yield running


def exposed(route):
    """The site's settings, with `jupyterapp` in the page."""
    answer = route.fetch()
    settings = answer.json()
    settings.setdefault("jupyter-config-data", {})["exposeAppInBrowser"] = True
    route.fulfill(response=answer, body=json.dumps(settings))


@contextmanager
def opened(browser, site, lesson):
    """The page with the lesson, all cells run, and what it asked of other places."""
    context = browser.new_context(viewport=dict(width=1280, height=900))
    context.set_default_timeout(300_000)  # Python starts, and this machine may be busy
    context.add_init_script(path=lab.HERE / "watch.js")
    context.route("**/jupyter-lite.json*", exposed)
    page, elsewhere = context.new_page(), []
    page.on(
        "request", lambda r: r.url.startswith((site, "data:", "blob:")) or elsewhere.append(r.url)
    )
    page.goto(f"{site}/lab/index.html?path=notebooks/{lesson}")
    try:
        page.wait_for_function(f"() => window.jupyterapp && {lab._KERNEL}")
        page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
        page.wait_for_function(
            f"{lab._NOTEBOOK}.content.model.toJSON().cells.every(cell => cell.execution_count || "
            "cell.cell_type != 'code' || !cell.source.length || cell.outputs.some("
            "out => out.output_type == 'error'))"
        )
        lab.run_all(page)
        yield page, elsewhere
    finally:
        context.close()


@pytest.mark.parametrize("lesson", LESSONS)
def test_lesson(browser, site, lesson):
    with opened(browser, site, lesson) as (page, elsewhere):
        assert lab.panels(page)
        panel = lab.panels(page)[0]
        before = lab.picture(panel)
        lab.press(panel.locator(".widget-slider").first, "ArrowRight", 3)
        assert lab.picture(panel) != before
        assert elsewhere == []


def test_training(browser, site):
    """There are no threads in the browser; the bar moves all the same, and Stop stops it."""
    with opened(browser, site, LESSONS[1]) as (page, _):
        panel = next(p for p in lab.panels(page) if p.get_by_role("button", name="Stop").count())
        before = lab.text(panel)
        panel.locator(".widget-button.mod-primary").click()
        page.wait_for_function(
            "([panel, before]) => panel.querySelector('.adam-moving svg').ariaLabel != before",
            arg=[panel.element_handle(), before],
        )
        lab.click(panel, "Stop")
        page.wait_for_function(f"{lab._KERNEL}.status === 'idle'")
