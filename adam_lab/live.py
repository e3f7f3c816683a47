"""The live picture: joins controls to a matplotlib figure. Knows no optimizer.

Redrawing a whole figure takes a third of a second. So what never moves is drawn once,
as a PNG; at each change only the artists that move are drawn, as SVG, and laid over it:

    line, = ax.plot(x, x**2)

    def update(power):
        line.set_ydata(x**power)
        return f"the curve x to the power {power}"

    Live(figure, [line], update, {"power": FloatSlider(value=2, max=4)})

`update` receives the value of every control by name, changes the moving artists, and
returns a sentence that says what there is to see, for those who cannot see it.
"""

import gc
import traceback
from base64 import b64encode
from html import escape
from io import BytesIO, StringIO
from itertools import count
from pathlib import Path
from time import monotonic

import ipywidgets as widgets
import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import RendererSVG

from adam_lab import drawing

_STYLE = """<style>
.adam-live .adam-picture {max-width: 1200px; border-radius: 6px}
.adam-live .adam-picture > * {margin: 0; min-width: 0; height: auto}
.adam-live .adam-picture .widget-html-content {line-height: 0}
.adam-live .adam-picture img, .adam-live .adam-picture svg {width: 100%; height: auto}
.adam-live {--focus: #0072B2}
.adam-live :is(.noUi-handle, .widget-readout, button, select, input):focus-visible
 {outline: 3px solid var(--focus) !important; outline-offset: -3px}
.adam-live .noUi-handle:focus-visible {outline-offset: 1px}
.adam-live .mod-primary {--focus: white}
.adam-live .mod-primary:focus-visible {outline-offset: -6px}
.adam-live [role=alert] {border-left: 5px solid #D55E00; padding-left: 12px}
.adam-live .adam-status {position: absolute; width: 1px; height: 1px; overflow: hidden;
 clip-path: inset(50%); white-space: nowrap}
:is(body[data-jp-theme-light="false"], body.vscode-dark) .adam-live {--focus: #56B4E9}
:is(body[data-jp-theme-light="false"], body.vscode-dark) .adam-live .adam-picture
 {filter: invert(0.88) hue-rotate(180deg)}
</style>"""
_IN_PAGE = escape(Path(__file__).with_name("live.js").read_text(encoding="utf-8"))

_serial = count(1)


def _nudge(slider, name, by):
    """A button that moves an integer slider; at its ends the slider stays."""

    def move(_):
        slider.value += by

    button = widgets.Button(description=name, layout={"width": "90px"})
    button.on_click(move)
    return button


