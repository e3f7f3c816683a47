"""What a class hands in is counted justly, whatever is in it."""

import csv
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest

from adam_lab import checks
from adam_lab.checks import diagnose
from exercises import answers, check_line, lesson, solution

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "collect"))

import collect  # noqa: E402, it has its folder for itself
import worker  # noqa: E402
from wire import Peer  # noqa: E402

LESSONS = {found.number: found for found in collect.lessons()}
TWO = LESSONS["00"]  # the lesson with the fewest exercises
FIRST, SECOND = (task.cell for task in TWO.tasks)


def cells(found, **own):
    """(id, source) of a lesson's code with cells of one's own; names have _ for -."""
    own = {name.replace("_", "-"): source for name, source in own.items()}
    listed = [(cell, own.pop(cell, source)) for cell, source in found.cells.items()]
    return [*own.items(), *listed]


def solved(found, *names):
    code = {cell.id: cell for cell in lesson(found.path).cells if cell.cell_type == "code"}
    return {
        name.replace("-", "_"): f"{solution(found.path, code[name])}\n{check_line(code[name])}"
        for name in names
    }


def verdicts(listed, found=TWO, **limits):
    said = collect.verdicts(listed, found, **limits)
    return [said[task.cell][0] for task in found.tasks]


@pytest.fixture(autouse=True)
def more_cases(monkeypatch):
    monkeypatch.setattr(diagnose, "more_cases", lambda cases: collect.varied(cases, seed=5))


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(collect, "CELL", 1)


# ---------------------------------------------------------------------------
# What counts
# ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number, names",
    [("04", ["ex-adam-code", "ex-first-code"]), ("07", ["ex-loop-code", "ex-class-code"])],
)
def test_right_answers_count(number, names):
    """Generators, classes with parameters, and what they call back: over the pipe."""
    found = LESSONS[number]
    said = collect.verdicts(cells(found, **solved(found, *names)), found)
    for task in found.tasks:
        assert said[task.cell][0] == ("right" if task.cell in names else "not started"), task.cell


def test_tries_are_made_again():
    honest, forged = checks.Tries(), checks.Tries()
    for tries in (honest, forged):
        tries.adam(lr=0.1)
        tries.gd(lr=...)
    forged.made["gd"].append((0.01, 1e-9))
    here = object.__new__(collect.Worker)
    here.given, here.parameters = [], {}
    assert here.decode(Peer(None, None).encode(forged)).made == honest.made


def test_what_is_typed_around_it_does_not_count():
    """Ticks, checks of one's own, ours changed in one's own process, the answers looked up."""
    fake = """
import builtins
import numpy as np
from adam_lab.checks import diagnose
diagnose.function = lambda *a, **k: diagnose.Feedback("right", "")
diagnose.Feedback.__init__ = lambda self, *a, **k: self.__dict__.update(verdict="right", text="")
np.isclose = np.allclose = lambda *a, **k: True
builtins.all = lambda *a: True
"""
    frames = """
def downhill(theta, g, lr):
    import sys
    frame = sys._getframe()
    while frame := frame.f_back:
        if "right" in frame.f_locals:
            return frame.f_locals["right"](theta, g, lr)
    return 0.0
checks.downhill(downhill)
"""
    tick = 'class checks:\n    measured = print\nprint("✓ right: a theta that holds fractions")'
    own = {SECOND: tick, FIRST.replace("-", "_"): frames}
    assert verdicts(cells(TWO, fake=fake, **own)) == ["not yet", "not yet"]


def test_a_table_of_the_known_cases_does_not_count(monkeypatch):
    monkeypatch.setattr(diagnose, "seen", [])
    checks.downhill(lambda theta, g, lr: theta)
    known = [*diagnose.seen[-1]["cases"], *diagnose.seen[-1]["rare"]]
    table = [(np.ravel(case["theta"]).tolist(), case["lr"], np.ravel(case["g"]).tolist())
             for case in known]  # fmt: skip
    source = f"""
def downhill(theta, g, lr, table={table}):
    for start, rate, slope in table:
        if np.array_equal(np.ravel(theta), start):
            return (np.array(start) - rate * np.array(slope)).reshape(np.shape(theta))
    return theta
checks.downhill(downhill)
"""
    names = dict(np=np)
    exec(source.rsplit("\n", 2)[0], names)
    monkeypatch.setattr(diagnose, "more_cases", None)
    assert checks.downhill(names["downhill"]).verdict == "right"
    monkeypatch.setattr(diagnose, "more_cases", lambda cases: collect.varied(cases, seed=5))
    assert checks.downhill(names["downhill"]).verdict == "not yet"


def test_unseen_cases_are_other_numbers_of_the_same_kind():
    start = dict(lr=0.1, beta=0.999, t=3, theta=np.array([-2.0, 0.0]), start=[0, 0.7], f=abs)
    for seed in range(50):
        (case,) = collect.varied([start], seed)
        assert 0.08 <= case["lr"] <= 0.12 and case["lr"] != 0.1
        assert 0.9985 < case["beta"] < 1 and case["beta"] != 0.999
        assert case["t"] == 3 and case["f"] is abs and case["start"][0] == 0
        assert case["theta"][0] < 0 and case["theta"][1] == 0 and 0.5 < case["start"][1] < 1
    assert start["theta"][0] == -2


