"""Many dials and many seeds at once, on this machine or on many (12).

`run` takes all dials of a sweep in one go. What grows beyond a machine is the number of
problems: noise, data and starts of their own, a seed each. They are shared out.
"""

from functools import partial

import numpy as np

import adam_core as core


def sweep(optimizer, grid, problem, steps, client=None):
    """theta after the last step at every point of a grid: (seeds, d, dial, dial, ...).

    grid      name -> values: "seed", and the dials of the optimizer, such as lr and beta1
    problem   function of a seed: grad and the start (d,). It is called where the work is done
    client    a dask.distributed.Client: its machines share the seeds. None: this one does all

    Each seed is a piece of work that depends on nothing else. So a cluster gives the bits that
    one machine gives (where processors and NumPy are the same), and what a machine has not
    handed over when it dies is done again elsewhere.

    >>> valley = core.ravine(25)
    >>> problem = lambda seed: (core.noisy(valley.grad, 0.1, seed), valley.start)
    >>> ends = sweep(core.adam, dict(seed=range(3), lr=[0.1, 0.2], beta1=[0, 0.9]), problem, 50)
    >>> ends.shape
    (3, 2, 2, 2)
    """
    dials = {name: values for name, values in grid.items() if name != "seed"}
    hyper = dict(zip(dials, np.meshgrid(*dials.values(), indexing="ij"), strict=True))
    ends = partial(_ends, optimizer, hyper, problem, steps)
    parts = client.gather(client.map(ends, grid["seed"])) if client else map(ends, grid["seed"])
    return np.stack(list(parts))


def _ends(optimizer, hyper, problem, steps, seed):
    grad, start = problem(seed)
    return core.run(optimizer, grad, start, steps, record=("theta",), **hyper).theta[-1]
