"""`make panels`: a lesson's live pictures alone, one at a time, as large as the screen allows."""

import io

import pytest
from PIL import Image, ImageStat

import lab
import stage
from stage import show

pytestmark = stage.NEEDED

LESSON = "04"


@pytest.fixture(scope="module")
def url():
    with stage.served("panels") as (port, _):
        yield show.address(port, LESSON)


@pytest.mark.parametrize("size, dark", [((1280, 720), False), ((1920, 1080), True)])
def test_panels_alone_large_and_live(browser, url, size, dark):
    with stage.opened(browser, url, size=size, dark=dark) as (page, errors):
        assert stage.number(page) == (1, stage.calls(LESSON))
        for _ in range(stage.calls(LESSON)):
            panel = page.locator("section.now .adam-live")
            assert panel.count() == 1
            assert page.locator("section.now .jp-InputArea:visible").count() == 0
            picture = panel.locator(".adam-picture")
            box = picture.bounding_box()
            assert box["width"] > 0.7 * size[0]
            assert box["y"] + box["height"] <= size[1]
            shot = Image.open(io.BytesIO(picture.screenshot()))
            assert (ImageStat.Stat(shot.convert("L")).mean[0] < 100) == dark

            before = lab.text(panel)
            lab.drag(panel.locator(".widget-slider").first, to=0.75)
            lab.wait(lambda panel=panel, before=before: lab.text(panel) != before)
            stage.press(page, "Escape", "PageDown")
        assert not errors
