"""hub/values.yaml: would the chart of Zero to JupyterHub take it? Does it give what is needed?"""

import json
import re
from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

ROOT = Path(__file__).parent.parent
VALUES = yaml.safe_load((ROOT / "hub" / "values.yaml").read_text(encoding="utf-8"))
# Names and types from the chart's own schema; the file says from which version.
SCHEMA = json.loads((ROOT / "tests" / "data" / "z2jh.json").read_text())


def complaints(values):
    return [error.message for error in Draft7Validator(SCHEMA).iter_errors(values)]


def test_the_chart_takes_it():
    Draft7Validator.check_schema(SCHEMA)
    assert complaints(VALUES) == []


@pytest.mark.parametrize(
    "place, name, value",
    [
        (("singleuser",), "memoryLimit", "512M"),
        (("singleuser", "cpu"), "limit", "one"),
        (("singleuser", "storage"), "type", "disk"),
        (("cull",), "timeout", "3600s"),
        (("scheduling", "userPlaceholder"), "replica", 250),
        (("hub",), "concurrentSpawnLimit", 2.5),
    ],
)
def test_the_schema_sees_mistakes(place, name, value):
    values = deepcopy(VALUES)
    inner = values
    for step in place:
        inner = inner[step]
    inner[name] = value
    assert complaints(values)


def test_what_it_gives_is_what_one_student_needs():
    """The guide's figures; and the memory settings of `make lab`."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    malloc = dict(re.findall(r"(MALLOC_\w+_) := (\d+)", makefile))
    student = VALUES["singleuser"]
    assert student["extraEnv"] == malloc
    needed = 257  # MB: the most of one student with one lesson, by `make class`
    amounts = {key: float(text.removesuffix("M")) for key, text in student["memory"].items()}
    assert needed < amounts["guarantee"] < 1.25 * needed
    assert amounts["limit"] > 1.2 * (needed + 140)
