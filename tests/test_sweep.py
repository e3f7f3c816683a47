"""A sweep gives the same bits run by run, in one go, and over a cluster that loses a worker."""

import os
import signal
from importlib import import_module
from itertools import product

import numpy as np
import pytest

import adam_core as core
from adam_lab.sweep import sweep

GRID = dict(seed=[3, 1, 4], lr=[0.05, 0.2], beta1=[0, 0.5, 0.9])


def problem(seed):
    start = np.random.default_rng([seed, 1]).normal(0, 3, 2)
    return core.noisy(core.ravine(25, angle=30).grad, 0.2, seed), start


def test_each_member_of_a_sweep_is_its_single_run():
    ends = sweep(core.adam, GRID, problem, 40)
    assert ends.shape == (3, 2, 2, 3)
    places = [range(len(values)) for values in GRID.values()]
    for i, j, k in product(*places):
        grad, start = problem(GRID["seed"][i])
        dials = dict(lr=GRID["lr"][j], beta1=GRID["beta1"][k])
        single = core.run(core.adam, grad, start, 40, **dials).theta[-1]
        np.testing.assert_array_equal(ends[i, :, j, k], single)


def test_a_sweep_of_seeds_alone():
    assert sweep(core.gd, dict(seed=range(2), lr=[0.1]), problem, 3).shape == (2, 2, 1)


# ---------------------------------------------------------------------------
# Over a cluster of two workers
# ---------------------------------------------------------------------------


def slow_problem(seed):
    """Long enough that a worker dies in the middle of it."""
    grad, start = problem(seed)

    def slow(theta):
        pause()
        return grad(theta)

    return slow, start


def pause():
    from time import sleep

    sleep(0.01)


@pytest.fixture(scope="module")
def client():
    (import_module if "ADAM_FAST" in os.environ else pytest.importorskip)("distributed")
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client


clustered = pytest.mark.filterwarnings("default")  # what Dask warns of is not ours


@clustered
def test_a_sweep_over_a_cluster_gives_the_same_bits(client):
    here = sweep(core.adam, GRID, problem, 40)
    np.testing.assert_array_equal(sweep(core.adam, GRID, problem, 40, client=client), here)


@clustered
def test_a_sweep_loses_nothing_when_a_worker_dies(client):
    from threading import Timer

    grid = dict(seed=range(8), lr=[0.05, 0.2])
    here = sweep(core.adam, grid, problem, 60)
    pids = client.run(os.getpid)
    assert len(set(pids.values()) | {os.getpid()}) == 3
    Timer(1.0, os.kill, [next(iter(pids.values())), signal.SIGTERM]).start()
    np.testing.assert_array_equal(sweep(core.adam, grid, slow_problem, 60, client=client), here)
    assert set(client.run(os.getpid).values()) != set(pids.values())
