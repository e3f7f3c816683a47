"""The question bank: its numbers are computed, and what is exported is what is asked."""

import html
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from zipfile import ZipFile

import pytest

from series import LESSONS
from test_words import agrees, choices, how, numbers, predictions

BANK_FOLDER = Path(__file__).parent.parent / "teaching" / "questions"
sys.path.append(str(BANK_FOLDER))

import export  # noqa: E402, it has its folder for itself

QUESTIONS = [
    pytest.param(question, id=f"{path.stem[:2]}.{number}")
    for path in export.BANK
    for number, question in enumerate(export.questions(path), 1)
]
every_lesson = pytest.mark.parametrize("path", export.BANK, ids=lambda path: path.stem)


def test_every_lesson_has_five():
    assert {path.stem for path in LESSONS} <= {path.stem for path in export.BANK}
    for path in export.BANK:
        asked = export.questions(path)
        assert len(asked) == 5
        assert 1 <= sum("choices" in question for question in asked) <= 4


def unexplained(question):
    """Numbers that are neither given in the question nor rightly computed, and why."""
    computed = question.get("numbers", {})
    answer = [question["answer"]] if "answer" in question else []
    rest = " ; ".join([*question.get("choices", ()), question["because"]])
    given = {written for written, _ in numbers(question["ask"])}
    for written in [*answer, *(written for written, _ in numbers(rest))]:
        if written not in computed and (written in answer or written not in given):
            yield written, "not computed"
    for written, entry in computed.items():
        low, high = export.interval(written)
        value = how(entry, written, None)
        if not agrees(written, value):
            yield written, value
        if written in answer and not low <= round(value, 9) <= high:
            yield written, f"{value} would not count"


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_number_is_given_or_computed(question):
    assert not list(unexplained(question))


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_whole(question):
    assert question["ask"].endswith(("?", ".")) and question["because"].endswith(".")
    ways = {"choices", "answer", "answers"} & set(question)
    assert len(ways) == 1
    if "choices" in question:
        assert len(question["choices"]) == len(set(question["choices"])) >= 4
        assert question["right"] in export.lettered(question)


def test_the_right_letters_are_spread():
    letters = [q.values[0]["right"] for q in QUESTIONS if "right" in q.values[0]]
    assert max(map(letters.count, "abcd")) <= len(letters) / 2
    assert set(letters) == set("abcd")


def test_no_question_is_a_prediction_again():
    """Nor the choices of one: those were answered in class."""

    def words(text):
        return " ".join(re.findall(r"\w+", text.lower()))

    predicted = [question for path in LESSONS for _, question in predictions(path)]
    before = " / ".join(words(question) for question in predicted)
    offered = [set(map(words, choices(question).values())) for question in predicted]
    for question in (q.values[0] for q in QUESTIONS):
        assert words(question["ask"]) not in before
        assert set(map(words, question.get("choices", ()))) not in offered


@pytest.mark.parametrize(
    "fault",
    [dict(answer="0.6"), dict(because="It is 0.77."), dict(numbers={}),
     dict(numbers={"0.5": "2 / 5"})],
)  # fmt: skip
def test_a_wrong_number_is_seen(fault):
    right = dict(ask="The first of 4?", answer="0.5", because="Half.", numbers={"0.5": "2 / 4"})
    assert not list(unexplained(right))
    assert list(unexplained(right | fault))


# ---------------------------------------------------------------------------
# What is exported
# ---------------------------------------------------------------------------


@every_lesson
def test_markdown(path):
    text = export.markdown(path)
    asked, answered = text.split("## Answers")
    for number, question in enumerate(export.questions(path), 1):
        assert f"{number}. {question['ask']}" in asked
        assert question["because"] not in asked and question["because"] in answered
        for letter, choice in export.lettered(question).items():
            assert f"- **{letter}** {choice}" in asked


Q = "{http://www.imsglobal.org/xsd/ims_qtiasiv1p2}"


def texts(item):
    """The texts of an item, as somebody reads them."""
    found = [re.sub(r"<[^<>]+>", "", part.text or "") for part in item.iter(f"{Q}mattext")]
    return [html.unescape(text).strip().replace("’", "'") for text in found]


@every_lesson
def test_qti(path, tmp_path):
    """As the structure of QTI 1.2 asks; texts, licence, the right one and the range are ours."""
    export.qti(path, tmp_path / "quiz.zip")
    with ZipFile(tmp_path / "quiz.zip") as archive:
        manifest = ET.fromstring(archive.read("imsmanifest.xml"))
        named = {part.get("href") for part in manifest.iter() if part.tag.endswith("}file")}
        packed = {name for name in archive.namelist() if not name.endswith("/")}
        assert packed == named | {"imsmanifest.xml"}
        for each in packed:
            assert ET.fromstring(archive.read(each)).tag
        (name,) = (name for name in named if re.search(r"/text2qti_assessment_\w+\.xml$", name))
        root = ET.fromstring(archive.read(name))
    assert export.OURS in [part.text for part in manifest.iter()]
    assert root.tag == f"{Q}questestinterop"
    assert root.find(f"{Q}assessment").get("title") == export.title(path)
    items = list(root.iter(f"{Q}item"))
    assert len(items) == len(export.questions(path))
    for item, question in zip(items, export.questions(path), strict=True):
        said = texts(item)
        assert said[0] == question["ask"].replace("`", "")
        assert said[-1] == question["because"].replace("`", "")
        (points,) = [c for c in item.iter(f"{Q}respcondition") if c.find(f"{Q}setvar") is not None]
        if "choices" in question:
            assert said[1:-1] == [choice.replace("`", "") for choice in question["choices"]]
            labels = [label.get("ident") for label in item.iter(f"{Q}response_label")]
            (right,) = [part.text for part in points.iter(f"{Q}varequal")]
            assert "abcd"[labels.index(right)] == question["right"]
        elif "answer" in question:
            low, high = export.interval(question["answer"])
            (least,), (most,) = points.iter(f"{Q}vargte"), points.iter(f"{Q}varlte")
            least, most = float(least.text), float(most.text)
            assert (least, most) == pytest.approx((low, high), abs=5e-5)  # as learning platforms do
            assert least <= float(question["answer"]) <= most and (least == most) == (low == high)
        else:
            assert [part.text for part in points.iter(f"{Q}varequal")] == question["answers"]
