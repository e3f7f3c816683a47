"""The words of the lessons: their numbers, their choices, their links.

A number in a sentence is one that the code cell before or after it prints, has in its code, or
shows in a picture's words, where no other last digit would be found there as well. Of the rest
data/numbers.json says, cell by cell, how they come about ("0.9 ×2" if they stand there twice): an
expression, or "cell gain 7": the seventh number of the lesson's cell `gain`, code and output; or
"code gain lr=0.2", which stands there in the code; or "told gain-read": as that text has it; or
"dial race lr": this control of this panel can be put there; or "panel race lr=1": what this panel
then says. It also has every factor in words, as "three times" or "a tenth" are: in its expressions
cell("gain", 7) and panel("race lr=1", 2) are such numbers, and "said" is what is no result of ours.
"""

import json
import math
import re
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

import adam_core as core
from adam_lab import checks
from adam_lab.models import images, network, rewards, scale, two_networks
from built import built
from data.record_figures import undrawn
from series import FENCED, LESSONS, ROOT, cells, title
from test_teaching import page

DATA = Path(__file__).parent / "data"
NUMBERS = json.loads((DATA / "numbers.json").read_text(encoding="utf-8"))
CHOICES = json.loads((DATA / "choices.json").read_text(encoding="utf-8"))

every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


# ---------------------------------------------------------------------------
# Numbers
# ---------------------------------------------------------------------------

NUMBER = re.compile(
    r"(?<![\w.,:-])(?<!\D/)([-−]?(?!0\d)(?:\d{1,3}(?:[,  ]\d{3})+|\d+)(?:\.\d+)?(?:e[-+]?\d+)?)"
    r"(?!\w|/\D|:\d|\.\d|,\d)(\s?(?:%|percent))?"
)
NO_NUMBERS = re.compile(  # links, code, formulas, years, papers, titles, and what others look at:
    r"^- \*\*\w\*\* [^\n]*$|^\| (?:\[\d\d|00) [^\n]*$"  # choices, lessons with their minutes
    r"|\[\d\d [^]]*\]|\]\([^)]*\)|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|arXiv:[\d.]+|^#+ [^\n]*$|<[^>]*>"
    r"|\b(?:19|20)\d\d(?=[],;:)]| \|)|\(\d+ minutes\)"
    r"|\b(?:lessons?|exercises?|part|figure|section|Algorithm) \d+(?: to \d+)?",
    re.S | re.M | re.I,
)


def sentences(text):
    """The text without what has numbers of another kind, each letter in its place."""
    for other in (FENCED, NO_NUMBERS):
        text = other.sub(lambda found: " " * len(found[0]), text)
    return text


def numbers(text):
    """(number as it is written, is it a percentage?) of a text's numbers from ten on."""
    for found, percent in NUMBER.findall(sentences(text)):
        plain = re.sub(r"[,  ]", "", found.replace("−", "-"))
        if not re.fullmatch(r"-?\d", plain):
            yield plain, bool(percent)


COUNTS = "a two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
COUNTS = {word: n for n, word in enumerate(COUNTS.split(), start=1)}
COUNTS |= dict(an=1, hundred=1e2, thousand=1e3, million=1e6)
PARTS = "half third quarter fifth sixth seventh eighth ninth tenth"
PARTS = {word: 1 / n for n, word in enumerate(PARTS.split(), start=2)}
PARTS |= {"hundredth": 1e-2, "thousandth": 1e-3, "hundred-thousandth": 1e-5, "millionth": 1e-6}
WORTH = COUNTS | PARTS | dict(halve=1 / 2, halved=1 / 2, twice=2, double=2, doubled=2)
SIDES = dict.fromkeys(("no more than", "less than", "fewer than", "lower than"), (0, 1))
SIDES |= dict.fromkeys(("more than", "at least"), (1, math.inf))
SIDES |= dict.fromkeys(("almost", "nearly"), (0.8, 1))

COUNT, PART, SIDE = (f"(?:{'|'.join(words)})" for words in (COUNTS, PARTS, SIDES))
COUNT = f"{COUNT}(?: {COUNT})*"
FACTOR = re.compile(
    rf"\b(?:(?:{SIDE} )?(?:{COUNT} times|{COUNT} {PART}s?|half|halve[sd]?|twice|double[sd]?)"
    rf"|factor of (?:about |{SIDE} )?{COUNT})\b(?!-)"
)


def factors(text):
    """How often each factor in words stands in the text."""
    return Counter(FACTOR.findall(" ".join(sentences(text).lower().split())))


