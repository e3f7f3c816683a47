"""The panel that trains for seconds, in a real browser: it must never hold up the hand."""

import time

import pytest

import lab


@pytest.fixture(scope="module")
def opened(browser):
    """The lesson's first panel alone; its page, the panel and the page's errors."""
    with lab.server(lab.REPO / "notebooks", lab.CONFIG) as server:
        with lab.notebook(browser, server, "07_train_a_network.ipynb") as (page, errors):
            page.evaluate(
                "jupyterapp.shell.currentWidget.content.activeCellIndex = 1;"
                "jupyterapp.commands.execute('notebook:run-cell')"
            )
            page.locator(".adam-live .adam-moving svg").wait_for(state="attached")
            yield page, lab.panels(page)[0], errors


def part_done(panel):
    """From 0 to 1, as the bar shows it."""
    bar, whole = (
        panel.locator(f".{kind}").bounding_box()["width"] for kind in ("progress-bar", "progress")
    )
    return bar / whole


def test_the_curve_grows_and_the_slider_answers_meanwhile(opened):
    page, panel, errors = opened
    lab.press(lab.control(panel, "slider", "batch size"), "Home")  # it takes longer
    lab.click(panel, "Train")
    lab.wait(lambda: "after epoch" in lab.text(panel) and "Not trained" not in lab.text(panel))
    pictures = set()
    panel.evaluate("panel => { watch.film(panel.querySelector('.adam-picture')) }")
    start = time.monotonic()
    while time.monotonic() < start + 1:
        pictures.add(lab.text(panel))
        time.sleep(0.02)
    seen = page.evaluate("watch.stop()")
    assert len(pictures) > 3, pictures
    assert seen["blank"] == 0

    before = lab.text(panel).split("Train will use")[1]
    lab.press(lab.control(panel, "slider", "lr learning rate"), "ArrowRight", times=3)
    lab.wait(lambda: lab.text(panel).split("Train will use")[1] != before, seconds=5)
    assert part_done(panel) < 1, "it was over before the slider moved"
    at = part_done(panel)
    lab.wait(lambda: part_done(panel) > at)  # and it goes on
    assert not errors


def test_stop_stops(opened):
    _, panel, _ = opened
    if panel.get_by_role("button", name="Stop", exact=True).is_disabled():
        lab.click(panel, "Train")
    lab.click(panel, "Stop")
    lab.wait(lambda: panel.get_by_role("button", name="Stop", exact=True).is_disabled())
    time.sleep(0.5)
    reached = part_done(panel), lab.text(panel)
    time.sleep(1)
    assert (part_done(panel), lab.text(panel)) == reached
    assert reached[0] < 1


def test_train_again_runs_to_the_end_and_reset_forgets(opened):
    _, panel, errors = opened
    lab.click(panel, "Reset")
    lab.wait(lambda: "Not trained yet" in lab.text(panel))
    lab.click(panel, "Train")
    lab.click(panel, "Train")  # replaces the first
    lab.wait(lambda: "after epoch 200" in lab.text(panel))
    lab.wait(lambda: panel.get_by_role("button", name="Stop", exact=True).is_disabled())
    assert part_done(panel) > 0.99
    lab.click(panel, "Reset")
    lab.wait(lambda: "Not trained yet" in lab.text(panel))
    assert not errors
    assert not panel.locator("[role=alert]").all_inner_texts()
