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
from contextlib import contextmanager
from html import escape
from io import BytesIO
from itertools import count, groupby
from time import monotonic

import ipywidgets as widgets
import matplotlib as mpl
from IPython import get_ipython
from matplotlib.backends.backend_agg import FigureCanvasAgg

from adam_lab import drawing, night, stored
from adam_lab.page import Picture, Player, layers
from adam_lab.saving import Saver
from adam_lab.touch import Geometry, Spot

VIEW = "application/vnd.jupyter.widget-view+json"

_serial = count(1)
_in_cell = {}  # id of a cell -> [(id of the run, panel that it shows)]


def _cell():
    """Ids of the cell that runs and of this run; None where the notebook does not say."""
    try:
        parent = get_ipython().get_parent()
        return parent["metadata"].get("cellId"), parent["header"]["msg_id"]
    except (AttributeError, KeyError):
        return None, None


def _nudge(slider, name, by):
    """A button that moves an integer slider; at its ends the slider stays."""

    def move(_):
        slider.value += by

    button = widgets.Button(description=name, layout={"width": "90px"})
    button.on_click(move)
    return button


def _in_cells(controls):
    """The controls, with those to tick that follow each other in one place."""
    for ticks, group in groupby(controls, lambda control: isinstance(control, widgets.Checkbox)):
        group = list(group)
        yield from [widgets.HBox(group)] if ticks and len(group) > 1 else group


