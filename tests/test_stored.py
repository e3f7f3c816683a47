"""The stored pictures are those that the panels draw today, and say what they show."""

import io
import re
from base64 import b64decode

import numpy as np
import pytest
from PIL import Image

from adam_lab import panels
from series import LESSONS, ROOT, cells

SMALL = 48, 32  # a picture is compared by this many grey patches


def panel_cells():
    for path in LESSONS:
        for cell in cells(path):
            if cell.cell_type == "code":
                for name in re.findall(r"^panels\.(\w+)\(\)$", cell.source, re.M):
                    yield pytest.param(name, cell, id=f"{path.stem}:{cell.id}")


def patches(png):
    """The picture in grey, small: fonts and machines draw it alike."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("L").resize(SMALL), dtype=float)


def differs(a, b):
    """By how much of a grey step in 255, where they differ most: 2 is a hair, 20 a line."""
    return np.abs(patches(a) - patches(b)).max()


def stored(cell):
    (output,) = [o for o in cell.outputs if "image/png" in o.get("data", {})]
    return b64decode(output.data["image/png"]), output.data["text/plain"], output.metadata


@pytest.mark.parametrize("panel, cell", list(panel_cells()), indirect=["panel"])
def test_a_stored_picture_is_todays(panel, cell):
    png, words, metadata = stored(cell)
    data, now = panel._repr_mimebundle_()
    assert words == data["text/plain"]
    assert metadata["image/png"]["alt"] == now["image/png"]["alt"] == words
    assert differs(png, b64decode(data["image/png"])) < 12, "python tests/execute.py stores it anew"


def test_the_picture_of_the_readme_is_the_first_panel():
    png = (ROOT / "notebooks" / "race.png").read_bytes()
    assert differs(png, b64decode(panels.race()._png(dpi=96))) < 12


@pytest.mark.parametrize("fault", ["mirrored", "blank", "another", "one line gone"])
def test_another_picture_is_seen(fault):
    panel = panels.one_dial()
    right = b64decode(panel._png(dpi=96))
    image = Image.open(io.BytesIO(right)).convert("RGB")
    if fault == "mirrored":
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    elif fault == "blank":
        image = Image.new("RGB", image.size, "white")
    else:
        if fault == "another":
            panel.controls["lr"].value = 2
        else:
            panel._moving[0].set_visible(False)
        image = Image.open(io.BytesIO(b64decode(panel._png(dpi=96))))
    wrong = io.BytesIO()
    image.save(wrong, "PNG")
    assert differs(right, wrong.getvalue()) > 24
