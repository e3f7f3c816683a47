"""A real JupyterLab in a real browser: start it, open a notebook, touch it, watch it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

import nbformat

HERE = Path(__file__).parent
REPO = HERE.parent.parent
CONFIG = REPO / "binder" / "jupyter_server_config.py"  # what `make lab` and Binder start with
TOKEN = "adam"

CHROMIUM_FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
SETTINGS = {  # instead of the user's own
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false", "checkForUpdates": False,
    },
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},  # as the browser asks
}  # fmt: skip


# ---------------------------------------------------------------------------
# The server and the browser
# ---------------------------------------------------------------------------


@dataclass
class Server:
    """A running JupyterLab: its port, the copy of the notebooks, its log."""

    port: int
    root: Path
    log_file: Path
    pid: int

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self):
        return self.log_file.read_text()


@contextmanager
def server(notebooks, config=None, code=REPO):
    """JupyterLab and Notebook 7 on a copy of the folder `notebooks`, without user settings.

    config   a jupyter_server_config.py to start it with
    code     the folder of adam_core and adam_lab
    """
    with TemporaryDirectory(prefix="adam-lab-") as tmp:
        tmp = Path(tmp)
        root, log_file = tmp / "root", tmp / "server.log"
        shutil.copytree(notebooks, root, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        (tmp / "config" / "labconfig").mkdir(parents=True)
        settings = tmp / "config" / "labconfig" / "default_setting_overrides.json"
        settings.write_text(json.dumps(SETTINGS))

        folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR",
                   "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")  # fmt: skip
        env = os.environ | {name: str(tmp / name.lower()) for name in folders}
        env |= {"JUPYTER_CONFIG_DIR": str(tmp / "config"), "PYTHONPATH": str(code)}
        port = free_port()
        command = [
            *(sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"),
            *(f"--port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={root}"),
            f"--IdentityProvider.token={TOKEN}",
            "--LabApp.expose_app_in_browser=True",  # `jupyterapp` in the page
            "--JupyterNotebookApp.expose_app_in_browser=True",
        ]
        if config:
            command.append(f"--config={config}")
        with log_file.open("w") as log:
            process = subprocess.Popen(command, cwd=root, env=env, stdout=log, stderr=log)
        lab, end = Server(port, root, log_file, process.pid), time.monotonic() + 60
        try:
            while not _answers(f"{lab.url}/api?token={TOKEN}"):
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"no server; its log:\n{lab.log}")
                time.sleep(0.1)
            yield lab
        finally:
            process.terminate()
            process.wait(60)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _answers(url):
    try:
        return urlopen(url, timeout=2).status == 200
    except (URLError, OSError):
        return False


def chromium():
    """Path of the browser: $ADAM_CHROMIUM, or Chromium or Chrome on the PATH."""
    names = "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"
    found = os.environ.get("ADAM_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if not found:
        raise RuntimeError(
            "The browser tests need Chromium or Chrome: `apt-get install chromium`, or set "
            "ADAM_CHROMIUM to its path. To leave these tests out, set ADAM_SKIP_BROWSER=1."
        )
    return found


@contextmanager
def browser():
    """Headless Chromium."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise RuntimeError(
            "The browser tests need Playwright: `pip install playwright`. "
            "To leave these tests out, set ADAM_SKIP_BROWSER=1."
        ) from None
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        yield running
        running.close()


# ---------------------------------------------------------------------------
# A notebook
# ---------------------------------------------------------------------------

_NOTEBOOK = "jupyterapp.shell.currentWidget"
_KERNEL = f"{_NOTEBOOK}?.context?.sessionContext?.session?.kernel"

_NOT_OURS = (
    # Notebook 7.6 says these two at its start, whatever the notebook and the settings
    "Cannot read properties of undefined (reading 'schema')",
    "Command 'filebrowser:open-path' not registered",
    # jupyter_server mixes up files of one name in JupyterLab and Notebook: whichever comes
    # second on one server is refused a font
    ".woff",
)