class Live(widgets.VBox):
    """A figure whose `moving` artists follow the controls.

    figure    matplotlib Figure; its size in inches * 72 is its size in pixels, or less
    moving    the artists that `update` changes: lines, texts, collections, images, ...
    update    function of the controls' values by name; returns the text alternative
    controls  dict: name -> ipywidgets control; the panel shows them in this order
    redraw    names of those controls whose change also moves what is not in `moving`
    touch     axes -> names of the two dials that a press on them sets, x and y; or of a Spot,
              a point to be dragged there. `Live(..., touch={ax: ("lr", "beta")})`; where the axes
              show something else than the values, `{ax: dict(lr=np.log10, beta=...)}` says what
    follow    name -> function of the values, all by name, that gives new values of other
              controls: they are set before `update` draws the change of that control
    play      name of an integer slider that a Play button shall move
    by_hand   Play slowly, and put buttons beside it for one step back and forward

    `name` is that of a file to which it is saved.
    After each change `text` is the text alternative and `error` the exception that
    `update` raised, or None; an error is also shown in the panel.
    """

    name = "picture"
    _dark = False  # has a page asked for pictures of the night?

    def __init__(
        self, figure, moving, update, controls, *,
        redraw=(), touch=None, follow=None, play=None, by_hand=False,
    ):  # fmt: skip
        self.figure, self.controls, self.text, self.error = figure, controls, "", None
        self._moving = sorted(moving, key=lambda artist: artist.get_zorder())
        self._update, self._redraw = update, set(redraw)
        self._start = {name: control.value for name, control in controls.items()}
        self._salt = f"live{next(_serial)}"  # element ids in one page must differ
        self._held, self._play, self._player, self._late = False, play, None, 0
        self._cells = set()  # those that show it
        self.spots = [control for control in controls.values() if isinstance(control, Spot)]
        self._geometry = Geometry(figure, self._moving, touch or {}, controls)
        self._follow = follow or {}

        FigureCanvasAgg(figure)
        figure.set_dpi(72)  # a point of the SVG is a pixel of the figure
        bar = self._bar(play, by_hand)
        self._alert = widgets.HTML()
        self.picture = Picture(
            len(self._moving) + 1,
            size=list(self._size()),
            dials=[control.model_id for control in controls.values()],
            dark=Live._dark,
        )
        self.picture.add_class("adam-picture")
        self.picture.observe(self._on_dark, "dark")
        super().__init__([bar, self.picture, self._alert])
        self.add_class("adam-live")
        for name, control in controls.items():
            if isinstance(control, widgets.SelectionSlider):
                control.add_class("adam-marks")  # nothing can be typed there: see live.js
            control.observe(lambda _, name=name: self._on_control(name), "value")
        self._changed(self._redraw, first=True)
        _in_order(self)

    def _bar(self, play, by_hand):
        """The controls, among them Play, in rows and columns; beside them Reset and Save."""
        shown = [control for control in self.controls.values() if control not in self.spots]
        if play:
            slider = self.controls[play]
            self._player = Player(slider=slider.model_id, interval=500 if by_hand else 60)
            self._player.on_msg(self._on_player)
            group = [self._player, slider]
            if by_hand:
                group[1:1] = [_nudge(slider, "◀ back", -1), _nudge(slider, "forward ▶", 1)]
            together = shown[shown.index(slider)] = widgets.HBox(group)
            together.add_class("adam-by-hand" if by_hand else "adam-play")
        reset = widgets.Button(
            description="Reset", tooltip="Put every control back", layout={"width": "64px"}
        )
        reset.add_class("adam-reset")
        reset.on_click(lambda _: self.reset())
        dials, tools = widgets.Box([*_in_cells(shown)]), widgets.Box([reset, Saver(self, play)])
        bar = widgets.Box([dials, tools])
        for box, name in ((dials, "adam-dials"), (tools, "adam-tools"), (bar, "adam-bar")):
            box.add_class(name)
        return bar

    def _size(self):
        return self.figure.get_size_inches() * 72

    def reset(self):
        """Put every control back to where it started; one redraw."""
        with drawing:
            if self._player and self._player.playing:
                self._player.playing = False
                self._late = monotonic() + 10  # or until its page says that no more steps come
            self._put(self._start)
            self._changed(set(self.controls))

    def _put(self, values):
        """Set controls by name, and draw nothing."""
        self._held = True
        try:
            for name, value in values.items():
                self.controls[name].value = value
        finally:
            self._held = False

    def _on_player(self, _, content, __):
        if content == "stopped":
            self._late = 0

    def _on_dark(self, _):
        with drawing:
            Live._dark = True
            self.picture.by_night = self._background(night.Canvas)

    def _on_control(self, name):
        control = self.controls[name]
        with drawing:
            from_page = control._property_lock
            if name == self._play and from_page and monotonic() < self._late:
                control.value = self._start[name]
            elif not self._held:
                if name in self._follow:
                    self._put(self._follow[name](**dict(self._values())))
                self._changed({name})

    def _values(self):
        """By name; a logarithmic slider's 0.19999999999999996 is 0.2."""
        for name, control in self.controls.items():
            value = control.value
            yield name, float(f"{value:.12g}") if isinstance(value, float) else value

    def _changed(self, names, first=False):
        try:
            with drawing, mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": self._salt}):
                self.text = self._update(**dict(self._values()))
                if first and (engine := self.figure.get_layout_engine()):
                    engine.execute(self.figure)
                    self.figure.set_layout_engine(None)  # from now on the axes stay
                new = dict(words=self.text)
                # what stays first: only a drawing settles aspects and the places of titles
                if first or names & self._redraw:
                    new["still"] = self._background()
                    if self.picture.dark:
                        new["by_night"] = self._background(night.Canvas)
                new["layers"] = self._overlay()
                new["axes"] = self._geometry.now()
                self.picture.show(**new)
            self.error, self._alert.value = None, ""
        except Exception as error:
            self._alarm(error)
            if first:
                raise

    def _alarm(self, error):
        self.error = error
        lines = escape("".join(traceback.format_exception(error, limit=-2)))
        self._alert.value = f'<pre role="alert">{lines}</pre>'

    def _background(self, canvas=FigureCanvasAgg):
        """What does not move, as a PNG of twice the size."""
        with self.moved_away():
            return self._drawn(144, canvas)

    @contextmanager
    def moved_away(self):
        """The figure without what moves."""
        seen = [artist.get_visible() for artist in self._moving]
        for artist in self._moving:
            artist.set_visible(False)
        try:
            yield
        finally:
            for artist, visible in zip(self._moving, seen, strict=True):
                artist.set_visible(visible)

    def _overlay(self):
        """What moves, as SVG, by matplotlib's own renderer."""
        return layers(self._moving, *self._size())

    def _drawn(self, dpi, canvas=FigureCanvasAgg):
        out = BytesIO()
        canvas(self.figure)
        self.figure.savefig(out, format="png", dpi=dpi, metadata={"Software": None})
        FigureCanvasAgg(self.figure)  # a fresh one: the old one keeps megabytes of pixels
        return out.getvalue()

    def _png(self, dpi):
        return b64encode(self._drawn(dpi)).decode()

    def _repr_mimebundle_(self, **kwargs):
        """Where no kernel runs (a stored notebook, print) the picture of now is shown."""
        self._replace()
        bundle = super()._repr_mimebundle_(**kwargs)
        bundle["text/plain"] = self.text
        bundle["image/png"] = b64encode(stored.captioned(self._drawn(dpi=96))).decode()
        self.figure.draw_without_rendering()  # or every text keeps the old canvas: 7 MB a panel
        gc.collect()  # drawing leaves rings of objects: up to 10 MB a panel
        metadata = {"image/png": {"alt": self.text, "caption": stored.HEIGHT}}
        if stored.process():
            metadata[VIEW] = {"process": stored.process()}  # see binder/jupyter_server_config.py
        return bundle, metadata

    def _replace(self):
        """Close what an earlier run of this cell showed, unless another cell shows it too."""
        cell, run = _cell()
        if cell is None:
            return
        here = _in_cell.setdefault(cell, [])
        for before in [panel for when, panel in here if when != run]:
            before._cells.discard(cell)
            if before is not self and not before._cells:
                before.close()
        here[:] = [(when, panel) for when, panel in here if when == run] + [(run, self)]
        self._cells.add(cell)

    def __del__(self):
        """Only when Python ends: ipywidgets holds every widget until it is closed."""

    def close(self):
        """Take it out of every page, and free what it holds."""
        if self.comm is None:
            return
        for widget in _within(self):
            if widget is not self:
                widget.close()
        super().close()
        with drawing:
            self.figure.clear()
            self._moving, self._update, self._geometry = [], None, None


def _in_order(panel):
    """Hear its messages where the page sends them: one after the other, also while a cell runs.

    ipykernel 7.4 would sort them by control, and what comes later could be heard before.
    """
    for widget in _within(panel):
        if hasattr(widget.comm, "_reply_subshell_for"):
            widget.comm._reply_subshell_for = lambda _, asked: asked


def _within(widget):
    """The widget and all that it is made of."""
    parts = (*getattr(widget, "children", ()), *getattr(widget, "spots", ()))
    for part in (*parts, getattr(widget, "style", None)):
        if isinstance(part, widgets.Widget):
            yield from _within(part)
    yield widget.layout if hasattr(widget, "layout") else widget
    yield widget
