"""A panel through a day and the next: reloads, restarts, other pages, a line that breaks."""

import io
import json
import time
from pathlib import Path

import pytest
from PIL import Image, ImageStat

import lab
from far import far

CELLS = "from adam_lab import panels", "panel = panels.roll()\npanel", "panels.one_dial()"
CONTEXT = f"{lab._NOTEBOOK}.context"
PANEL = 1  # number of the cell
COUNT = "len(__import__('ipywidgets').widgets.widget._instances)"

# Only what the page itself brings, and modules made in it: no script in the text of the page, none
# in an attribute. (JupyterLab compiles its schemas, which is "eval".)
STRICT = f"""
load_subconfig({str(lab.CONFIG)!r})
policy = "script-src 'self' 'unsafe-eval' blob:"
c.ServerApp.tornado_settings = {{"headers": {{"Content-Security-Policy": policy}}}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("live")
    names = "day again restart play line strict typed busy opened dark saved icon".split()
    for name in names:
        lab.write(folder / f"{name}.ipynb", *CELLS)
    return folder


@pytest.fixture(scope="module")
def server(folder):
    with lab.server(folder, lab.CONFIG) as running:
        yield running


def live(page, number=0):
    """Does a dial move the picture? Back to the start after that."""
    panel = lab.panels(page)[number]
    before = lab.text(panel)
    lab.press(panel.locator(".widget-slider").first, "ArrowRight", 3)
    lab.wait(lambda: lab.text(panel) != before)
    lab.click(panel, "Reset")
    lab.wait(lambda: lab.text(panel) == before)
    return True


def shown(page):
    """What the two cells show: "live", "stored", or the text of an error."""
    return [
        "live" if output.locator(".adam-live").count()
        else "stored" if output.locator("img").count()
        else output.inner_text()
        for output in page.locator(".jp-OutputArea-output").all()
    ]  # fmt: skip


def save(page):
    page.evaluate(f"{CONTEXT}.save()")
    page.wait_for_function(f"!{CONTEXT}.model.dirty")


def run(page, cell):
    page.evaluate(
        f"{lab._NOTEBOOK}.content.activeCellIndex = {cell};"
        "jupyterapp.commands.execute('notebook:run-cell')"
    )
    lab.idle(page)


def stored_outputs(folder, name):
    cells = json.loads(Path(folder, name).read_text())["cells"]
    return [output["data"] for cell in cells for output in cell.get("outputs", [])]


def test_what_is_only_opened_is_not_changed(browser, server):
    """Else JupyterLab marks it at once, and asks to save it when it is closed."""
    with lab.notebook(browser, server, "opened.ipynb") as (page, errors):
        page.wait_for_timeout(2000)
        assert not page.evaluate(f"{CONTEXT}.model.dirty")
        assert not errors


def test_the_next_day(browser, server):
    """Run, save, shut down; open again: the last picture, and how it becomes live."""
    with lab.notebook(browser, server, "day.ipynb") as (page, errors):
        lab.run_all(page)
        save(page)
        outputs = stored_outputs(server.root, "day.ipynb")
        assert [set(data) for data in outputs] == 2 * [{"text/plain", "image/png"}]

        page.reload()
        lab.idle(page)
        lab.wait(lambda: shown(page) == ["live", "live"])  # the kernel runs on
        assert live(page)
        save(page)
        assert not errors
    with lab.notebook(browser, server, "day.ipynb") as (page, errors):
        lab.wait(lambda: shown(page) == ["stored", "stored"])
        first = f"{lab._NOTEBOOK}.content.activeCellIndex"
        page.evaluate(f"{first} = 0")
        for step in range(2):  # as the picture says
            if step:
                page.locator(".jp-OutputArea-output img").first.click()
                assert page.evaluate(first) == PANEL
            page.keyboard.press("Shift+Enter")
            lab.idle(page)
        lab.wait(lambda: shown(page) == ["live", "stored"])
        assert live(page)
        assert not errors


def test_a_restart(browser, server):
    """The picture stays, and says what to do; after a reload too."""
    with lab.live(browser, server, "restart.ipynb") as page:
        panel = lab.panels(page)[0]
        before = lab.picture(panel)
        assert not panel.locator(".adam-note").inner_text()
        page.evaluate(f"{lab._KERNEL}.restart()")
        panel.get_by_text("run the cells again from the top").wait_for()
        lab.idle(page)
        assert lab.picture(panel) == before
        save(page)
        page.reload()
        lab.idle(page)
        lab.wait(lambda: shown(page) == ["stored", "stored"])
        lab.run_all(page)
        assert live(page)


def test_a_cell_run_again_and_again(browser, server):
    """What it showed before is closed: nothing is kept, and a reload finds what is there."""
    with lab.live(browser, server, "again.ipynb") as page:
        count = lab.ask(page, COUNT)
        for _ in range(20):
            run(page, PANEL)
        assert lab.ask(page, COUNT) == count
        assert live(page)
        save(page)
        page.reload()
        lab.idle(page)
        lab.wait(lambda: shown(page) == ["live", "live"])
        assert live(page)


def test_all_answer_while_a_cell_runs(browser, server):
    """And in the order in which they were touched."""
    with lab.live(browser, server, "busy.ipynb") as page:
        panel = lab.panels(page)[0]
        start = lab.text(panel)
        for _ in range(2):  # they have been used, or not
            page.evaluate(
                f"{{ {lab._KERNEL}.requestExecute({{ code: 'import time; time.sleep(6)' }}) }}"
            )
            before = time.monotonic()
            for name in ("lr", "β", "step t"):
                said = lab.text(panel)
                lab.press(lab.control(panel, "slider", name), "ArrowLeft", 4)
                lab.wait(lambda said=said: lab.text(panel) != said, 4)
            lab.click(panel, "Reset")
            lab.wait(lambda: lab.text(panel) == start, 4)
            assert time.monotonic() < before + 6, "the cell was over"
            lab.idle(page)
        for _ in range(5):
            lab.press(lab.control(panel, "slider", "lr"), "ArrowLeft", 9)
            lab.click(panel, "Reset")
            lab.picture(panel)
            assert lab.text(panel) == start


def test_code_moves_a_dial(browser, server):
    with lab.live(browser, server, "typed.ipynb") as page:
        panel = lab.panels(page)[0]
        before = lab.text(panel)
        lab.ask(page, "[setattr(panel.controls['lr'], 'value', v / 100) for v in range(10, 60)]")
        lab.wait(lambda: lab.text(panel) != before)
        lab.picture(panel)
        assert lab.control(panel, "slider", "lr").locator(".widget-readout").inner_text() == "0.590"
        assert lab.ask(page, "panel.controls['lr'].value") == "0.59"
        lab.click(panel, "Reset")
        lab.wait(lambda: lab.text(panel) == before)


@pytest.fixture(scope="module")
def typed(browser, server):
    """A page with a panel, to type beside its dials."""
    with lab.live(browser, server, "typed.ipynb") as page:
        yield page, lab.panels(page)[0]


@pytest.mark.parametrize(
    "name, text, value, read",
    [
        ("lr", "0,5", 0.5, "0.500"),
        ("lr", ".3", 0.3, "0.300"),
        ("lr", "1e-1", 0.1, "0.100"),
        ("lr", "0.123456", 0.123456, "0.123456"),
        ("step", "20", 20, "20"),
        ("step", "2e1", 20, "20"),
    ],
)
def test_what_is_typed_counts(typed, name, text, value, read):
    """To the digit, between the stops too; a comma as well as a point."""
    page, panel = typed
    box = type_in(panel, name, text)
    kept = f"panel.controls['{name}'].value"
    lab.wait(lambda: float(lab.ask(page, kept)) == pytest.approx(value))
    assert box.inner_text() == read
    assert not panel.locator(".adam-note").inner_text()
    lab.click(panel, "Reset")
    lab.picture(panel)


@pytest.mark.parametrize(
    "name, text, why",
    [
        ("lr", "1e6", "goes from 0.01 to 4"),
        ("lr", "many", "is not a number"),
        ("lr", "1,000.5", "is not a number"),
        ("step", "1e6", "goes from 0 to 150"),
        ("step", "1,5", "is not a whole number"),
    ],
)
def test_what_cannot_be_is_said(typed, name, text, why):
    panel = typed[1]
    slider = lab.control(panel, "slider", name)
    before = slider.locator(".widget-readout").inner_text()
    box = type_in(panel, name, text)
    note = panel.locator(".adam-note")
    note.get_by_text(why).wait_for()
    assert text in note.inner_text()
    assert box.inner_text() == before
    lab.press(slider, "ArrowLeft")
    lab.wait(lambda: not note.inner_text())
    lab.click(panel, "Reset")
    lab.picture(panel)


def type_in(panel, name, text):
    box = lab.control(panel, "slider", name).locator(".widget-readout")
    box.click()
    panel.page.keyboard.press("Control+A")
    panel.page.keyboard.type(text)
    panel.page.keyboard.press("Enter")
    return box


def test_ends_are_round(typed):
    """And an arrow there and back is where it was."""
    panel = typed[1]
    slider = lab.control(panel, "slider", "lr")
    readout = slider.locator(".widget-readout")
    for key, value in (("End", "4.00"), ("Home", "0.0100")):
        lab.press(slider, key)
        lab.wait(lambda value=value: readout.inner_text() == value)
    lab.click(panel, "Reset")
    start = lab.picture(panel)
    lab.press(slider, "ArrowRight", 9)
    lab.press(slider, "ArrowLeft", 9)
    assert lab.picture(panel) == start


def test_the_icon_of_the_page_stays(browser, server):
    """JupyterLab would change it while the kernel works, so twice for each picture."""
    with lab.notebook(browser, server, "icon.ipynb") as (page, _):
        lab.run_all(page)
        page.evaluate("""() => {
          window.icons = 0;
          const changes = (nodes) => [...nodes].some((node) => node.nodeName === "LINK");
          new MutationObserver((records) => {
            icons += records.filter((r) => changes([...r.addedNodes, r.target])).length;
          }).observe(document.head, { childList: true, subtree: true, attributes: true });
        }""")
        assert live(page)
        assert page.evaluate("icons") == 0


def test_two_views_and_two_pages(browser, server):
    """Play in a panel that is shown twice, Reset from another page while it plays."""
    with lab.live(browser, server, "play.ipynb") as page:
        save(page)
        page.evaluate(
            f"{lab._NOTEBOOK}.content.activeCellIndex = {PANEL};"
            "jupyterapp.commands.execute('notebook:create-output-view')"
        )
        page.wait_for_function("document.querySelectorAll('.adam-live').length === 3")
        panel = lab.panels(page)[0]
        start = lab.text(panel)
        with lab.notebook(browser, server, "play.ipynb", shut=False) as (other, more):
            lab.wait(lambda: shown(other)[:1] == ["live"])
            there = lab.panels(other)[0]
            lab.click(panel, "Play")
            lab.wait(lambda: "after 150 steps" not in lab.text(panel))
            lab.wait(lambda: "after 150 steps" not in lab.text(there))
            lab.click(there, "Reset")
            lab.wait(lambda: lab.text(there) == start)
            for each in (panel, there):
                lab.picture(each, rest=1)
                assert lab.text(each) == start
                each.get_by_role("button", name="Play", exact=True).wait_for()
            assert not more


def test_a_line_that_breaks(browser, server):
    """Far away; cut while a dial is dragged. The picture is that of the dial, and they move on."""
    with far(server.port, delay=0.08) as line:
        with lab.notebook(browser, line, "line.ipynb") as (page, _):
            lab.run_all(page)
            panel = lab.panels(page)[0]
            slider = lab.control(panel, "slider", "lr")
            move = lab.grab(slider)
            for i in range(40):
                move(0.3 + i / 100)
                if i == 20:
                    line.cut()
                page.wait_for_timeout(16)
            page.mouse.up()
            readout, kept = slider.locator(".widget-readout"), "panel.controls['lr'].value"
            for presses in (0, 2):  # untouched, too, the dial is heard again
                lab.press(slider, "ArrowLeft", presses)
                lab.wait(lambda: float(readout.inner_text()) == pytest.approx(
                    float(lab.ask(page, kept)), rel=0.01))  # fmt: skip
            assert live(page, 1)


def test_a_kernel_that_was_slow(browser, server):
    """Far away; when it is fast again, several messages are under way again, in the same drag."""
    delay = 0.2
    with far(server.port, delay) as line, lab.live(browser, line, "line.ipynb") as page:
        panel = lab.panels(page)[0]
        lab.run(
            page, "import time; slow = lambda change: time.sleep(0.3); lr = panel.controls['lr']"
        )
        lab.run(page, "lr.observe(slow, 'value')")
        slider = lab.control(panel, "slider", "lr")
        slider.evaluate("slider => { window.drag = watch.hand(slider, 50) }")
        page.wait_for_timeout(4000)
        lab.run(page, "lr.unobserve(slow, 'value')")

        def pictures():
            panel.evaluate("panel => { watch.film(panel) }")
            page.wait_for_timeout(2000)
            seen = page.evaluate("watch.stop()")
            return seen["pictures"] / seen["seconds"]

        assert any(pictures() > 2 / delay for _ in range(20))  # while the hand is there


def test_dark_and_light(browser, server):
    """A dark page has a dark picture, drawn as one: photographs and maps are not turned round."""
    with lab.notebook(browser, server, "dark.ipynb", dark=True) as (page, errors):
        lab.run_all(page)
        panel = lab.panels(page)[0]
        lab.wait(lambda: brightness(panel) < 60)
        lab.wear(page, "light")
        lab.wait(lambda: brightness(panel) > 200)
        lab.wear(page, "dark")
        lab.wait(lambda: brightness(panel) < 60)
        assert live(page)
        assert brightness(panel) < 60
        assert panel.locator(".adam-picture").evaluate("x => getComputedStyle(x).filter") == "none"
        assert not errors


def brightness(panel):
    """Of most of the picture, from 0 to 255."""
    shot = Image.open(io.BytesIO(panel.locator(".adam-picture").screenshot()))
    return ImageStat.Stat(shot.convert("L")).median[0]


def test_saving(browser, server):
    """The file is among the browser's downloads, once, though there are two views."""
    with lab.notebook(browser, server, "saved.ipynb") as (page, errors):
        lab.run_all(page)
        page.evaluate(
            f"{lab._NOTEBOOK}.content.activeCellIndex = {PANEL};"
            "jupyterapp.commands.execute('notebook:create-output-view')"
        )
        page.wait_for_function("document.querySelectorAll('.adam-live').length === 3")
        panel, files = lab.panels(page)[0], []
        page.on("download", lambda file: files.append(file))
        before = lab.text(panel)
        for kind, start in (("PNG", b"\x89PNG"), ("SVG", b"<?xml"), ("GIF", b"GIF89a")):
            lab.click(panel, f"Save as {kind}")
            panel.get_by_text("is in your downloads").wait_for()
            panel.get_by_text("is in your downloads").wait_for(state="detached")
            assert files[-1].suggested_filename == f"roll.{kind.lower()}"
            assert Path(files[-1].path()).read_bytes().startswith(start)
        assert len(files) == 3
        assert lab.text(panel) == before
        assert not errors


def test_a_strict_page(browser, folder, tmp_path):
    """No script of ours in the text of the page."""
    config = tmp_path / "config.py"
    config.write_text(STRICT)
    with lab.server(folder, config) as server:
        with lab.notebook(browser, server, "strict.ipynb") as (page, errors):
            lab.run_all(page)
            assert live(page, 0) and live(page, 1)
            handle = lab.panels(page)[0].locator(".noUi-handle").first
            assert handle.get_attribute("aria-label")
            refused = [error for error in errors if "Content Security Policy" in error]
            # JupyterLab's own, that takes the token out of the address
            assert len(refused) == len(errors) <= 1