def factor(words):
    return math.prod(WORTH.get(word.removesuffix("s"), 1) for word in words.split())


def decimals(number):
    mantissa, _, exponent = number.partition("e")
    return len(mantissa.partition(".")[2]) - int(exponent or 0)


def agrees(written, value):
    """Is the number what the value rounds to, or is cut to? Is the factor so, to a fifth?"""
    if FACTOR.fullmatch(written):
        low, high = next((SIDES[side] for side in SIDES if side in written), (0.8, 1.2))
        return low <= value / factor(written) <= high
    return math.isfinite(value) and abs(float(written) - value) <= 0.51 * 10.0 ** -decimals(written)


def shows(printed, written, percent):
    """Is the number printed so, or with one or two digits more? A single digit only so."""
    several = len(written.partition("e")[0].lstrip("-0.").replace(".", "")) > 1
    for shift in (0, 2) if percent else (0,):
        value, more = float(printed) * 10**shift, decimals(printed) - shift - decimals(written)
        if math.isclose(value, float(written)) and (more >= 0 or "e" in printed):
            return True
        if several and 0 < more <= 2 and agrees(written, value):
            return True
    return False


def others(written):
    """The number with each other last digit."""
    mantissa, e, exponent = written.partition("e")
    digits = set("0123456789") - {mantissa[-1]}
    return [mantissa[:-1] + digit + e + exponent for digit in digits]


def printed(text):
    """Every number in an output or in code, whatever it is part of."""
    found = re.findall(r"-?\d+(?:_\d+)*(?:\.\d+)?(?:e[-+]?\d+)?", text.replace("−", "-"))
    return [number.replace("_", "") for number in found]


def values(text):
    return map(float, printed(text))


def sections(path):
    """Cells from one heading of the second rank to the next."""
    found = [[]]
    for cell in cells(path):
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            found.append([])
        found[-1].append(cell)
    return found


def shown(cell):
    """What a code cell holds and prints."""
    if cell.cell_type != "code":
        return ""
    said = [cell.source]
    for output in cell.outputs:
        said += [output.get("text", ""), output.get("data", {}).get("text/plain", "")]
    return "\n".join(said)


def tells(cell):
    """Code, and not what waits for a guess."""
    return cell.cell_type == "code" and "predict" not in cell.metadata.get("tags", [])


def told(path):
    """(cell, the numbers that the code before and after it shows) of a lesson's text."""
    for group in sections(path):
        for i, cell in enumerate(group):
            if cell.cell_type == "markdown":
                before, after = filter(tells, group[:i]), filter(tells, group[i:])
                beside = map(shown, [*before][-1:] + [*after][:1])
                yield cell, frozenset(printed("\n".join([*beside, *FENCED.findall(cell.source)])))


@cache
def clear(written, percent, near):
    """Is the number shown near, and would it not be with another last digit?"""
    found = [
        any(shows(number, one, percent) for number in near) for one in (written, *others(written))
    ]
    return found[0] and not any(found[1:])


def unexplained(text, near):
    """How often each number stands in the text that nothing near shows clearly."""
    return Counter(
        written for written, percent in numbers(text) if not clear(written, percent, near)
    )


def computed(path, cell):
    """How often each number or factor of numbers.json stands in a cell."""
    listed = (key.partition(" ×") for key in NUMBERS.get(path.stem[:2], {}).get(cell, {}))
    return Counter({written: int(times or 1) for written, _, times in listed})


@every_lesson
def test_every_number_is_shown_or_computed(path):
    for cell, near in told(path):
        found = unexplained(cell.source, near) + factors(cell.source)
        listed = computed(path, cell.id)
        for written in found - listed:
            places = ", ".join(places_of(path, written))
            pytest.fail(f"{cell.id}: where does {written} come from? {places}")
        assert not listed - found, f"{cell.id}: need not be computed"
    assert NUMBERS.get(path.stem[:2], {}).keys() <= {cell.id for cell, _ in told(path)}


def places_of(path, written):
    """Where in the lesson it may come from, as data/numbers.json says it."""
    for cell in cells(path):
        for i, number in enumerate(printed(shown(cell)), start=1):
            if not FACTOR.fullmatch(written) and shows(number, written, percent=False):
                yield f"cell {cell.id} {i}"


