"""What you see and touch in the lessons: pictures, panels and checks around adam_core."""

from importlib.util import find_spec
from threading import RLock

_needed = ("numpy", "matplotlib", "ipywidgets", "autograd", "sklearn", "threadpoolctl")
_missing = [name for name in _needed if find_spec(name) is None]
if _missing:
    raise ImportError(
        f"The lessons need {', '.join(_missing)}. In a terminal, in the folder of the README: "
        "pip install -r requirements.txt, then restart the kernel."
    )

# Sliders, buttons and training call in threads of their own, and matplotlib's settings are
# global: one thread draws at a time.
drawing = RLock()
