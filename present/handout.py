"""Makes a page of every lesson to print or read without a network: python present/handout.py FOLDER

One file holds all of it: pictures, style, and formulas as MathML, which browsers typeset
themselves. Hints and solutions come last.
"""

import re
import sys
import sysconfig
from base64 import b64decode, b64encode
from html import escape
from pathlib import Path

import nbformat
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from adam_lab.stored import uncaptioned

HERE = Path(__file__).parent
LESSONS = sorted((HERE.parent / "notebooks").glob("*.ipynb"))
FOLDED = re.compile(r"<details><summary>(.*?)</summary>(.*?)</details>", re.S)

sys.path.append(sysconfig.get_path("purelib", vars={"base": f"{sys.prefix}/present"}))
from latex2mathml.converter import convert  # noqa: E402, it is installed beside Voila


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


def page(lesson):
    """The handout of a lesson, HTML."""
    body, last = [], []
    for cell in lesson.cells:
        answer = {"exercise", "predict"} & set(cell.metadata.get("tags", []))
        if cell.cell_type == "code":
            body.append(highlight(cell.source, PythonLexer(), HtmlFormatter()))
            body += [] if answer else map(shown, cell.outputs)
            continue
        text = cell.source
        if answer:
            (title,) = re.findall(r"^#+ (Exercise .+?) \(★", text, re.M)
            folded = [f"**{kind}.**{what}" for kind, what in FOLDED.findall(text)]
            last += [words("\n\n".join([f"### {title}", *folded]))]
            text = FOLDED.sub("", text)
        body.append(words(FOLDED.sub(r"**\1.**\2", text)))
    title = re.match("# (.+)", lesson.cells[0].source)[1]
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>\n'
        f"{HtmlFormatter(style='bw').get_style_defs('.highlight')}\n"
        f"{(HERE / 'handout.css').read_text()}</style>\n<main>\n"
        f"{''.join(body)}\n<h2 class=last>Hints and solutions</h2>\n{''.join(last)}</main>\n"
    )


def main(folder):
    folder = Path(folder)
    folder.mkdir(exist_ok=True)
    for path in LESSONS:
        handout = folder / f"{path.stem}.html"
        handout.write_text(page(nbformat.read(path, as_version=4)), encoding="utf-8")
        print(handout)


if __name__ == "__main__":
    main(*sys.argv[1:])