def test_numbers_are_found():
    text = """## 17 headings\n\nLesson 04: after 2000 steps 24/26 of it (Polyak 1964) at lr 0.5.
    Until step 300 it is −1.5e-3, or 12 %, of 10 000 in `f(99)`: 3 ways.\n- **a** 25 percent\n"""
    assert [*numbers(text)] == [
        (written, written == "12")
        for written in ("2000", "24", "26", "0.5", "300", "-1.5e-3", "12", "10000")
    ]


def test_factors_are_found():
    text = """## Twice as good\n\nThree times, more than two\nhundred times; `half` a half-life,
    a hundred-thousandth. The third loses two thirds, a factor of ten.\n- **a** half of it\n"""
    assert {words: factor(words) for words in factors(text)} == {
        "three times": 3,
        "more than two hundred times": 200,
        "a hundred-thousandth": 1e-5,
        "two thirds": 2 / 3,
        "factor of ten": 10,
    }


def test_another_last_digit_is_seen():
    for path in LESSONS:
        for cell, near in told(path):
            as_told = unexplained(cell.source, near)
            for found in NUMBER.finditer(sentences(cell.source)):
                if [*numbers(found[0])]:
                    place = found.start(1) + len(found[1].partition("e")[0]) - 1
                    digit = str((int(cell.source[place]) + 1) % 10)
                    slip = cell.source[:place] + digit + cell.source[place + 1 :]
                    assert unexplained(slip, near) != as_told, f"{cell.id}: {found[1]}"


def stop(dial, wanted):
    """The value nearest to the wanted one that a control of a panel can have."""
    if hasattr(dial, "options"):
        pairs = [option if isinstance(option, tuple) else (0, option) for option in dial.options]
        values = [value for _, value in pairs if not isinstance(value, str)]
    elif hasattr(dial, "base"):
        marks = np.arange(dial.min, dial.max + dial.step / 2, dial.step)
        values = dial.base**marks
    else:
        values = np.arange(dial.min, dial.max + dial.step / 2, dial.step)
    return min(values, key=lambda value: abs(value - wanted))


def readings(name, *settings):
    """The numbers in the words of a panel with these settings, else as at its start."""
    seen = built(name)
    with undrawn():
        put(seen, settings)
        assert seen.error is None
        said = seen.text
        seen.reset()
    return [*values(said)]


def put(seen, settings):
    """Each as control=value; a menu's value with _ for its blanks."""
    for setting in settings:
        control, wanted = setting.split("=")
        dial = seen.controls[control]
        labels = [str(o[0] if isinstance(o, tuple) else o) for o in getattr(dial, "options", [])]
        if wanted.replace("_", " ") in labels:
            dial.index = labels.index(wanted.replace("_", " "))
        elif isinstance(dial.value, bool):
            dial.value = wanted == "True"
        else:
            dial.value = stop(dial, float(wanted))


def how(entry, written, path):
    """The value of an entry of numbers.json, which may use numpy, math and adam_core."""

    def named(name):
        return next(cell for cell in cells(path) if cell.id == name)

    def number(name, place):
        return float(printed(shown(named(name)))[place - 1])

    if found := re.match(r"(cell|code|told) (\S+)(?: (.+))?", entry):
        kind, name, place = found.groups()
        if kind == "cell":
            return number(name, int(place))
        source = named(name).source
        if kind == "told":
            return next(float(number) for number, _ in numbers(source) if number == written)
        assert re.search(rf"(?<![\w.]){re.escape(place)}(?![\w.])", source), entry
        return float(printed(place)[-1])
    if entry.startswith("panel "):
        said = readings(*entry.split()[1:])
        return min(said, key=lambda value: abs(value - float(written)))
    if entry.startswith("dial "):
        _, name, control = entry.split()
        nearest = stop(built(name).controls[control], float(written))
        return float(written) if math.isclose(nearest, float(written), rel_tol=0.03) else nearest
    names = dict(images=images, network=network, rewards=rewards, scale=scale)
    names |= dict(two_networks=two_networks)
    names |= dict(cell=number, panel=lambda panel, place: readings(*panel.split())[place - 1])
    return float(eval(entry, dict(np=np, math=math, core=core, **names, **vars(math))))


@every_lesson
def test_what_is_computed_gives_the_number(path):
    for cell, entries in NUMBERS.get(path.stem[:2], {}).items():
        for key, entry in entries.items():
            written = key.partition(" ×")[0]
            if entry != "said":
                value = how(entry, written, path)
                assert agrees(written, value), f"{cell}: {written} is {value:.6g}"


