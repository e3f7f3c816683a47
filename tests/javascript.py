"""JavaScript of the panels and of the front page, run by Node.js."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
needs_node = pytest.mark.skipif(not shutil.which("node"), reason="there is no Node.js here")


def said(script, text):
    """The JSON that a script prints when it is given this text ("-": the text is the script)."""
    command = ["node", str(script)]
    done = subprocess.run(command, input=text, capture_output=True, check=True, encoding="utf-8")
    return json.loads(done.stdout)


def flow(*cases):
    """What flow.mjs finds for each case."""
    return said(HERE / "flow.mjs", json.dumps(cases))


def touch(*asked):
    """What touch.mjs answers to each question."""
    return said(HERE / "touch.mjs", json.dumps(asked))