class Live(widgets.VBox):
    """A figure whose `moving` artists follow the controls.

    figure    matplotlib Figure; its size in inches * 72 is its size in pixels, or less
    moving    the artists that `update` changes: lines, texts, collections, images, ...
    update    function of the controls' values by name; returns the text alternative
    controls  dict: name -> ipywidgets control; the panel shows them in this order
    redraw    names of those controls whose change also moves what is not in `moving`
    play      name of an integer slider that a Play button shall move
    by_hand   Play slowly, and put buttons beside it for one step back and forward

    After each change `text` is the text alternative and `error` the exception that
    `update` raised, or None; an error is also shown in the panel.
    """

    def __init__(self, figure, moving, update, controls, *, redraw=(), play=None, by_hand=False):
        self.figure, self.controls, self.text, self.error = figure, controls, "", None
        self._moving = sorted(moving, key=lambda artist: artist.get_zorder())
        self._update, self._redraw = update, set(redraw)
        self._start = {name: control.value for name, control in controls.items()}
        self._salt = f"live{next(_serial)}"  # element ids in one page must differ
        self._held, self._play, self._player, self._late = False, play, None, 0

        FigureCanvasAgg(figure)
        figure.set_dpi(72)  # a point of the SVG is a pixel of the figure
        self._still, self._over, self._alert = (
            widgets.HTML(layout={"grid_area": "1 / 1"}) for _ in range(3)
        )
        self._still.add_class("adam-still")
        self._over.add_class("adam-moving")
        picture = widgets.GridBox([self._still, self._over], layout={"overflow": "hidden"})
        picture.add_class("adam-picture")
        super().__init__([self._bar(play, by_hand), picture, self._alert])
        self.add_class("adam-live")
        for name, control in controls.items():
            if isinstance(control, widgets.SelectionSlider):
                control.add_class("adam-marks")  # nothing can be typed there: see live.js
            control.observe(lambda _, name=name: self._on_control(name), "value")
        self._changed(self._redraw, first=True)

    def _bar(self, play, by_hand):
        """The controls in rows, then Play and Reset."""
        shown = list(self.controls.values())
        if play:
            slider = self.controls[play]
            self._player = player = widgets.Play(
                value=slider.value, min=slider.min, max=slider.max, show_repeat=False,
                interval=500 if by_hand else 60,
            )  # fmt: skip
            widgets.jslink((slider, "value"), (player, "value"))
            group = [player, slider]
            if by_hand:
                group[1:1] = [_nudge(slider, "◀ back", -1), _nudge(slider, "forward ▶", 1)]
            shown[shown.index(slider)] = widgets.HBox(group)
        reset = widgets.Button(
            description="Reset", tooltip="Put every control back", layout={"width": "70px"}
        )
        reset.on_click(lambda _: self.reset())
        return widgets.Box(
            [*shown, reset],
            layout={"flex_flow": "row wrap", "align_items": "center", "overflow": "hidden"},
        )

    def reset(self):
        """Put every control back to where it started; one redraw."""
        with drawing:
            if self._player and self._player.playing:
                self._player.playing = False
                self._late = monotonic() + 1  # until then its last steps may come
            self._held = True
            try:
                for name, value in self._start.items():
                    self.controls[name].value = value
            finally:
                self._held = False
            self._changed(set(self.controls))

    def _on_control(self, name):
        with drawing:
            if name == self._play and monotonic() < self._late:
                self.controls[name].value = self._start[name]
            if not self._held:
                self._changed({name})

    def _changed(self, names, first=False):
        try:
            with drawing, mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": self._salt}):
                self.text = self._update(**{n: c.value for n, c in self.controls.items()})
                if first:
                    self.figure.draw_without_rendering()
                    self.figure.set_layout_engine(None)  # from now on the axes stay
                if first or names & self._redraw:
                    self._still.value = self._background()
                self._over.value = self._overlay()
            self.error, self._alert.value = None, ""
        except Exception as error:
            self._alarm(error)
            if first:
                raise

    def _alarm(self, error):
        self.error = error
        lines = escape("".join(traceback.format_exception(error, limit=-2)))
        self._alert.value = f'<pre role="alert">{lines}</pre>'

    def _background(self):
        """What does not move, as a PNG of twice the size."""
        seen = [artist.get_visible() for artist in self._moving]
        for artist in self._moving:
            artist.set_visible(False)
        try:
            png = self._png(dpi=144)
        finally:
            for artist, visible in zip(self._moving, seen, strict=True):
                artist.set_visible(visible)
        image = f'<img alt="" decoding="sync" src="data:image/png;base64,{png}"'
        return f'{_STYLE}{image} onload="{_IN_PAGE}">'

    def _overlay(self):
        """What moves, as SVG, by matplotlib's own renderer."""
        width, height = self.figure.get_size_inches() * 72
        out = StringIO()
        renderer = RendererSVG(width, height, out, image_dpi=144)
        head = len(out.getvalue())
        for artist in self._moving:
            artist.draw(renderer)
        renderer.finalize()
        label = escape(self.text, quote=True)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
            f'role="img" aria-label="{label}">{out.getvalue()[head:]}'
        )

    def _png(self, dpi):
        out = BytesIO()
        self.figure.savefig(out, format="png", dpi=dpi, metadata={"Software": None})
        FigureCanvasAgg(self.figure)  # a fresh one: the old one keeps megabytes of pixels
        return b64encode(out.getvalue()).decode()

    def _repr_mimebundle_(self, **kwargs):
        """Where no kernel runs (a stored notebook, print) the picture of now is shown."""
        bundle = super()._repr_mimebundle_(**kwargs)
        bundle["text/plain"] = self.text
        bundle["image/png"] = self._png(dpi=96)
        self.figure.draw_without_rendering()  # or every text keeps the old canvas: 7 MB a panel
        gc.collect()  # drawing leaves rings of objects: up to 10 MB a panel
        return bundle, {"image/png": {"alt": self.text}}
