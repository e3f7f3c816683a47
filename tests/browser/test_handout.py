"""`make handout`: one page a lesson, whole without a network, its formulas typeset."""

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

pytestmark = stage.NEEDED


@pytest.fixture(scope="module")
def handouts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("handouts")
    script = lab.REPO / "present" / "handout.py"
    call = [sys.executable, str(script), str(folder), "--course", "Optimization 101"]
    subprocess.run(call, check=True)
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def lesson():
    return nbformat.read(lab.REPO / "notebooks" / "02_momentum.ipynb", as_version=4)


def test_whole_without_a_network(handouts, browser):
    assert len(handouts) == len(stage.LESSONS)
    with browser.new_context(offline=True) as offline:
        page, asked = offline.new_page(), []
        page.on("request", lambda request: asked.append(request.url))
        for path in handouts:
            asked.clear()
            page.goto(path.as_uri())
            asked = [url for url in asked if not url.startswith("data:")]
            assert asked == [path.as_uri()]
            widths = page.evaluate("[...document.images].map((image) => image.naturalWidth)")
            assert widths and all(widths)


def test_formulas_are_typeset(handouts, browser):
    """A fraction is taller than a letter; nothing is left as it was typed."""
    with browser.new_page() as page:
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


def test_indices_stand_low(handouts, browser):
    """Also where no font for mathematics is installed: the page brings one."""
    (path,) = [path for path in handouts if path.stem.startswith("02")]
    with browser.new_page() as page:
        page.goto(path.as_uri())
        assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('12px Maths'))")
        drops = page.evaluate("""[...document.querySelectorAll("msub")].map(({ children }) => {
            const [base, index] = [...children].map((part) => part.getBoundingClientRect());
            return (index.top + index.bottom - base.top - base.bottom) / 2 / base.height })""")
        assert min(drops) > 0.1
        names = page.evaluate("[...document.fonts].map((font) => [font.family, font.status])")
        assert ["Maths", "loaded"] in names


def test_printed_with_course_licence_and_page_numbers(handouts):
    for path in handouts:
        html = path.read_text(encoding="utf-8")
        foot = re.search(r'@bottom-left \{ content: "(.*?)"', html)[1]
        assert foot == f"Optimization 101 · {re.search('<title>(.*?)(:|<)', html)[1]} · " + (
            "Learn Adam, CC BY 4.0"
        )
        assert "counter(page)" in html


def test_without_solutions(lesson):
    import handout

    html = handout.page(lesson, solutions=False)
    assert "Hints</h2>" in html
    assert "<strong>Hint.</strong>" in html
    assert "Solution." not in html
    assert "predicted" not in html
    for cell in lesson.cells:
        for code in re.findall(r"Solution</summary>.*?```python\n(.*?)```", cell.source, re.S):
            for line in code.splitlines():
                assert "=" not in line or handout.escape(line.strip()) not in html


def test_answers_to_predictions(lesson):
    """On the last page, in the order of the lesson; they are those of the checks."""
    import handout

    last = handout.page(lesson).split("What was to be predicted</h2>")[1]
    assert re.findall(r"<strong>([a-d])</strong>", last) == ["c", "a", "b", "d"]


def test_solutions_come_last(handouts):
    for path in handouts:
        lesson, last = path.read_text(encoding="utf-8").split("Hints and solutions</h2>")
        tasks = re.findall(r"<h3[^>]*>(Exercise \d)", lesson)
        assert tasks == re.findall(r"<h3[^>]*>(Exercise \d)", last)
        assert len(tasks) == last.count("<strong>Solution.</strong>")
        assert "Solution." not in lesson


def test_nothing_is_folded_and_no_kernel_is_missing(handouts):
    for path in handouts:
        html = path.read_text(encoding="utf-8")
        assert not re.search("click on the word|are folded|No module|OWNER", html)
    assert "Hints and solutions come last." in handouts[0].read_text(encoding="utf-8")


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
