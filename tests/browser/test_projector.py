"""The pictures of slides, drawn large: no browser is needed, but time."""

import os
import subprocess
import sys

from lab import REPO


def test_projector():
    """No text is too small or sticks out, whatever the controls; the figures see to their size."""
    code = """
from adam_lab import figures, panels
from data.record_figures import states, undrawn
from matplotlib.text import Text

with undrawn():
    for name in panels.__all__:
        panel = getattr(panels, name)()
        figure = panel.figure
        assert isinstance(figure, figures.Sheet), name
        assert figure.bbox.height <= figures.HIGHEST and figure.bbox.width == 960, name
        figure.draw_without_rendering()
        ticks = {label for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)
                 for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())
                 for label in (tick.label1, tick.label2)}  # those out of view are not drawn
        texts = set(figure.findobj(Text)) - ticks
        for state in states(panel):
            for text in texts:
                if text.get_visible() and text.get_text().strip():
                    assert text.get_fontsize() >= figures.LEAST, (name, state, text)
                    box = text.get_window_extent()
                    over = max(box.x1 - 960, box.y1 - figure.bbox.height)
                    assert min(box.p0) > -2 and over < 2, (name, state, text, box)
"""
    env = os.environ | {
        "ADAM_LAB_PROJECTOR": "1",
        "PYTHONPATH": os.pathsep.join(map(str, (REPO, REPO / "tests"))),
    }
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
