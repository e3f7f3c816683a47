"""`make class`: one student on one server, no hub; and that what goes wrong is seen."""

import asyncio
import shutil
import sys
from pathlib import Path
from statistics import median

import numpy as np
import psutil
import pytest

import classroom
from javascript import flow, needs_node

sys.path.insert(0, str(Path(__file__).parent / "browser"))
import lab

SLOWER = """
import time
from adam_lab.live import Live

def late(self, overlay=Live._overlay):
    time.sleep(0.2)
    return overlay(self)

Live._overlay = late
"""
BROKEN = "def broken(self): 1 / 0\nLive._overlay = broken"


@needs_node
def test_a_hand_is_that_of_the_browser():
    rng = np.random.default_rng(0)
    busy = rng.random(400) < np.repeat(rng.random(20), 20)  # calm spells and crowded ones
    rows = [(80, rng.uniform(5, 300), 200 * rng.random() * late, rng.random() < 0.9)
            for late in busy]  # fmt: skip
    hand, limits = classroom.Hand(), []
    for way, work, wait, hand.full in rows:
        hand.adapt(way / 1e3, work / 1e3, wait / 1e3)
        limits.append(hand.limit)
    assert np.ptp(limits) > 5
    np.testing.assert_allclose(limits, flow(*rows))


@pytest.fixture
def server(tmp_path):
    shutil.copy(classroom.LESSONS[0], tmp_path)
    with lab.server(tmp_path, lab.CONFIG) as running:
        yield running


def test_student(server):
    """Pictures come; then later, by as much as they are held up; then faults, one by one."""

    async def learn():
        student = classroom.Student(classroom.LESSONS[0], server.url, lab.TOKEN)
        failures = student.failures
        await student.open()
        assert not failures
        need = classroom.memory(psutil.Process(server.pid))
        assert 80e6 < need < classroom.EACH

        await student.play(1.5, share=1)
        assert not failures
        quick = list(student.latencies)
        assert len(quick) > 5
        assert max(quick) < student.dragged <= 2

        await student.execute(SLOWER)
        student.latencies.clear()
        await student.play(1, share=1)
        assert 0.2 < min(student.latencies)
        assert median(quick) < median(student.latencies)
        assert not failures

        await student.execute(BROKEN)
        student.latencies.clear()
        with pytest.raises(classroom.Failure, match="no slider brought a new picture"):
            await student.play(0.5, share=1)
        assert set(failures) == {"an alert in a panel of 00_start_here"}

        await student.execute("nonsense")
        assert failures[-1] == "a cell of 00_start_here: NameError"

        running = psutil.Process(server.pid)
        running.terminate()
        running.wait(30)
        with pytest.raises(classroom.Failure, match="websocket lost"):
            await student.execute("pass")
        await student.close()

    asyncio.run(learn())


@pytest.mark.parametrize("n", ["0", "-3", "1.5", "", "many", "²", "1000000"])
def test_number(n):
    """One sentence, and nothing is started."""
    with pytest.raises(SystemExit, match=r"^(N is how many students: .*|1000000 students .*)\.$"):
        classroom.main([n])
