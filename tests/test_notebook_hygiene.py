"""What strict nbval does not see: how a lesson is stored, and how it is built.

Each check takes a notebook and returns its complaints. Real lessons have none; a lesson
with a planted fault has one of the check meant for it.
"""

import json
import re
from base64 import b64decode, b64encode
from copy import deepcopy
from pathlib import Path
from statistics import median

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbformat.v4.rwbase import rejoin_lines

LESSONS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
SLIDES = {"slide", "subslide", "fragment", "skip", "notes", "-"}
MEGABYTE = 1_000_000


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell):
    return cell.metadata.get("tags", [])


def texts(output):
    """What an output says in words."""
    data = output.get("data", {})
    said = [output.get("text"), data.get("text/plain"), data.get("text/html")]
    return [text for text in said if text]


def calls_panel(cell):
    return re.search(r"^panels\.\w+\(", cell.source, re.M)


# ---------------------------------------------------------------------------
# The checks
# ---------------------------------------------------------------------------


def ran_in_order(notebook):
    counts = [cell.execution_count for cell in code(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"not run once from top to bottom: {counts}"


def ran_without_errors(notebook):
    for cell in code(notebook):
        for output in cell.outputs:
            if output.output_type == "error" or output.get("name") == "stderr":
                yield f"{cell.id}: {output.get('ename', 'stderr')}"


def nothing_skipped(notebook):
    for cell in notebook.cells:
        for tag in tags(cell):
            if re.match(r"nbval|raises-exception|skip", tag, re.I):
                yield f"{cell.id}: tag {tag}"
        if cell.cell_type == "code" and re.search(r"#\s*(PYTEST_VALIDATE|NBVAL)_", cell.source):
            yield f"{cell.id}: a comment that tells nbval to look away"


def panels_stored(notebook):
    """A panel's picture and sentence are there before anything runs."""
    for cell in filter(calls_panel, code(notebook)):
        data = [output.get("data", {}) for output in cell.outputs]
        png = max((len(b64decode(d.get("image/png", ""))) for d in data), default=0)
        words = max((len(d.get("text/plain", "")) for d in data), default=0)
        if png < 5_000:
            yield f"{cell.id}: a panel without its picture"
        if not 0 < words <= 400:
            yield f"{cell.id}: a panel whose text has {words} characters"


def no_stale_widgets(notebook):
    """JupyterLab shows "model not found" for the stored id of a widget that is gone."""
    if "widgets" in notebook.metadata:
        yield "widget state is stored"
    for cell in code(notebook):
        if any("widget-view" in kind for o in cell.outputs for kind in o.get("data", {})):
            yield f"{cell.id}: the id of a widget is stored"


FOREIGN = {
    "a path of one machine": r"/(home|Users|root|tmp)/|\b[A-Z]:\\",
    "a memory address": r"\b0x[0-9a-fA-F]{4,}",
}
TIMING = r"\b\d[\d.]*\s?(ns|µs|μs|us|ms|s|sec|secs|seconds?)\b|\bWall time\b"


def same_on_every_machine(notebook):
    for cell in notebook.cells:
        said = [text for output in cell.get("outputs", []) for text in texts(output)]
        for what, pattern in FOREIGN.items():
            if any(re.search(pattern, text) for text in [cell.source, *said]):
                yield f"{cell.id}: {what}"
        if any(re.search(TIMING, text) for text in said):
            yield f"{cell.id}: a timing in the output"


def metadata_is_lean(notebook):
    kernel = notebook.metadata.get("kernelspec", {}).get("name")
    if kernel != "python3":
        yield f"kernelspec is {kernel}, not python3"
    if "version" in notebook.metadata.get("language_info", {}):
        yield "Python's version is stored"
    for cell in notebook.cells:
        if more := set(cell.metadata) - {"slideshow", "tags", "jupyter"}:
            yield f"{cell.id}: metadata {sorted(more)}"


def answers_are_folded(notebook):
    """What is printed right below a guess opens when its cell is run: it would be the answer."""
    guessed = False
    for cell in notebook.cells:
        guessed = cell.cell_type == "code" and (guessed or "predict" in tags(cell))
        outputs = cell.get("outputs", []) if guessed and "predict" not in tags(cell) else []
        folded = cell.metadata.get("jupyter") == {"outputs_hidden": True}
        if any(output.output_type == "stream" for output in outputs) and not folded:
            yield f"{cell.id}: an answer below the guess is not folded"
        if "jupyter" in cell.metadata and not (outputs and folded):
            yield f"{cell.id}: folded for no reason"


def cells_have_ids(notebook):
    ids = [cell.get("id") for cell in notebook.cells]
    if None in ids or len(set(ids)) < len(ids):
        yield "cells without an id, or two with the same"


def can_be_presented(notebook):
    kinds = [cell.metadata.get("slideshow", {}).get("slide_type") for cell in notebook.cells]
    if kinds[0] != "slide":
        yield "the first cell does not begin a slide"
    for cell, kind in zip(notebook.cells, kinds, strict=True):
        if kind not in SLIDES:
            yield f"{cell.id}: slide_type {kind}"


def slides_break_at_headings(notebook):
    """A section begins a slide, a panel has its own, an answer stands under its question."""
    for cell in notebook.cells[1:]:
        kind = cell.metadata.get("slideshow", {}).get("slide_type")
        if kind not in SLIDES:
            continue
        if cell.cell_type == "markdown":
            rank = len(re.match("#*", cell.source)[0])
            if rank in (1, 2) and kind != "slide":
                yield f"{cell.id}: a section that does not begin a slide"
            if rank == 3 and kind not in ("slide", "subslide"):
                yield f"{cell.id}: a heading in the middle of a slide"
            if kind == "skip" and cell.id != "plan":
                yield f"{cell.id}: left out of the slides"
        elif calls_panel(cell) and kind != "subslide":
            yield f"{cell.id}: a panel without a slide of its own"
        elif {"exercise", "predict"} & set(tags(cell)) and kind != "-":
            yield f"{cell.id}: an answer on another slide than its question"
        elif kind in ("slide", "skip"):
            yield f"{cell.id}: code that begins a section, or is left out"


def plumbing_stays_off_the_slides(notebook):
    """Code that only computes is `plumbing`: slides have its output alone. More than six lines
    are that, an exercise, or `shown` because the slide is about them."""
    for cell in code(notebook):
        kinds = {"plumbing", "shown", "exercise", "predict"} & set(tags(cell))
        if len(kinds) > 1 or ("plumbing" in kinds and calls_panel(cell)):
            yield f"{cell.id}: plumbing, and something else"
        elif "plumbing" in kinds and not cell.outputs:
            yield f"{cell.id}: plumbing without an output leaves an empty slide"
        elif not kinds and not calls_panel(cell) and len(cell.source.splitlines()) > 6:
            yield f"{cell.id}: long code that is neither `plumbing` nor `shown`"


def no_accidental_lists(notebook):
    """Markdown makes a bullet of a line that begins with + or *, a list of "1968." """
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and re.search(r"^(\+|\*|\d{3,}\.) ", cell.source, re.M):
            yield f"{cell.id}: a line that Markdown takes for a list"


def code_is_short(notebook):
    lines = [len(cell.source.splitlines()) for cell in code(notebook)]
    if max(lines) > 25:
        yield f"a code cell of {max(lines)} lines; at most 25"
    if median(lines) > 6:
        yield f"half of the code cells have more than {median(lines):g} lines; at most 6"


def lessons_are_short(notebook):
    if len(notebook.cells) > 40:
        yield f"{len(notebook.cells)} cells; at most 40"


def exercises_are_whole(notebook):
    """A task with its solution folded in, then code that ends in a check."""
    for i, task in enumerate(notebook.cells):
        if task.cell_type == "markdown" and "exercise" in tags(task):
            attempt = [*notebook.cells[i + 1 : i + 2], task][0]
            if attempt.cell_type != "code" or "checks." not in attempt.source:
                yield f"{task.id}: no check follows"
            if "<details>" not in task.source or "Solution" not in task.source:
                yield f"{task.id}: no folded solution"


def pictures_have_words(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            images = re.findall(r"<img\b[^>]*>", cell.source)
            bare = [tag for tag in images if not re.search(r'\balt="[^"]+"', tag)]
            if bare or re.search(r"!\[\s*\]\(", cell.source):
                yield f"{cell.id}: a picture without alternative text"


def colours_hold_by_night(notebook):
    """On a dark page black is drawn white and white black: no sentence goes by these two."""
    drawn = re.compile(r"\b(black|white) (is|bar|curve|dots?|line|path|ring)\b", re.I)
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (named := drawn.search(cell.source)):
            yield f"{cell.id}: {named[0]}"


CHECKS = (
    ran_in_order,
    ran_without_errors,
    nothing_skipped,
    panels_stored,
    no_stale_widgets,
    same_on_every_machine,
    metadata_is_lean,
    answers_are_folded,
    cells_have_ids,
    can_be_presented,
    slides_break_at_headings,
    plumbing_stays_off_the_slides,
    no_accidental_lists,
    code_is_short,
    lessons_are_short,
    exercises_are_whole,
    pictures_have_words,
    colours_hold_by_night,
)


def complaints(path):
    """What is wrong with the notebook file, as `check: complaint`."""
    raw = json.loads(path.read_text(encoding="utf-8"))  # nbformat.read would repair
    notebook = rejoin_lines(nbformat.from_dict(raw))
    found = [f"{check.__name__}: {what}" for check in CHECKS for what in check(notebook)]
    if not re.fullmatch(r"\d\d_[a-z0-9_]+", path.stem):
        found.append("file: the name is not NN_title")
    if path.stat().st_size > 1.5 * MEGABYTE:
        found.append(f"file: {path.stat().st_size / MEGABYTE:.1f} MB; at most 1.5")
    return found


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_lesson(path):
    assert complaints(path) == []


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_says_what_to_type(path):
    """To who has the notebook alone, or in another kernel."""
    first = nbformat.read(path, as_version=4).cells[:4]
    assert any("Run `%pip install git+https://github.com/" in cell.source for cell in first)


# ---------------------------------------------------------------------------
# Is each fault seen?
# ---------------------------------------------------------------------------


def lesson():
    """A small lesson without a fault."""
    picture = {"image/png": b64encode(bytes(6_000)).decode(), "text/plain": "Adam reaches 1e-5."}
    verdict = new_output("execute_result", {"text/plain": "○ not started"}, execution_count=2)
    solution = "<details><summary>Solution</summary>\n\n```python\nx = 1\n```\n</details>"
    cells = [
        new_markdown_cell("# Title\n\n![the valley](valley.png)"),
        new_code_cell(
            "panels.race()",
            outputs=[new_output("execute_result", picture, execution_count=1)],
        ),
        new_markdown_cell(f"### Exercise\n\n{solution}", metadata={"tags": ["exercise"]}),
        new_code_cell("x = ...\nchecks.x(x)", outputs=[verdict], metadata={"tags": ["exercise"]}),
    ]
    kinds = "slide", "subslide", "subslide", "-"
    for i, (cell, kind) in enumerate(zip(cells, kinds, strict=True)):
        cell.id = f"cell-{i}"
        cell.metadata["slideshow"] = {"slide_type": kind}
    for i, cell in enumerate((cells[1], cells[3]), start=1):
        cell.execution_count = i
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def prose(n):
    slide = {"slideshow": {"slide_type": "-"}}
    return [new_markdown_cell("words", id=f"more-{i}", metadata=slide) for i in range(n)]


def computed(lines=1, tags=()):
    """A code cell that prints nothing."""
    cell = new_code_cell("x = 1\n" * lines, id="computed", execution_count=3)
    cell.metadata.update(tags=[*tags], slideshow={"slide_type": "-"})
    return cell


def answered(notebook):
    """A guess, and right below it what is to be guessed."""
    guess = computed(tags=["predict"])
    guess.update(id="guess", execution_count=3)
    answer = computed()
    answer.update(outputs=[new_output("stream", text="41")], execution_count=4)
    notebook.cells += [guess, answer]


def printed(text, name="stdout"):
    return lambda nb: nb.cells[3].outputs.append(new_output("stream", text=text, name=name))


def written(cell, source):
    return lambda nb: nb.cells[cell].update(source=source)


def shown_as(cell, kind):
    return lambda nb: nb.cells[cell].metadata.slideshow.update(slide_type=kind)


def tagged(tag):
    return lambda nb: nb.cells[3].metadata.update(tags=[tag])


def stored(**data):
    return lambda nb: (
        nb.cells[1].outputs[0].data.update({k.replace("_", "/"): v for k, v in data.items()})
    )


FAULTS = [
    (ran_in_order, lambda nb: nb.cells[3].update(execution_count=3)),
    (ran_in_order, lambda nb: nb.cells[3].update(execution_count=None)),
    (ran_without_errors, printed("careful", name="stderr")),
    (ran_without_errors, lambda nb: nb.cells[3].outputs.append(new_output("error", ename="E"))),
    (nothing_skipped, tagged("nbval-skip")),
    (nothing_skipped, tagged("raises-exception")),
    (nothing_skipped, written(3, "# NBVAL_IGNORE_OUTPUT\nchecks.x(1)")),
    (panels_stored, lambda nb: nb.cells[1].outputs.clear()),
    (panels_stored, lambda nb: nb.cells[1].outputs[0].data.pop("image/png")),
    (panels_stored, stored(image_png=b64encode(b"tiny").decode())),
    (panels_stored, stored(text_plain="VBox(children=(" * 40)),
    (no_stale_widgets, lambda nb: nb.metadata.update(widgets={})),
    (no_stale_widgets, stored(**{"application_vnd.jupyter.widget-view+json": {"model_id": "1"}})),
    (same_on_every_machine, printed("/home/ada/lessons")),
    (same_on_every_machine, printed(r"C:\lessons")),
    (same_on_every_machine, printed("<Adam object at 0x7f3a5c10>")),
    (same_on_every_machine, printed("done in 3.2 ms")),
    (metadata_is_lean, lambda nb: nb.metadata.kernelspec.update(name="adam")),
    (metadata_is_lean, lambda nb: nb.metadata.update(language_info={"version": "3.12.1"})),
    (metadata_is_lean, lambda nb: nb.cells[1].metadata.update(execution={"iopub": "12:00"})),
    (answers_are_folded, lambda nb: nb.cells[1].metadata.update(jupyter={"outputs_hidden": True})),
    (answers_are_folded, answered),
    (cells_have_ids, lambda nb: nb.cells[1].update(id="cell-0")),
    (can_be_presented, lambda nb: nb.cells[1].metadata.pop("slideshow")),
    (can_be_presented, lambda nb: nb.cells[1].metadata.slideshow.update(slide_type="page")),
    (can_be_presented, lambda nb: nb.cells[0].metadata.slideshow.update(slide_type="-")),
    (slides_break_at_headings, shown_as(1, "-")),
    (slides_break_at_headings, shown_as(1, "skip")),
    (slides_break_at_headings, shown_as(2, "-")),
    (slides_break_at_headings, shown_as(3, "subslide")),
    (slides_break_at_headings, lambda nb: [written(2, "## Rule" + nb.cells[2].source[3:])(nb)]),
    (slides_break_at_headings, shown_as(2, "skip")),
    (plumbing_stays_off_the_slides, lambda nb: nb.cells[3].metadata.tags.append("plumbing")),
    (plumbing_stays_off_the_slides, lambda nb: nb.cells[1].metadata.update(tags=["plumbing"])),
    (plumbing_stays_off_the_slides, lambda nb: nb.cells.append(computed(tags=["plumbing"]))),
    (plumbing_stays_off_the_slides, lambda nb: nb.cells.append(computed(lines=7))),
    (no_accidental_lists, lambda nb: [written(0, "# T\n\n+ is Adam's line.")(nb)]),
    (code_is_short, written(3, "checks.x(1)\n" * 26)),
    (code_is_short, lambda nb: [written(i, nb.cells[i].source + "\nx" * 6)(nb) for i in (1, 3)]),
    (lessons_are_short, lambda nb: nb.cells.extend(prose(40))),
    (exercises_are_whole, written(3, "x = ...")),
    (exercises_are_whole, written(2, "The solution is 1.")),
    (exercises_are_whole, lambda nb: nb.cells.pop()),
    (pictures_have_words, written(0, "# Title\n\n![](valley.png)")),
    (pictures_have_words, written(0, '# Title\n\n<img src="valley.png">')),
    (colours_hold_by_night, written(0, "# Title\n\nThe black line is Adam.")),
]


def seen(notebook, folder, name="03_title.ipynb"):
    path = folder / name
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return complaints(path)


def test_good_lesson(tmp_path):
    assert seen(lesson(), tmp_path) == []


@pytest.mark.parametrize(("check", "plant"), FAULTS, ids=lambda x: getattr(x, "__name__", ""))
def test_planted_fault(check, plant, tmp_path):
    notebook = deepcopy(lesson())
    plant(notebook)
    found = seen(notebook, tmp_path)
    assert found
    assert all(what.startswith(f"{check.__name__}: ") for what in found)


def test_planted_file_faults(tmp_path):
    assert seen(lesson(), tmp_path, "intro.ipynb") == ["file: the name is not NN_title"]
    large = lesson()
    large.cells[1].outputs[0].data["image/png"] = b64encode(bytes(2 * MEGABYTE)).decode()
    assert seen(large, tmp_path) == ["file: 2.7 MB; at most 1.5"]
