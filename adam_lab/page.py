"""What the page has of a live picture: two widgets, each with its script, and SVG.

The scripts come with the widgets (https://anywidget.dev): no page need allow more than that.
"""

import re
from functools import lru_cache
from io import StringIO
from pathlib import Path

import anywidget
import numpy as np
from matplotlib import _path
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.colors import to_hex
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D
from traitlets import Bool, Bytes, Dict, Float, Int, List, Unicode

from adam_lab import night

_COLOR = re.compile("#[0-9a-f]{6}")


def _file(*names):
    texts = [Path(__file__).with_name(name).read_text(encoding="utf-8") for name in names]
    return Unicode("\n".join(texts)).tag(sync=True)


class Picture(anywidget.AnyWidget):
    """The figure in the page; live.js shows it, touch.js takes the hand on it.

    still        what does not move, as a PNG
    by_night     the same for a dark page, once one has asked for it: `dark`
    shades       colour of the day -> of the night, for what moves
    layer0, ...  what moves, as SVG: one for each artist, so that only those that changed are sent
    words        the text alternative
    dials        ids of the controls' models: live.js lets several of their messages be under way
    axes         where they are, what can be touched and read there: see touch.Geometry
    """

    _esm, _css = _file("live.js", "touch.js"), _file("live.css", "touch.css")
    size = List(Float()).tag(sync=True)
    still = Bytes().tag(sync=True)
    by_night = Bytes().tag(sync=True)
    shades = Dict({"#000000": night.shade("#000000")}).tag(sync=True)
    dark = Bool().tag(sync=True)
    count = Int().tag(sync=True)
    words = Unicode().tag(sync=True)
    dials = List(Unicode()).tag(sync=True)
    axes = List(Dict()).tag(sync=True)

    def __init__(self, count, **state):
        self.add_traits(**{f"layer{i}": Unicode().tag(sync=True) for i in range(count)})
        super().__init__(count=count, **state)

    def show(self, layers, words, axes, **backgrounds):
        """Another picture, in one message."""
        colors = {color for layer in layers for color in _COLOR.findall(layer)} - {*self.shades}
        with self.hold_sync():
            self.words, self.axes = words, axes
            for name, background in backgrounds.items():
                setattr(self, name, background)
            if colors:
                self.shades = self.shades | {color: night.shade(color) for color in colors}
            for i, layer in enumerate(layers):
                setattr(self, f"layer{i}", layer)


class Player(anywidget.AnyWidget):
    """Two buttons: one plays and pauses, one stops; play.js moves the slider.

    The page in which Play was pressed does it. Where it is ended from elsewhere, that page sends
    "stopped" after its last step.
    """

    _esm = _file("play.js")
    slider = Unicode().tag(sync=True)  # id of its model
    interval = Int().tag(sync=True)  # milliseconds
    playing = Bool().tag(sync=True)


@lru_cache(maxsize=1000)  # most words of a picture are also in the next one
def _measured(s, prop, ismath):
    return text_to_path.get_text_width_height_descent(s, prop, ismath)


class _Renderer(RendererSVG):
    """matplotlib's, in a third of the letters: two decimals, a style once, groups without names."""

    def open_group(self, s, gid=None):
        self.writer.start("g")

    def _convert_path(self, path, transform=None, clip=None, simplify=None, sketch=None):
        clip = (0, 0, self.width, self.height) if clip else None
        codes = [b"M", b"L", b"Q", b"C", b"z"]
        d = _path.convert_to_string(path, transform, clip, simplify, sketch, 2, codes, False)
        d = d.decode("ascii")
        if "Q" not in d and "C" not in d:  # after a curve, points without L would be its own
            d = d.replace(" \nL ", " ")
        return d.replace(" \n", "\n")

    def get_text_width_height_descent(self, s, prop, ismath):
        return _measured(s, prop, ismath)

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        """As wide as matplotlib has measured, whatever font the page has; formulas as shapes."""
        if ismath:
            return self._draw_text_as_path(gc, x, y, s, prop, angle, ismath, mtext)
        if not s.strip():
            return
        wide = self.get_text_width_height_descent(s, prop, ismath)[0]
        style = f"font-size:{prop.get_size_in_points():.4g}px;fill:{to_hex(gc.get_rgb())}"
        if prop.get_weight() in ("bold", 700):
            style += ";font-weight:700"
        if prop.get_family() == ["monospace"]:
            style += ";font-family:DejaVu Sans Mono,monospace"
        if gc.get_alpha() != 1:
            style += f";opacity:{gc.get_alpha():.3g}"
        place = dict(x=f"{x:.2f}", y=f"{y:.2f}", textLength=f"{wide:.2f}")
        if angle:
            place["transform"] = f"rotate({-angle:g} {x:.2f} {y:.2f})"
        self.writer.element(
            "text", s, lengthAdjust="spacingAndGlyphs", style=style, **place,
            **self._get_clip_attrs(gc),
        )  # fmt: skip

    def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):
        shape = self._convert_path(marker_path, marker_trans + Affine2D().scale(1, -1))
        name = self._markers.get(shape)
        if name is None:
            name = self._markers[shape] = self._make_id("m", shape)
            self.writer.start("defs")
            self.writer.element("path", id=name, d=shape)
            self.writer.end("defs")
        self.writer.start("g", style=self._get_style(gc, rgbFace), **self._get_clip_attrs(gc))
        at = self._make_flip_transform(trans).transform(path.vertices)
        inside = np.all((at > -20) & (at < (self.width + 20, self.height + 20)), axis=1)
        for x, y in at[inside].tolist():
            self.writer.element("use", href=f"#{name}", x=f"{x:.2f}", y=f"{y:.2f}")
        self.writer.end("g")


def layers(artists, width, height):
    """SVG of each artist, and last what they are clipped by."""
    out, drawn = StringIO(), []

    def cut():
        drawn.append(out.getvalue())
        out.seek(0)
        out.truncate()

    renderer = _Renderer(width, height, out, image_dpi=144)
    cut()
    for artist in artists:
        renderer._markers.clear()  # each layer has all that it refers to
        renderer._path_collection_id = 0
        artist.draw(renderer)
        cut()
    renderer._write_clips()
    renderer._write_hatches()
    cut()
    return drawn[1:]
