"""The same picture on a dark page: light lines on a dark ground, nothing inverted.

What draws by night draws every colour as its colour of the night; photographs and coloured maps
stay as they are.
"""

from colorsys import hls_to_rgb, rgb_to_hls
from functools import cache

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.colors import to_hex, to_rgb, to_rgba

CHOSEN = {  # by day: by night
    "#ffffff": "#14191f", "#000000": "#eef2f6",
    "#0072b2": "#4a9fe0", "#2585bc": "#8acbf2", "#ad7000": "#edb145",
    "#00805a": "#2dbb8c", "#b7568e": "#e08fbc", "#c25300": "#f58a42",
}  # fmt: skip
DARKEST, LIGHTEST = 0.1, 0.94


@cache
def shade(color):
    """By night, "#rrggbb": as chosen; else as far from dark as it was from light."""
    if color in CHOSEN:
        return CHOSEN[color]
    hue, light, strength = rgb_to_hls(*to_rgb(color))
    light = DARKEST + (LIGHTEST - DARKEST) * (1 - light)
    return to_hex(hls_to_rgb(hue, light, 0.75 * strength))


def _shaded(rgba):
    """A colour, with its opacity if it has one."""
    return rgba if rgba is None else (*to_rgb(shade(to_hex(rgba))), *rgba[3:])


class _Ink(GraphicsContextBase):
    def __init__(self):
        super().__init__()
        self._rgb = _shaded(self._rgb)

    def set_foreground(self, fg, isRGBA=False):
        known = fg is self._rgb  # only its opacity changes
        super().set_foreground(fg, isRGBA)
        if not known:
            self._rgb = _shaded(self._rgb)

    def set_hatch_color(self, color):
        super().set_hatch_color(_shaded(to_rgba(color)))


class _Renderer(RendererAgg):
    def new_gc(self):
        return _Ink()

    def draw_path(self, gc, path, transform, rgbFace=None):
        super().draw_path(gc, path, transform, _shaded(rgbFace))

    def _update_methods(self):
        super()._update_methods()
        markers, collection = self.draw_markers, self.draw_path_collection

        def draw_markers(gc, marker, marker_trans, path, trans, rgbFace=None):
            markers(gc, marker, marker_trans, path, trans, _shaded(rgbFace))

        def draw_path_collection(gc, master, paths, transforms, at, at_trans, *faces_and_edges,
                                 **more):  # fmt: skip
            colors = [np.array([_shaded(color) for color in colors]).reshape(-1, 4)
                      for colors in faces_and_edges[:2]]  # fmt: skip
            collection(gc, master, paths, transforms, at, at_trans, *colors, *faces_and_edges[2:],
                       **more)  # fmt: skip

        self.draw_markers, self.draw_path_collection = draw_markers, draw_path_collection


class Canvas(FigureCanvasAgg):
    """A canvas that draws by night."""

    def get_renderer(self):
        key = *self.figure.bbox.size, self.figure.dpi
        if getattr(self, "_made_for", None) != key:
            self.renderer, self._made_for = _Renderer(*key), key
        return self.renderer
