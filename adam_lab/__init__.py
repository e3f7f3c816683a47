"""What you see and touch in the lessons: pictures, panels and checks around adam_core."""

import sys
from contextlib import ExitStack
from functools import cached_property
from importlib.util import find_spec
from threading import RLock


class NotInstalled(ImportError):
    """In a notebook its sentence is all that is shown, and no traceback."""

    def _render_traceback_(self):  # IPython asks for it
        return [str(self)]


_needed = ("numpy", "matplotlib", "ipywidgets", "anywidget", "autograd", "sklearn", "threadpoolctl")


def _advice(missing, platform=sys.platform):
    names = " ".join(missing).replace("sklearn", "scikit-learn")
    if platform == "emscripten":  # Python in the browser: the site has a copy, or fetches one
        return (
            f"Your browser could not fetch {names}. Connect to the network, reload this page, and "
            "run the cell again. (A site that needs no network: make lite PYODIDE=...)"
        )
    return (
        f"To run the lessons, type %pip install {names} "
        "in a cell of its own and run it, then restart the kernel."
    )


if _missing := [name for name in _needed if find_spec(name) is None]:
    raise NotInstalled(_advice(_missing))


class _Drawing:
    """`with drawing:` one thread draws at a time, by the defaults of matplotlib and NumPy.

    Sliders, buttons and training call in threads of their own, and matplotlib's settings are
    global: a student's own style, or numpy.seterr, shall change her pictures and not ours.
    """

    def __init__(self):
        self._lock, self._inside = RLock(), []

    @cached_property
    def _libraries(self):
        import matplotlib
        import numpy

        return matplotlib, numpy

    def __enter__(self):
        mpl, np = self._libraries
        self._lock.acquire()
        inside = ExitStack()
        inside.callback(self._lock.release)
        try:
            if not self._inside:
                now = mpl.rcParams
                changed = {k: v for k, v in mpl.rcParamsDefault.items() if now._get(k) != v}
                changed.pop("backend", None)
                if changed:
                    inside.enter_context(mpl.rc_context(changed))
                inside.enter_context(
                    np.errstate(divide="warn", over="warn", under="ignore", invalid="warn")
                )
        except BaseException:
            inside.close()
            raise
        self._inside.append(inside)

    def __exit__(self, *error):
        self._inside.pop().close()


drawing = _Drawing()
