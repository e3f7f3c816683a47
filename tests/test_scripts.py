"""Every script of ours is JavaScript, where there is Node.js to say so."""

import shutil
import subprocess
from pathlib import Path

import pytest

REPO = Path(__file__).parent.parent
FOLDERS = "adam_lab", "present", "lite", "tests"
SCRIPTS = sorted(path for folder in FOLDERS for path in (REPO / folder).rglob("*.*js"))


@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node.js here")
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_it_can_be_parsed(path):
    """As a module, as the pages load them."""
    check = ["node", "--input-type=module", "--check"]
    said = subprocess.run(check, input=path.read_bytes(), capture_output=True)
    assert said.returncode == 0, said.stderr.decode()


def test_all_are_found():
    assert {"live.js", "touch.js", "play.js", "stage.js", "watch.js"} <= {p.name for p in SCRIPTS}
