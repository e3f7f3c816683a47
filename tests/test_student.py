"""`make student`: the lessons without solutions; everything else in them is as it was."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class") / "student"
    script = ROOT / "present" / "student.py"
    subprocess.run([sys.executable, str(script), str(folder)], check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_only_the_solutions_are_gone(path, copies):
    """So each check works in the copy: its code is that of the lesson, which is tested."""
    lesson, copy = (
        nbformat.read(folder / path.name, as_version=4) for folder in (path.parent, copies)
    )
    folded = 0
    for cell, mine in zip(lesson.cells, copy.cells, strict=True):
        assert (cell.id, cell.metadata, cell.cell_type) == (mine.id, mine.metadata, mine.cell_type)
        if cell.cell_type == "code":
            assert mine == cell
            continue
        assert "Solution" not in mine.source
        assert "solutions are" not in mine.source
        assert mine.source.count("<summary>Hint") == cell.source.count("<summary>Hint")
        folded += cell.source.count("<summary>Solution")
        if "<summary>Solution" not in cell.source and "solutions are" not in cell.source:
            assert mine.source == cell.source
    assert folded == sum("exercise" in cell.metadata.get("tags", []) for cell in lesson.cells) / 2


def test_links_lead_somewhere(copies):
    for path in copies.glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                for link in re.findall(r"\]\(([^()\s]+)\)", cell.source):
                    assert re.match(r"https?:", link) or (copies / link.split("#")[0]).exists()
