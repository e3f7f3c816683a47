"""Every control of every panel, moved in a real kernel by the messages a browser sends."""

import json
import random
import re
from ast import literal_eval
from itertools import pairwise

import pytest
from jupyter_client.manager import start_new_kernel
from matplotlib.text import Text

from adam_lab import panels
from data.record_figures import stops
from searched import searched

SETUP = """
import json, warnings
warnings.simplefilter("error")
from adam_lab import panels

def describe(panel):
    controls = {}
    for name, control in panel.controls.items():
        if hasattr(control, "index"):
            last = len(control.options) - 1
            slides = type(control).__name__ == "SelectionSlider"
            key, values = "index", [0, last // 2, last] if slides else list(range(last + 1))
        elif isinstance(control.value, bool):
            key, values = "value", [False, True]
        elif isinstance(control.value, tuple):  # a point of the picture
            key, values = "value", [[part * end for end in control.value] for part in (0.5, 1.5)]
        else:
            low, high = control.min, control.max
            if hasattr(control, "base"):
                values = [control.base ** e for e in (low, (low + high) / 2, high)]
            else:
                values = [low, type(control.value)((low + high) / 2), high]
            key, values = "value", values
        controls[name] = dict(model=control.model_id, key=key, values=values,
                              start=getattr(control, key))
    return json.dumps(dict(controls=controls, model=panel.picture.model_id,
                           alert=panel.children[2].model_id, still=panel.picture.still.hex(),
                           state=panel.picture.get_state(["words", "axes", *layers(panel)])))

def layers(panel):
    return [f"layer{i}" for i in range(panel.picture.count)]
"""


class Kernel:
    """A kernel, and what a browser would know of one panel in it."""

    def __init__(self):
        self.manager, self.client = start_new_kernel()
        self._said(self.client.execute(SETUP))

    def show(self, name):
        """Build a panel: what the front end sees of it."""
        request = self.client.execute(
            f"panel = panels.{name}()", user_expressions=dict(seen="describe(panel)")
        )
        self._said(request)
        reply = self.client.get_shell_msg(timeout=30)
        while reply["parent_header"]["msg_id"] != request:
            reply = self.client.get_shell_msg(timeout=30)
        seen = reply["content"]["user_expressions"]["seen"]["data"]["text/plain"]
        self.panel = json.loads(literal_eval(seen))
        self.picture = self.panel["state"] | dict(still=self.panel["still"])
        return self.panel["controls"]

    def move(self, control, value):
        """Move a control as a browser does; the picture and its text alternative."""
        content = dict(
            comm_id=control["model"],
            data=dict(method="update", state={control["key"]: value}, buffer_paths=[]),
        )
        message = self.client.session.msg("comm_msg", content)
        self.client.shell_channel.send(message)
        for content, buffers in self._said(message["header"]["msg_id"]):
            state = content["data"].get("state", {})
            if content["comm_id"] == self.panel["alert"]:
                assert not state.get("value"), state["value"]
            if content["comm_id"] == self.panel["model"]:
                self.picture |= state
                if buffers:
                    self.picture["still"] = bytes(buffers[0]).hex()
        picture = self.picture.copy()
        return picture, picture.pop("words")

    def _said(self, request):
        """The widget messages that answer a request; anything on stderr fails."""
        comms = []
        while True:
            message = self.client.get_iopub_msg(timeout=30)
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            assert kind not in ("error", "stream"), content
            if kind == "comm_msg":
                comms.append((content, message["buffers"]))
            if kind == "status" and content["execution_state"] == "idle":
                return comms


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel()
    yield kernel
    kernel.client.stop_channels()
    kernel.manager.shutdown_kernel(now=True)


@pytest.mark.parametrize("name", ["race", "stepper", "training"])  # test_figures.py has all
def test_every_control_moves_the_picture_and_its_words(kernel, name):
    for control in kernel.show(name).values():
        seen = [kernel.move(control, value) for value in (*control["values"], control["start"])]
        assert any(picture != seen[0][0] for picture, _ in seen), f"{control} is dead"
        for (picture, words), (other, other_words) in pairwise(seen):
            assert picture == other or words != other_words, f"{control}: {words}"


AWKWARD = re.compile(  # 1.7e+02, "1 steps", -1 with a hyphen, two blanks, 67 %, a lower-case start
    r"e\+0[0-5]|\bnan\b|(?<![\w.{])-\d|\S  +\S|\d %|\. [a-z]|[;,.] [;,.]"
    r"|(?<![\d.,])1 (random )?(step|epoch|round|layer|seed|setting|learning rate)s\b"
)


@searched(panels)
def test_no_combination_of_controls_fails_or_says_it_awkwardly(panel, request):
    dice = random.Random(request.node.name)
    for _ in range(5):
        panel._held = True
        for control in panel.controls.values():
            key, values = stops(control)
            setattr(control, key, dice.choice(values))
        panel._held = False
        panel._changed(set(panel.controls))
        assert panel.error is None, panel._values()
        seen = [text.get_text() for text in panel.figure.findobj(Text) if text.get_visible()]
        for said in (panel.text, *seen):
            assert not AWKWARD.search(said), said


@pytest.mark.xdist_group("one process")
def test_groups_hold(request):
    """Else every panel is built in both processes; pytest 9.2 and xdist 3.8 do not go together."""
    if getattr(request.config.option, "loadgroup", False):
        assert request.node.nodeid.endswith("@one process")


def test_two_forms_with_lr_converted_take_the_same_path_far_out_as_well():
    panel = panels.two_forms()
    panel.controls["lr"].value = 4
    assert panel.picture.words.endswith("the same path.")


def test_speed_tells_what_was_measured_from_what_is_absent():
    panel = panels.speed()
    panel.controls["size"].value = 100_000
    panel.start()
    panel.thread.join(60)
    assert panel.error is None
    assert re.search(r"in place 30 streams, 12 MB, measured [\d.]+ m?s;", panel.text)
    assert "measured no" not in panel.text
