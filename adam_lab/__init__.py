"""What you see and touch in the lessons: pictures, panels and checks around adam_core."""

from importlib.util import find_spec
from threading import RLock


class NotInstalled(ImportError):
    """In a notebook its sentence is all that is shown, and no traceback."""

    def _render_traceback_(self):  # IPython asks for it
        return [str(self)]


_needed = ("numpy", "matplotlib", "ipywidgets", "anywidget", "autograd", "sklearn", "threadpoolctl")
_missing = " ".join(name for name in _needed if find_spec(name) is None)
if _missing:
    raise NotInstalled(
        f"To run the lessons, type %pip install {_missing.replace('sklearn', 'scikit-learn')} "
        "in a cell of its own and run it, then restart the kernel."
    )

# Sliders, buttons and training call in threads of their own, and matplotlib's settings are
# global: one thread draws at a time.
drawing = RLock()
