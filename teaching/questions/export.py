"""Writes the question bank for people and for learning platforms: export.py FOLDER

For each lesson FOLDER/NN_title.md, the answers last, and FOLDER/NN_title.zip, in QTI 1.2. The
bank has a JSON file for each lesson, a list of questions:

    ask       the question
    choices   what to choose from, and `right`, the letter of the one that is; or
    answer    a number as text: what is within one percent counts; or
    answers   words that count
    because   a sentence for afterwards
    numbers   number as it is written in choices, answers, or the sentence -> what gives it
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
BANK = sorted(HERE.glob("[0-9][0-9]_*.json"))

# What text2qti writes for each quiz, and what holds for ours, in the words of Canvas.
THEIRS = "Private (Copyrighted) - http://en.wikipedia.org/wiki/Copyright"
OURS = "CC Attribution - https://creativecommons.org/licenses/by/4.0/"


def questions(path):
    return json.loads(path.read_text(encoding="utf-8"))


def title(path):
    number, *words = path.stem.split("_")
    return f"{number} {' '.join(words).capitalize()}"


def lettered(question):
    return dict(zip("abcdef", question.get("choices", ()), strict=False))


def interval(answer):
    """From where to where a number counts as this one: a small count is exact."""
    value = float(answer)
    width = 0 if answer.isdigit() and value < 1000 else 0.01 * abs(value)
    return value - width, value + width


def markdown(path):
    """For people: questions, then answers."""
    asked, answered = [], []
    for number, question in enumerate(questions(path), 1):
        choices = lettered(question)
        asked.append(
            "\n".join(
                [
                    f"{number}. {question['ask']}",
                    *(f"   - **{a}** {text}" for a, text in choices.items()),
                ]
            )
        )
        right = question.get("right") or question.get("answer") or question["answers"][0]
        answered.append(f"{number}. **{right}** {question['because']}")
    body = "\n\n".join([f"# {title(path)}: questions", *asked, "## Answers", "\n".join(answered)])
    return body + "\n"


def text(path):
    """For text2qti, whose format is Markdown with a few signs at the beginning of a line."""
    parts = [f"Quiz title: {title(path)}"]
    for number, question in enumerate(questions(path), 1):
        lines = [f"Title: {path.stem[:2]}.{number}", f"{number}. {question['ask']}",
                 f"... {question['because']}"]  # fmt: skip
        for letter, choice in lettered(question).items():
            lines.append(f"{'*' * (letter == question['right'])}{letter}) {choice}")
        if "answer" in question:
            low, high = interval(question["answer"])
            lines.append(f"= {low:g}" if low == high else f"= [{low:.6g}, {high:.6g}]")
        lines += [f"* {word}" for word in question.get("answers", ())]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def qti(path, target):
    try:
        from text2qti.config import Config
        from text2qti.qti import QTI
        from text2qti.quiz import Quiz
    except ImportError:
        sys.exit("text2qti is not installed: pip install -e .[test]")
    made = QTI(Quiz(text(path), config=Config(), source_name=path.name))
    made.imsmanifest_xml = made.imsmanifest_xml.replace(THEIRS, OURS)
    made.save(target)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Where to? python teaching/questions/export.py FOLDER")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for path in BANK:
        page = folder / f"{path.stem}.md"
        page.write_text(markdown(path), encoding="utf-8", newline="\n")
        qti(path, folder / f"{path.stem}.zip")
    print(
        f"{folder}: {len(BANK)} lessons, each as Markdown to read and as a QTI archive to import."
    )