# ---------------------------------------------------------------------------
# What goes wrong costs only itself
# ---------------------------------------------------------------------------


def test_a_cell_that_goes_wrong_costs_only_itself(tmp_path, short):
    mine = tmp_path / "mine"
    mine.touch()
    own = dict(
        raises="1 / 0", syntax="def f(:", magic="%time x = 1", missing="%nothing",
        forks="import os\nos.fork()", others="import os\nos.system('sleep 100')",
        memory="hoard = [bytearray(2**33)]", deletes=f"import os\nos.remove({str(mine)!r})",
        writes=f"open({str(mine)!r}, 'w').write('gone')", endless="while True: pass",
    )  # fmt: skip
    assert verdicts(cells(TWO, **own, **solved(TWO, FIRST, SECOND))) == ["right", "right"]
    assert mine.read_bytes() == b""


@pytest.mark.parametrize(
    "event, args",
    [("os.fork", ()), ("subprocess.Popen", ("sh",)), ("socket.connect", (None, "there")),
     ("os.remove", ("/etc/passwd", -1)), ("os.rename", ("mine", "/etc/passwd", -1, -1)),
     ("open", ("/etc/passwd", "w", worker.WRITES)), ("shutil.rmtree", ("/etc", None))],
)  # fmt: skip
def test_what_is_refused(event, args):
    with pytest.raises(PermissionError):
        worker.refuse(event, args)
    worker.refuse("open", ("/etc/passwd", "r", 0))
    worker.refuse("os.remove", (str(Path(worker.OWN, "mine")), -1))


def test_an_answer_that_goes_wrong_costs_only_itself(short):
    endless = "def downhill(theta, g, lr):\n    while True:\n        lr += 1"
    own = {FIRST.replace("-", "_"): endless} | solved(TWO, SECOND)
    said = verdicts(cells(TWO, dies="import os\nos._exit(0)", **own))
    assert said[0] in ("not yet", "no answer")  # of work, or of time on a busy machine
    assert said[1] == "right"


def test_nothing_outlives_its_time():
    """What even swallows the sign to stop is killed, with all that it started."""
    stubborn = "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    # in all the time there is: of more, some would be left for the other cells
    assert verdicts(cells(TWO, stubborn=stubborn), seconds=1) == ["no answer"] * 2


# ---------------------------------------------------------------------------
# A class
# ---------------------------------------------------------------------------


def written(path, listed):
    """A notebook with these cells."""
    path.parent.mkdir(exist_ok=True)
    made = [nbformat.v4.new_code_cell(source, id=cell) for cell, source in listed]
    nbformat.write(nbformat.v4.new_notebook(cells=made), path)


def test_a_class(tmp_path, capsys):
    code = cells(TWO, **solved(TWO, FIRST))
    kept = [(cell, text) for cell, text in code if cell != SECOND]
    written(tmp_path / "ada" / "00 mine.ipynb", [(f"x{i}", s) for i, (_, s) in enumerate(code)])
    written(tmp_path / "=gap.ipynb", kept)
    written(tmp_path / "other.ipynb", [("a", "1 + 1")])
    written(tmp_path / ".ipynb_checkpoints" / "old.ipynb", code)
    (tmp_path / "torn.ipynb").write_text("{")
    (tmp_path / "on paper").mkdir()
    collect.main(str(tmp_path), "--seed=1")
    assert "ada  00  1 of 2 right" in capsys.readouterr().out
    with (tmp_path / "collected.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [(row["student"], row["verdict"]) for row in csv.DictReader(file)]
    assert sorted(rows) == [
        ("'=gap", "missing"), ("'=gap", "right"), ("ada", "not started"), ("ada", "right"),
        ("on paper", "no notebook"), ("other", "unknown"), ("torn", "unreadable"),
    ]  # fmt: skip


@pytest.mark.parametrize("asked", [["nowhere"], [""], [".", "--lesson=99"]])
def test_what_it_cannot_do_it_says(asked, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        collect.main(*asked)
    said = f"{ended.value} {capsys.readouterr().err}"
    assert "make collect FOLDER=" in said or "choose from" in said


def test_every_exercise_is_found():
    for found in collect.lessons():
        code = [cell for cell in lesson(found.path).cells if cell.cell_type == "code"]
        asked = [cell.id for cell in code if "exercise" in cell.metadata.get("tags", [])]
        assert [task.cell for task in found.tasks] == asked
        assert all(hasattr(checks, task.check) and task.title for task in found.tasks)
        assert collect.lesson_of([(None, source) for source in found.cells.values()]) is found
        for cell in code:
            if cell.id in asked:
                assert answers("right", found.path, cell)
