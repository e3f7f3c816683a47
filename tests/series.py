"""What all lessons share, worked out from the lessons: minutes, the lists of lessons, the glossary.

python tests/series.py [--check]

Writes the minutes into README, lesson 00, TEACHING, teaching/ and each lesson's plan, and makes
notebooks/glossary.md. With --check nothing is written; what is stale is named.

Minutes: words read at 160 a minute, each exercise's own, one for each panel; up to the next five.
A glossary entry is the sentence in which a lesson explains the term, there in bold. The terms
are in data/terms.json: lesson -> {term: patterns of its use in other words}.
"""

import json
import re
import sys
from functools import cache
from pathlib import Path

import nbformat

ROOT = Path(__file__).parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
TERMS = Path(__file__).parent / "data" / "terms.json"
GLOSSARY = ROOT / "notebooks" / "glossary.md"

FOLDED = re.compile(r"<details>.*?</details>", re.S)
FENCED = re.compile(r"```.*?```", re.S)


@cache
def cells(path):
    return nbformat.read(path, as_version=4).cells


def prose(cell):
    """What everybody reads of a cell: nothing folded, no code."""
    if cell.cell_type != "markdown":
        return ""
    return FENCED.sub(" ", FOLDED.sub(" ", cell.source))


@cache
def words(path):
    text = " ".join(prose(cell) for cell in cells(path))
    return sum(bool(re.search(r"\w", word)) for word in text.split())


def exercise_minutes(path):
    return [
        int(minutes)
        for cell in cells(path)
        for minutes in re.findall(r"^### Exercise .*\(★+, (\d+) minutes?\)", prose(cell), re.M)
    ]


def panels(path):
    code = "\n".join(cell.source for cell in cells(path) if cell.cell_type == "code")
    return re.findall(r"^panels\.\w+\(", code, re.M)


def minutes(path):
    whole = words(path) / 160 + sum(exercise_minutes(path)) + len(panels(path))
    return 5 * -int(-whole // 5)


# ---------------------------------------------------------------------------
# Minutes, wherever they stand
# ---------------------------------------------------------------------------


def with_minutes(text):
    """`text` (Markdown, or a notebook as a string) with the minutes of every lesson in it."""
    for path in LESSONS:
        number, new = path.stem[:2], rf"\g<1>{minutes(path)}\g<2>"
        for pattern in (
            rf"(\| \[?{number} [A-Z][^|\n]*\| )\d+( \|)",  # README, and the table in lesson 00
            rf"(\| \[{number}\]\(\S+\) \| )\d+( min \|)",
            rf"(/{path.name}\), )\d+( minutes alone)",
        ):
            text = re.sub(pattern, new, text)
    return text


def with_plan(path, text):
    """The same of a notebook, whose plan says how long it takes."""
    return re.sub(
        r"(\*\*You'll do\*\* \()\d+( minutes\))", rf"\g<1>{minutes(path)}\g<2>", with_minutes(text)
    )


# ---------------------------------------------------------------------------
# Glossary
# ---------------------------------------------------------------------------


def title(path):
    """The first part of it: 02 · Momentum."""
    return re.match(r"# (\d\d · [^:,\n]+)", cells(path)[0].source)[1]


def terms():
    """(lesson, term, patterns of its use), in the order of the series."""
    listed = json.loads(TERMS.read_text(encoding="utf-8"))
    return [
        (path, term, patterns)
        for path in LESSONS
        for term, patterns in listed.get(path.stem[:2], {}).items()
    ]


def explained(path, term):
    """(cell id, sentence) where the lesson has the term in bold; None if nowhere."""
    bold = re.compile(rf"\*\*{re.escape(term)}\*\*", re.I)
    for cell in cells(path):
        for paragraph in prose(cell).split("\n"):
            for sentence in sentences(paragraph):
                if bold.search(sentence):
                    return cell.id, sentence
    return None


def sentences(paragraph):
    """Its sentences; a full stop inside a number, a formula or e.g. ends none."""
    plain = re.sub(r"^\s*(?:[-*>]|\d+\.)\s+", "", paragraph)
    return [
        part.strip() for part in re.split(r"(?<=[.!?])(?:\*\*)?\s+(?=[\"*A-ZΑ-Ωβθκλε$`(])", plain)
    ]


def uses(pattern, text):
    """Is the term used in these words? Links, code and formulas are not words."""
    text = re.sub(r"\[[^\]]*\]\([^)]*\)|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$", " ", text, flags=re.S)
    return re.search(rf"(?<!\w)(?:{pattern})(?!\w)", text, re.I)


def used_too_early(path, term, patterns):
    """The cell that uses a term before it is explained, as `lesson: cell`; None if none does."""
    pattern = "|".join([re.escape(term), *patterns])
    for lesson in LESSONS:
        for cell in cells(lesson):
            text = prose(cell)
            if lesson == path and (bold := re.search(rf"\*\*{re.escape(term)}\*\*", text, re.I)):
                return f"{lesson.stem}: {cell.id}" if uses(pattern, text[: bold.start()]) else None
            if uses(pattern, text):
                return f"{lesson.stem}: {cell.id}"
    return None


def glossary():
    lines = [
        "# Glossary",
        "",
        "The terms of the series, each in the sentence that explains it, with a link to its place.",
        "Made from the lessons.",
        "",
    ]
    for path, term, _ in sorted(terms(), key=lambda entry: entry[1].lower()):
        found = explained(path, term)
        if found:
            cell, sentence = found
            place = f"[{title(path)}]({path.name}#cell-id={cell})"
            lines.append(f"**{term}**: {sentence.replace('**', '')} ({place})\n")
    return "\n".join(lines).rstrip() + "\n"


# ---------------------------------------------------------------------------


def wanted():
    """Every file that holds something from here: path -> what it should hold."""
    made = {GLOSSARY: glossary()}
    for page in (ROOT / "README.md", ROOT / "TEACHING.md", *(ROOT / "teaching").glob("*.md")):
        made[page] = with_minutes(page.read_text(encoding="utf-8"))
    for path in LESSONS:
        made[path] = with_plan(path, path.read_text(encoding="utf-8"))
    return made


def stale():
    """The files that hold something else."""
    return [
        path
        for path, text in wanted().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


if __name__ == "__main__":
    for path in stale():
        print(f"{path.name} is stale" if "--check" in sys.argv else f"{path.name}: written")
        if "--check" not in sys.argv:
            path.write_text(wanted()[path], encoding="utf-8", newline="\n")
    sys.exit("--check" in sys.argv and bool(stale()))
