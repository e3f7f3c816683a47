"""Makes a page of every lesson to print or read without a network:

    python present/handout.py FOLDER [--no-solutions] [--course NAME]

One file holds all of it: pictures, style, and formulas as MathML with a font for them. Hints and
solutions come last, and after them the answers to what was to be predicted.
"""

import argparse
import re
import sys
import sysconfig
from base64 import b64decode, b64encode
from html import escape
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import nbformat
from fontTools import subset
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from adam_lab import checks
from adam_lab.stored import uncaptioned

HERE = Path(__file__).parent
LESSONS = sorted((HERE.parent / "notebooks").glob("[0-9]*.ipynb"))
FOLDED = re.compile(r"<details><summary>(.*?)</summary>(.*?)</details>", re.S)
LICENCE = "Learn Adam, CC BY 4.0"

sys.path.append(sysconfig.get_path("purelib", vars={"base": f"{sys.prefix}/present"}))
from latex2mathml.converter import convert  # noqa: E402, it is installed beside Voila

FONT = Path(find_spec("ziamath").origin).parent / "fonts" / "STIXTwoMath-Regular.ttf"


class Renderer(IPythonRenderer):
    def inline_math(self, body):
        return convert(body)

    def block_math(self, body):
        return convert(body, display="block")


def words(text):
    """HTML of Markdown."""
    text = re.sub(r"(\(\d\d_\w+)\.ipynb\b", r"\1.html", text)  # the handout of that lesson
    renderer = Renderer(escape=False, embed_images=True, path=str(LESSONS[0].parent))
    renderer.exclude_anchor_links = True
    return MarkdownWithMath(renderer=renderer).render(text)


def shown(output):
    """HTML of an output: the picture, with its text; else the text."""
    data = output.get("data", {})
    text = output.get("text") or data.get("text/plain", "")
    if png := data.get("image/png"):
        if foot := output.metadata.get("image/png", {}).get("caption"):
            png = b64encode(uncaptioned(b64decode(png), foot)).decode()  # no clicks on paper
        return f'<img alt="{escape(text)}" src="data:image/png;base64,{png.strip()}">'
    return data.get("text/html") or f"<pre>{escape(text)}</pre>"


def maths_font(html):
    """A style that brings the letters of these formulas: on few machines is a font for them."""
    letters = "".join(re.findall(r"<math.*?</math>", html, re.S))
    out = BytesIO()
    with subset.load_font(str(FONT), subset.Options()) as font:
        cut = subset.Subsetter(subset.Options(layout_features=["*"]))
        cut.populate(text=re.sub("<[^>]*>", "", letters))
        cut.subset(font)
        font.flavor = "woff"
        font.save(out)
    source = f"url(data:font/woff;base64,{b64encode(out.getvalue()).decode()})"
    return f'@font-face {{ font-family: "Maths"; src: {source}; }}\n'


def on_paper(text, heads):
    """A cell's text without what is said of a kernel, and of folded text that a click opens."""
    text = re.sub(r"<details><summary>No module.*?</details>", "", text, flags=re.S)
    return re.sub(r"Hints and solutions are folded .*?\.", f"{heads} come last.", text)


def answer(source):
    """The right letter of a prediction, with what the check says to it."""
    check = getattr(checks, re.search(r"checks\.(\w+)\(guess\)", source)[1])
    for letter in "abcd":
        said = check(letter)
        if said.verdict == "right":
            return f"**{letter}**: {said.text}"
    raise ValueError(f"no letter is right: {source}")


def page(lesson, solutions=True, course=""):
    """The handout of a lesson, HTML."""
    body, last, answers = [], [], []
    kinds = ("Hint", "Solution") if solutions else ("Hint",)
    heads = "Hints and solutions" if solutions else "Hints"
    for cell in lesson.cells:
        tags = {"exercise", "predict"} & set(cell.metadata.get("tags", []))
        if cell.cell_type == "code":
            body.append(highlight(cell.source, PythonLexer(), HtmlFormatter()))
            body += [] if tags else map(shown, cell.outputs)
            answers += [answer(cell.source)] if "predict" in tags else []
            continue
        text = on_paper(cell.source, heads)
        if tags:
            (title,) = re.findall(r"^#+ (Exercise .+?) \(★", text, re.M)
            folded = [f"**{kind}.**{what}" for kind, what in FOLDED.findall(text) if kind in kinds]
            last += [words("\n\n".join([f"### {title}", *folded]))] if folded else []
            text = FOLDED.sub("", text)
        body.append(words(FOLDED.sub(r"**\1.**\2", text)))
    title = re.match("# (.+)", lesson.cells[0].source)[1]
    html = f"{''.join(body)}\n<h2 class=last>{heads}</h2>\n{''.join(last)}"
    if solutions and answers:
        listed = "\n".join(f"{i}. {each}" for i, each in enumerate(answers, start=1))
        html += f"<h2>What was to be predicted</h2>\n{words(listed)}"
    foot = " · ".join(filter(None, [course, title.split(":")[0], LICENCE]))
    margins = f"""@page {{
  @bottom-left {{ content: "{foot.replace('"', "'")}"; font: 8pt sans-serif; }}
  @bottom-right {{ content: counter(page) " / " counter(pages); font: 8pt sans-serif; }}
}}
"""
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>\n'
        f"{HtmlFormatter(style='bw').get_style_defs('.highlight')}\n{maths_font(html)}"
        f"{(HERE / 'handout.css').read_text()}{margins}</style>\n<main>\n"
        f"{html}\n<footer>{escape(foot)}</footer></main>\n"
    )


def main():
    options = argparse.ArgumentParser()
    options.add_argument("folder", type=Path)
    options.add_argument("--no-solutions", action="store_true")
    options.add_argument("--course", default="")
    given = options.parse_args()
    given.folder.mkdir(exist_ok=True)
    for path in LESSONS:
        handout = given.folder / f"{path.stem}.html"
        lesson = nbformat.read(path, as_version=4)
        handout.write_text(page(lesson, not given.no_solutions, given.course), encoding="utf-8")
        print(handout)


if __name__ == "__main__":
    main()
