"""Buttons that save a live picture: Python draws it, the browser puts it among its downloads."""

from io import BytesIO

import anywidget
import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image
from traitlets import List, Unicode

from adam_lab import drawing
from adam_lab.page import _file

FRAMES = 60  # of a GIF, at most


class Saver(anywidget.AnyWidget):
    """PNG, SVG, and where there is a Play button GIF. A file is called after the panel's `name`."""

    _esm = _file("save.js")
    formats = List(Unicode()).tag(sync=True)

    def __init__(self, panel, play):
        super().__init__(formats=["PNG", "SVG", *["GIF"] * bool(play)])
        self.on_msg(lambda _, asked, __: self._save(panel, play, asked))

    def _save(self, panel, play, asked):
        kind = asked["format"].lower()
        with drawing:
            data = film(panel, play) if kind == "gif" else drawn(panel.figure, kind)
        self.send(asked | dict(name=f"{panel.name}.{kind}"), [data])


def drawn(figure, kind):
    """The picture as the bytes of a "png" or an "svg"; the letters of that are shapes."""
    out = BytesIO()
    with mpl.rc_context({"svg.fonttype": "path"}):
        figure.savefig(out, format=kind, dpi=192)
    FigureCanvasAgg(figure)  # the old one keeps megabytes of pixels
    figure.set_dpi(72)
    return out.getvalue()


def film(panel, play):
    """What Play shows, as the bytes of a GIF; the picture itself stays where it is."""
    values, slider = dict(panel._values()), panel.controls[play]
    stops = np.linspace(slider.min, slider.max, min(slider.max - slider.min + 1, FRAMES))
    canvas, frames = FigureCanvasAgg(panel.figure), []
    with panel.moved_away():
        canvas.draw()
    still = canvas.copy_from_bbox(panel.figure.bbox)
    for stop in stops.round().astype(int):
        panel._update(**values | {play: int(stop)})
        canvas.restore_region(still)
        for artist in panel._moving:
            artist.draw(canvas.get_renderer())
        frame = Image.fromarray(np.array(canvas.buffer_rgba())).convert("RGB")
        frames.append(frame.quantize(64, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE))
    panel._update(**values)
    FigureCanvasAgg(panel.figure)
    out = BytesIO()
    each = panel._player.interval * (slider.max - slider.min) / len(frames)
    pauses = [each] * (len(frames) - 1) + [2000]
    frames[0].save(out, "gif", save_all=True, append_images=frames[1:], duration=pauses, loop=0)
    return out.getvalue()
