"""A live picture of work that takes seconds. It knows no optimizer.

A thread of its own does the work, so the kernel stays free: sliders answer, cells run.
Python in the browser (Pyodide) has no threads: there the work makes room after each part.
"""

import asyncio
import sys
from collections import deque
from threading import Event, Thread
from time import monotonic

import ipywidgets as widgets

from adam_lab import drawing
from adam_lab.live import Live, _in_order

PICTURES = 15  # a second, at most

_at_work = None  # one LiveRun works at a time, whichever was started last


class LiveRun(Live):
    """A `Live` with a button that starts long work, a button that stops it, and a bar.

    work     generator function of the last report and the controls' values by name; yields
             (part done from 0 to 1, report) as often as it can
    update   as in `Live`; takes the `report` to draw too, None at the start

    The controls' values count at the click: moving them later only redraws. A new start
    ends the run before it, and so does a new LiveRun: whoever runs a cell twice has one.
    """

    def __init__(self, figure, moving, update, controls, work, *, name="Start", redraw=()):
        self.report, self._work = None, work
        _end_all()
        super().__init__(
            figure, moving, lambda **values: update(report=self.report, **values), controls,
            redraw=redraw,
        )  # fmt: skip
        self._stopped, self.thread = Event(), None
        self._start_button, self._stop_button = (
            widgets.Button(description=label, layout={"width": "90px"}, **more)
            for label, more in ((name, dict(button_style="primary")), ("Stop", dict(disabled=True)))
        )
        self._start_button.on_click(lambda _: self.start())
        self._stop_button.on_click(lambda _: self.stop())
        self.progress = widgets.FloatProgress(min=0, max=1, layout={"width": "auto"})
        self.progress.style.bar_color = "#0072B2"
        dials = self.children[0].children[0]
        work = widgets.HBox([self._start_button, self._stop_button, self.progress])
        work.add_class("adam-play")
        dials.children = [*dials.children, work]
        _in_order(self)

    def start(self):
        """Work with the controls as they are now."""
        global _at_work
        with drawing:
            _end_all()
            self._stopped, _at_work = Event(), self
            self.progress.value, self._stop_button.disabled = 0, False
            values = {name: control.value for name, control in self.controls.items()}
            run = self._run(self._work(self.report, **values), self._stopped)
            if sys.platform == "emscripten":
                self.thread = asyncio.ensure_future(_taking_turns(run))
            else:
                self.thread = Thread(target=deque, args=(run, 0), daemon=True)
                self.thread.start()

    def stop(self):
        """End the work; what it has reached stays."""
        with drawing:
            self._stopped.set()
            self._stop_button.disabled = True

    def reset(self):
        """Stop, forget what was reached, and put every control back."""
        with drawing:
            self.stop()
            self.report, self.progress.value = None, 0
            super().reset()

    def _run(self, work, stopped):
        """In the thread; yields after each part. A run that was stopped shows nothing more."""
        shown = 0
        try:
            for part, report in work:
                if stopped.is_set():
                    return
                if late := monotonic() > shown + 1 / PICTURES:
                    self._post(part, report, stopped)
                    shown = monotonic()
                yield
            if not late:
                self._post(part, report, stopped)
        except Exception as error:
            with drawing:
                if not stopped.is_set():
                    self._alarm(error)
        finally:
            with drawing:
                if not stopped.is_set():
                    self.stop()

    def _post(self, part, report, stopped):
        with drawing:
            if not stopped.is_set():
                self.report, self.progress.value = report, part
                self._changed(self._redraw)


class Training(LiveRun):
    """A `LiveRun` that says in three lines what it has reached, what the run before it had
    reached, and what Train would use.

    untrained   function of the controls' values: the report where nothing was trained
    said        function of the controls' values: a run with them, in words
    reached     function of a report: how far it is, in words, or none
    work        as in `LiveRun`, of the controls' values alone; its reports are dicts
    update      takes the `report`, that of the run `before` or None, and the three `lines`
    """

    def __init__(self, figure, moving, update, controls, work, *, untrained, said, reached):
        def remembering(before, /, **dials):
            if before and not before["part"]:  # Train was pressed twice: that was no run
                before = before["before"]
            before = before and before | dict(before=None)  # one run back is enough
            more = dict(words=said(**dials), before=before)
            for part, report in work(**dials):
                yield part, report | more | dict(part=part)

        def line(report):
            return "; ".join(filter(None, [report["words"], reached(report)]))

        def saying(report, **dials):
            report = report or untrained(**dials) | dict(words="Not trained yet", before=None)
            before = report["before"]
            lines = [
                line(report),
                f"Before: {line(before) if before else 'no run yet'}",
                f"Train will use {said(**dials)}",
            ]
            return update(report=report, before=before, lines=lines, **dials)

        super().__init__(figure, moving, saying, controls, remembering, name="Train")


async def _taking_turns(run):
    """Without threads: between two parts of the run the kernel answers."""
    for _ in run:
        await asyncio.sleep(0)


def _end_all():
    if _at_work is not None:
        _at_work.stop()