@contextmanager
def notebook(browser, lab, path, *, app="lab", dark=False, size=(1280, 900), shut=True):
    """Open the notebook `path`, kernel idle; gives the page and the list of its errors.

    lab   the server, or a line to it: what has a `url`
    app   "lab" or "notebook" (Notebook 7)
    shut  the kernel down in the end
    """
    context = browser.new_context(
        color_scheme="dark" if dark else "light",
        viewport=dict(width=size[0], height=size[1]),
    )
    context.set_default_timeout(60_000)  # for a busy machine
    context.add_init_script(path=HERE / "watch.js")
    page, errors = context.new_page(), []

    def note(error):
        if not any(known in error for known in _NOT_OURS):
            errors.append(error)

    page.on("console", lambda m: note(f"{m.text} {m.location}") if m.type == "error" else None)
    page.on("pageerror", lambda error: note(str(error)))
    address = f"lab/tree/{path}?reset&" if app == "lab" else f"notebooks/{path}?"
    page.goto(f"{lab.url}/{address}token={TOKEN}")
    try:
        idle(page)
        yield page, errors
        if shut:
            page.evaluate(f"{_NOTEBOOK}.context.sessionContext.shutdown()")
    finally:
        context.close()


@contextmanager
def live(browser, lab, path, **how):
    """`notebook` with every cell run: its page. AssertionError if it has errors in the end."""
    with notebook(browser, lab, path, **how) as (page, errors):
        run_all(page)
        yield page
        assert not errors, errors


def write(path, *sources):
    """A notebook with these cells of code."""
    kernel = dict(name="python3", display_name="Python 3 (ipykernel)", language="python")
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=dict(kernelspec=kernel)), path)


def run_all(page):
    """Run every cell; RuntimeError if one of them fails."""
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(f"{_KERNEL}.status === 'idle'")
    for cell in cells(page):
        for out in cell.get("outputs", []):
            if out["output_type"] == "error" or out.get("name") == "stderr":
                said = out.get("text") or f"{out['ename']}: {out['evalue']}"
                raise RuntimeError(f"the cell\n\n{cell['source']}\n\nsays {said}")
        if cell["cell_type"] == "code" and cell["source"].strip() and not cell["execution_count"]:
            raise RuntimeError(f"the cell\n\n{cell['source']}\n\nwas not run")
    for panel in panels(page):
        panel.locator(".adam-moving svg").wait_for(state="attached")


def panels(page):
    """The live pictures of the open notebook."""
    return page.locator(".adam-live").all()


def cells(page):
    """The cells of the open notebook, as stored in its file."""
    return page.evaluate(f"{_NOTEBOOK}.content.model.toJSON().cells")


def idle(page):
    """Wait until the kernel is."""
    page.wait_for_function(f"() => window.jupyterapp && {_KERNEL}?.status === 'idle'")


def ask(page, expression):
    """What it is in the kernel, in Python's words."""
    script = """async ([code, kernel]) => {
        const future = eval(kernel).requestExecute({
            code: "", user_expressions: { asked: code }, store_history: false });
        return (await future.done).content.user_expressions.asked.data["text/plain"];
    }"""
    return page.evaluate(script, [expression, _KERNEL])


def run(page, code):
    """In the kernel, and wait until it is done."""
    script = "async ([code, kernel]) => { await eval(kernel).requestExecute({ code }).done; }"
    page.evaluate(script, [code, _KERNEL])


def wear(page, theme):
    """Make the page "light" or "dark", and wait.

    Until the theme is there JupyterLab may take the focus away; and its splash screen, shown again
    before it went, is removed twice, with an error.
    """
    page.emulate_media(color_scheme=theme)
    light = "true" if theme == "light" else "false"
    page.wait_for_function(
        f"document.body.dataset.jpThemeLight === '{light}'"
        " && !document.getElementById('jupyterlab-splash')"
    )


# ---------------------------------------------------------------------------
# Touch
# ---------------------------------------------------------------------------


def control(panel, kind, description):
    """The "slider" or "dropdown" of a panel with this description."""
    label = panel.page.locator(".widget-label", has_text=description)
    return panel.locator(f".widget-{kind}", has=label).first


def press(slider, key, times=1):
    """Press an arrow key on the slider's handle."""
    handle = slider.locator(".noUi-handle")
    for _ in range(times):
        handle.press(key)


def grab(slider):
    """Take the slider's handle with the mouse; gives a function that moves it to 0 ... 1."""
    handle, mouse = slider.locator(".noUi-handle"), slider.page.mouse
    for _ in range(5):
        handle.hover()  # scrolls, and waits until the page stands still
        mouse.down()
        if handle.evaluate("handle => handle.classList.contains('noUi-active')"):
            break
        mouse.up()  # the page has moved on since then
    else:
        raise RuntimeError("the mouse does not get hold of the slider's handle")
    track = slider.locator(".noUi-base").bounding_box()
    y = track["y"] + track["height"] / 2
    return lambda part: mouse.move(track["x"] + part * track["width"], y)