@every_lesson
def test_the_numbers_of_the_guide(path):
    """A number on a lesson's page in teaching/ is in the lesson or its answers, or computed."""
    known = set(printed("\n".join(f"{cell.source}\n{shown(cell)}" for cell in cells(path))))
    for kind in ("right_answers", "wrong_answers"):
        file = Path(__file__).parent / kind / f"{path.stem}.json"
        known |= set(printed(file.read_text(encoding="utf-8")))
    plans = r"^\| *[\d–-]+ *\| *[\d–-]+ *\||\(90\b"  # minutes
    text = re.sub(plans, "|", page(path), flags=re.M)
    listed = dict(NUMBERS.get(f"teaching {path.stem[:2]}", {}))
    for written, percent in numbers(text):
        if not any(shows(number, written, percent) for number in known):
            assert written in listed, f"where does {written} come from?"
            value = how(listed[written], written, path)
            assert agrees(written, value), f"{written} is {value:.6g}"


# ---------------------------------------------------------------------------
# Choices
# ---------------------------------------------------------------------------


def predictions(path):
    """(cell, its question) of each prediction."""
    listed = cells(path)
    for before, cell in pairwise(listed):
        if "predict" in cell.metadata.get("tags", []):
            yield cell, before.source


def choices(question):
    """Letter -> words."""
    return dict(re.findall(r"^- \*\*(\w)\*\* (.+)$", question, re.M))


def offered(cell, question):
    """Letter -> words, and which letter the check calls right."""
    check = getattr(checks, re.search(r"checks\.(\w+)\(guess\)", cell.source)[1])
    words = choices(question)
    (right,) = [letter for letter in words if check(letter).verdict == "right"]
    return words | dict(right=right)


@every_lesson
def test_the_choices_are_those_that_were_read(path):
    """data/choices.json has them as someone has read them beside their check."""
    for cell, question in predictions(path):
        assert offered(cell, question) == CHOICES[f"{path.stem[:2]} {cell.id}"]
        named = re.search(r"guess = \.\.\.  # (.+)", cell.source)[1]
        assert re.findall(r'"(\w)"', named) == list(choices(question))


# ---------------------------------------------------------------------------
# Links
# ---------------------------------------------------------------------------


@cache
def places(path):
    """Fragments that lead somewhere in a notebook."""
    return {f"cell-id={cell.id}" for cell in cells(path)}


@every_lesson
def test_links_lead_to_what_their_words_say(path):
    by_name = {lesson.name: lesson for lesson in LESSONS}
    for cell in cells(path):
        if cell.cell_type != "markdown":
            continue
        for words, link in re.findall(r"\[([^\]]+)\]\(([^)\s]+)\)", cell.source):
            if re.match(r"https?:", link):
                continue
            file, _, fragment = unquote(link).partition("#")
            target = path.with_name(file) if file else path
            assert target.exists(), f"{cell.id}: {link}"
            if number := re.match(r"(?:lesson )?(\d\d)\b", words, re.I):
                assert target.name.startswith(number[1]), f"{cell.id}: {words} leads to {file}"
            if fragment:
                assert fragment in places(by_name[target.name]), f"{cell.id}: {link}"


@pytest.mark.parametrize("name", ["errata.md", "glossary.md"])
def test_pages_beside_the_lessons_lead_somewhere(name):
    by_name = {lesson.name: lesson for lesson in LESSONS}
    text = (ROOT / "notebooks" / name).read_text(encoding="utf-8")
    links = re.findall(r"\]\((\w+\.ipynb)#([^)]+)\)", text)
    assert links
    for file, fragment in links:
        assert fragment in places(by_name[file]), f"{file}#{fragment}"


def test_each_lesson_ends_with_the_next():
    for path, after in zip(LESSONS, [*LESSONS[1:], None], strict=True):
        last = cells(path)[-1].source
        found = re.findall(r"Next: \[([^\]]+)\]\(([^)]+)\)", last)
        assert found == ([(title(after), after.name)] if after else []), path.stem


def test_lists_of_lessons_are_whole():
    """README and lesson 00 name every lesson by its title, in order, with its link."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| \[(\d\d .+?)\]\(notebooks/(\w+\.ipynb)\) \|", readme, re.M)
    names = [(title(path).replace(" · ", " "), path.name) for path in LESSONS]
    assert table == names
    first = "\n".join(cell.source for cell in cells(LESSONS[0]))
    assert re.findall(r"^\| \[(\d\d .+?)\]\((\w+\.ipynb)\) \|", first, re.M) == names[1:]
