"""Records what the panels show at the start: `python tests/data/record_figures.py`.

Look at the pictures before you do: this is what tests/test_figures.py compares with.
"""

import json
from pathlib import Path

import numpy as np

from adam_lab import panels

FILE = Path(__file__).with_name("figures.json")


def content(figure):
    """What is in a figure: limits, words and points, no pixels."""
    return dict(
        size=figure.get_size_inches().tolist(),
        texts=[text.get_text() for text in figure.texts],
        axes=[
            dict(
                title=ax.get_title(loc="left"),
                labels=[ax.get_xlabel(), ax.get_ylabel()],
                scales=[ax.get_xscale(), ax.get_yscale()],
                limits=[*ax.get_xlim(), *ax.get_ylim()],
                texts=[text.get_text() for text in ax.texts],
                lines=[_line(line) for line in ax.lines],
                images=[_few(np.ma.filled(image.get_array(), -1)) for image in ax.images],
            )
            for ax in figure.axes
        ],
    )


def _line(line):
    style = [line.get_label(), line.get_color(), line.get_marker(), line.get_visible()]
    return dict(style=style, n=len(line.get_xdata()), x=_few(line.get_xdata()),
                y=_few(line.get_ydata()))  # fmt: skip


def _few(values):
    """About forty of the values, 6 digits each."""
    values = np.ravel(values).astype(float)
    return [float(f"{value:.6g}") for value in values[:: len(values) // 40 + 1]]


if __name__ == "__main__":
    recorded = {name: content(getattr(panels, name)().figure) for name in panels.__all__}
    FILE.write_text(json.dumps(recorded, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
