"""What a course needs around its lessons: the template passes, versions and papers agree."""

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

import test_notebook_hygiene as hygiene
import test_teaching as teaching
from adam_lab import checks

ROOT = Path(__file__).parent.parent
TEMPLATE = ROOT / "teaching" / "template"


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


# ---------------------------------------------------------------------------
# A lesson of one's own
# ---------------------------------------------------------------------------


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """Lesson 13, made from the template as CONTRIBUTING says."""
    for name in ("notebooks", "teaching"):
        (tmp_path / name).mkdir()
    for kind, folder in (("ipynb", "notebooks"), ("md", "teaching")):
        text = (TEMPLATE / f"NN_title.{kind}").read_text(encoding="utf-8")
        text = text.replace("NN_title", "13_your_title").replace("NN ", "13 ")
        (tmp_path / folder / f"13_your_title.{kind}").write_text(text, encoding="utf-8")
    guide = tmp_path / "TEACHING.md"
    guide.write_text("| [13](teaching/13_your_title.md) | 5 min | a | b |\n", encoding="utf-8")
    monkeypatch.setattr(teaching, "ROOT", tmp_path)
    monkeypatch.setattr(teaching, "GUIDE", guide)
    return tmp_path / "notebooks" / "13_your_title.ipynb"


def test_the_template_is_a_lesson(lesson):
    assert hygiene.complaints(lesson) == []
    assert "## Write a lesson of your own" in read("CONTRIBUTING.md")
    assert "NN" not in lesson.read_text(encoding="utf-8").replace("image/png", "")[:3000]


@pytest.mark.parametrize(
    "holds", [teaching.test_objectives, teaching.test_minutes, teaching.test_exercises,
              teaching.test_panels, teaching.test_predictions],
)  # fmt: skip
def test_the_page_of_the_template_is_one(holds, lesson):
    holds(lesson)


@pytest.mark.parametrize("column, minutes", [(0, 50), (1, 90)])
def test_the_plan_of_the_template(column, minutes, lesson):
    teaching.test_plan(lesson, column, minutes)


def test_the_template_runs(lesson):
    """Each check says what is stored, and its solution is right."""
    names, seen = {}, []
    for cell in json.loads(lesson.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            *body, last = ast.parse(source).body
            exec(compile(ast.Module(body, []), "<cell>", "exec"), names)
            said = repr(eval(compile(ast.Expression(last.value), "<cell>", "eval"), names))
            if "checks." in source:
                (output,) = cell["outputs"]
                assert "".join(output["data"]["text/plain"]) == said
                seen.append(said[:13])
    assert seen == ["○ not started"] * 2
    solution = re.search(r"```python\n(.*?)```", lesson.read_text(encoding="utf-8").replace(
        '\\n",\n    "', "\n").replace("\\n", "\n"), re.S)[1]  # fmt: skip
    exec(solution, names)
    assert checks.downhill(names["downhill"]).verdict == "right"


# ---------------------------------------------------------------------------
# Papers
# ---------------------------------------------------------------------------


def test_versions_agree():
    project = tomllib.loads(read("pyproject.toml"))["project"]
    cited = yaml.safe_load(read("CITATION.cff"))
    assert cited["version"] == project["version"]
    assert re.search(r"^## (\S+?),? ", read("CHANGELOG.md"), re.M)[1] == project["version"]
    assert " AND ".join(cited["license"]) == project["license"]
    assert {"cff-version", "message", "title", "authors", "repository-code"} <= set(cited)
    assert ("date-released" in cited) != ("not released yet" in read("CHANGELOG.md"))


def test_the_rubric_adds_up():
    text = read("teaching/project.md")
    rows = re.findall(r"^\| \*\*\w+\*\* \|", text, re.M)
    assert f"{3 * len(rows)} points" in text


def test_the_survey_after_asks_what_was_asked_before():
    before, after = read("teaching/surveys.md").split("## After")
    asked = re.findall(r"^   - ([a-e])\. ", before, re.M)
    assert f"2{asked[0]} to 2{asked[-1]}" in after


def test_what_contributing_names_is_there():
    for path in re.findall(r"`((?:tests|teaching|adam_lab)/[\w/.]+)`", read("CONTRIBUTING.md")):
        assert (ROOT / path).exists() or "NN" in path or "13_" in path, path
