"""What you see and touch in the lessons: pictures, panels and checks around adam_core."""

from importlib.util import find_spec

_missing = [name for name in ("numpy", "matplotlib", "ipywidgets") if find_spec(name) is None]
if _missing:
    raise ImportError(
        f"The lessons need {', '.join(_missing)}. In a terminal, in the folder of the README: "
        "pip install -r requirements.txt, then restart the kernel."
    )