def drag(slider, to, moves=10):
    """Drag the slider to a part of its track, from 0 to 1, in so many moves of the mouse."""
    move = grab(slider)
    for i in range(moves):
        move(to + (0.5 - to) * (1 - (i + 1) / moves))
    slider.page.mouse.up()


def click(panel, name):
    panel.get_by_role("button", name=name, exact=True).click()


def choose(panel, description, option):
    control(panel, "dropdown", description).locator("select").select_option(option)


# ---------------------------------------------------------------------------
# Watch
# ---------------------------------------------------------------------------


def wait(ready, seconds=60):
    """Until it is; AssertionError if it is not by then."""
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def picture(panel, rest=0.3):
    """What the panel shows once it and the kernel have been at rest for so many seconds."""
    # A kernel may be late to get busy, so messages that it has not answered count, too.
    script = f"""panel => {_KERNEL}.status === "idle"
        && ![...{_KERNEL}._futures.values()].some((f) => f.msg.header.msg_type === "comm_msg")
        ? watch.picture(panel) : null"""
    shown, since = None, time.monotonic()
    end = since + 60
    while shown is None or time.monotonic() < since + rest:
        if time.monotonic() > end:
            raise RuntimeError("no picture, or one that never comes to rest")
        time.sleep(0.05)
        now = panel.evaluate(script)
        if now is None or now != shown:
            shown, since = now, time.monotonic()
    return shown


def text(panel):
    """The text alternative of the picture."""
    return panel.locator(".adam-moving svg").get_attribute("aria-label")


def latency(slider, area, events=16):
    """Milliseconds from an arrow key on the slider to new pixels in the area, median."""
    page, times = slider.page, []
    slider.locator(".noUi-handle").focus()
    for i in range(events):
        picture(area)
        area.evaluate("area => { watch.pending = watch.latency(area, 'keydown') }")
        page.keyboard.press("ArrowRight" if i < events // 2 else "ArrowLeft")
        times.append(page.evaluate("watch.pending"))
        if times[-1] is None:
            raise RuntimeError("an arrow key on the slider did not change the picture")
    return median(times)


def film(slider, area, seconds=4.0, rest=0.5):
    """Drag the slider to and fro, 60 moves a second; what is seen meanwhile.

    pictures    a second, distinct from the one before
    blank       frames with no picture
    jumps       frames in which the height of the area changed
    moves       of the hand a second: 60, unless the page was too busy to make them
    frames      a second
    lags        milliseconds from a move to its picture, for a panel that says "lr=<value>"
    last        milliseconds from letting go to the last picture; `rest` seconds are waited for more
    """
    both = [area.element_handle(), slider.element_handle()]
    slider.page.evaluate("([area, slider]) => watch.film(area, slider)", both)
    moves = slider.evaluate("(slider, seconds) => watch.hand(slider, seconds)", seconds)
    slider.page.wait_for_timeout(1000 * rest)
    picture(area)
    seen = slider.page.evaluate("watch.stop()")
    return dict(
        pictures=seen["pictures"] / seen["seconds"], blank=seen["blank"], jumps=seen["jumps"],
        moves=moves / seconds, frames=seen["frames"] / seen["seconds"], lags=seen["lags"],
        last=seen["last"],
    )  # fmt: skip


def js_heap(page):
    """Bytes in use by the page's JavaScript, after a garbage collection."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("HeapProfiler.collectGarbage")
    used = devtools.send("Runtime.getHeapUsage")["usedSize"]
    devtools.detach()
    return used


def kernel_memory(page):
    """Bytes of memory of the notebook's kernel, from /proc (Linux)."""
    kernel = page.evaluate(f"{_KERNEL}.id")
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if kernel in (process / "cmdline").read_text():
                return _resident(process)
        except OSError:  # it has ended meanwhile
            continue
    raise RuntimeError(f"no process of the kernel {kernel}")


def server_memory(server):
    """Bytes of memory of the server itself, from /proc (Linux)."""
    return _resident(Path("/proc") / str(server.pid))


def _resident(process):
    """What the process adds: pages that it shares with others count in part."""
    return int((process / "smaps_rollup").read_text().split("Pss:")[1].split()[0]) * 1024
