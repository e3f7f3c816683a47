"""The picture that a notebook keeps for where no kernel runs; it says how it becomes live."""

from functools import cache
from io import BytesIO
from os import getpid, getppid
from pathlib import Path

import matplotlib as mpl
import numpy as np
from IPython import get_ipython
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

CAPTION = (
    "Stored picture. It becomes live when you run the cells down to here: "
    "click on each, then Shift + Enter."
)
HEIGHT = 24  # of that line, in pixels at the foot of the picture


@cache
def _caption(width):
    """The line at the foot of a stored picture."""
    with mpl.rc_context(mpl.rcParamsDefault):
        figure = Figure(figsize=(width / 96, HEIGHT / 96), dpi=96, facecolor="#f2f2f2")
        figure.text(8 / width, 0.5, CAPTION, color="#444444", fontsize=9, va="center_baseline")
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        return Image.fromarray(np.array(canvas.buffer_rgba()))


def captioned(png):
    """The picture with a line that says how it becomes live."""
    picture = Image.open(BytesIO(png)).convert("RGB")
    whole = Image.new("RGB", (picture.width, picture.height + HEIGHT))
    whole.paste(picture)
    whole.paste(_caption(picture.width).convert("RGB"), (0, picture.height))
    return _bytes(whole)


def uncaptioned(png, height):
    """The picture of a stored output without `height` pixels at its foot: for print."""
    picture = Image.open(BytesIO(png))
    return _bytes(picture.crop((0, 0, picture.width, picture.height - height)))


def _bytes(picture):
    out = BytesIO()
    picture.save(out, "png")
    return out.getvalue()


@cache
def process():
    """Name of this kernel: another one after a restart. The server compares it.

    On Windows the server knows the parent of a kernel's process, so that is named too.
    """
    try:
        file = get_ipython().config["IPKernelApp"]["connection_file"]
    except (AttributeError, KeyError):
        return None  # Python in the browser
    return f"{Path(file).stem.removeprefix('kernel-')} {getpid()} {getppid()}"
