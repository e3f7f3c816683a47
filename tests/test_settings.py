"""Panels look and work the same whatever a student's own session has set."""

import matplotlib as mpl
import matplotlib.style
import numpy as np
import pytest

from adam_lab import panels


@pytest.mark.parametrize("name", ["race", "bias", "budget"])
def test_a_style_of_ones_own_changes_no_panel(name):
    wanted = getattr(panels, name)()
    picture = wanted._png(dpi=72)
    with mpl.rc_context(), np.errstate(all="raise"):
        matplotlib.style.use("dark_background")
        mpl.rcParams.update({"text.usetex": True, "font.size": 31, "lines.linewidth": 9})
        panel = getattr(panels, name)()
        for control in panel.controls.values():  # every control is heard under these settings
            if hasattr(control, "options"):
                control.index = len(control.options) - 1
            elif hasattr(control, "max"):
                control.value = type(control.value)(control.max)
        assert panel.error is None
        panel.reset()
        assert mpl.rcParams["font.size"] == 31
        assert np.geterr()["under"] == "raise"
    assert panel.text == wanted.text
    assert panel._png(dpi=72) == picture
