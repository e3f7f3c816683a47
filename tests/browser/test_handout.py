"""`make handout`: one page a lesson, whole without a network, its formulas typeset."""

import os
import re
import subprocess
import sys
from base64 import b64decode, b64encode
from io import BytesIO

import nbformat
import pytest
from PIL import Image

import lab
import stage
from adam_lab import stored

pytestmark = [
    pytest.mark.skipif(bool(os.environ.get("ADAM_SKIP_BROWSER")), reason="asked to"),
    pytest.mark.skipif(bool(stage.MISSING), reason=str(stage.MISSING)),
]


@pytest.fixture(scope="module")
def handouts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("handouts")
    script = lab.REPO / "present" / "handout.py"
    subprocess.run([sys.executable, str(script), str(folder)], check=True)
    return sorted(folder.iterdir())


def test_whole_without_a_network(handouts):
    assert len(handouts) == len(stage.LESSONS)
    with lab.browser() as browser:
        page, asked = browser.new_context(offline=True).new_page(), []
        page.on("request", lambda request: asked.append(request.url))
        for path in handouts:
            asked.clear()
            page.goto(path.as_uri())
            asked = [url for url in asked if not url.startswith("data:")]
            assert asked == [path.as_uri()]
            widths = page.evaluate("[...document.images].map((image) => image.naturalWidth)")
            assert widths and all(widths)


def test_formulas_are_typeset(handouts):
    """A fraction is taller than a letter; nothing is left as it was typed."""
    with lab.browser() as browser:
        page = browser.new_page()
        for path in handouts:
            page.goto(path.as_uri())
            heights = (
                "[...document.querySelectorAll('{}')].map((m) => m.getBoundingClientRect().height)"
            )
            fractions, letters = (page.evaluate(heights.format(name)) for name in ("mfrac", "mi"))
            assert all(height > 0 for height in letters)
            assert not fractions or min(fractions) > 1.3 * min(letters)
            words = page.evaluate(
                "document.querySelectorAll('pre').forEach((code) => code.remove()),"
                "document.body.innerText"
            )
            assert not re.search(r"\$|\\[a-z]|```|<details", words)


def test_solutions_come_last(handouts):
    for path in handouts:
        lesson, last = path.read_text(encoding="utf-8").split("Hints and solutions</h2>")
        tasks = re.findall(r"<h3[^>]*>(Exercise \d)", lesson)
        assert tasks == re.findall(r"<h3[^>]*>(Exercise \d)", last)
        assert len(tasks) == last.count("<strong>Solution.</strong>")
        assert "Solution." not in lesson


def test_nothing_to_click_on():
    """A stored picture ends with a line that says how it becomes live; on paper it does not."""
    import handout

    def size(html):
        png = b64decode(re.search(r"base64,([^\"]*)", html)[1])
        with Image.open(BytesIO(png)) as picture:
            return picture.size

    plain = Image.new("RGB", (400, 300))
    out = BytesIO()
    plain.save(out, "png")
    data = {
        "image/png": b64encode(stored.captioned(out.getvalue())).decode(),
        "text/plain": "words",
    }
    output = nbformat.from_dict(
        dict(data=data, metadata={"image/png": dict(caption=stored.HEIGHT)})
    )
    assert size(handout.shown(output)) == (400, 300)
    output.metadata = nbformat.from_dict({})
    assert size(handout.shown(output)) == (400, 300 + stored.HEIGHT)
