"""Writes the lessons without their solutions: python present/student.py FOLDER

Beside notebooks/ all links and checks work there as they do here.
"""

import re
import shutil
import sys
from pathlib import Path

import nbformat

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
SOLUTION = re.compile(r"\n*<details><summary>Solution</summary>.*?</details>", re.S)


def without_solutions(lesson):
    """The lesson, its exercises without what is folded under Solution."""
    for cell in lesson.cells:
        if cell.cell_type == "markdown" and "exercise" in cell.metadata.get("tags", []):
            cell.source = SOLUTION.sub("", cell.source)
        cell.source = cell.source.replace("Hints and solutions are", "Hints are")
    return lesson


def main(folder):
    folder = Path(folder)
    folder.mkdir(exist_ok=True)
    for path in sorted(NOTEBOOKS.iterdir()):
        if path.suffix == ".ipynb":
            lesson = without_solutions(nbformat.read(path, as_version=4))
            text = nbformat.writes(lesson) + "\n"
            (folder / path.name).write_text(text, encoding="utf-8", newline="\n")
        elif path.is_file():  # the glossary, and what else a lesson links to
            shutil.copy(path, folder)
    print(f"{folder}/ has the lessons without solutions.")


if __name__ == "__main__":
    main(*sys.argv[1:])
