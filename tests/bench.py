"""`make bench`: how fast it is, as ratios and rates measured side by side in one run.

python tests/bench.py [core] [network] [picture] [memory] [browser]

Machines are noisy: read the ratios. What needs PyTorch or Numba is left out where it is not
installed, and says so: `make parity` and `make fast` install them.
"""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

import adam_core as core

REPO = Path(__file__).parent.parent
sys.path.insert(0, str(REPO / "tests" / "browser"))
for name in ("parity", "fast"):  # where the Makefile has put them
    sys.path += map(str, REPO.glob(f".venv/{name}/lib/python*/site-packages"))

try:
    import torch
except ImportError:
    torch = None
try:
    import numba
except ImportError:
    numba = None


def row(what, value, wanted):
    print(f"{what:58} {value:>22}   {wanted}", flush=True)


def best(function, repeats=7):
    """Seconds of the fastest of some calls: what the machine can do when it is left alone."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


# ---------------------------------------------------------------------------
# core: adam_core against PyTorch
# ---------------------------------------------------------------------------


def bench_core():
    valley = core.ravine(25)
    ours = best(lambda: core.run(core.adam, valley.grad, valley.start, 200, lr=0.1))
    if torch:
        for gradient, wanted in (("autograd", "5 x"), ("formula", "(a figure, no target)")):
            theirs = best(partial(_torch_run, valley.start, 200, gradient))
            row(f"run, 2-D, 200 steps, all recorded: PyTorch ({gradient}) / ours",
                f"{theirs / ours:.1f} x", wanted)  # fmt: skip
    else:
        row("run, 2-D, 200 steps, everything recorded",
            f"{ours / 200 * 1e6:.1f} us a step", "(no PyTorch here)")  # fmt: skip

    lr = np.geomspace(0.001, 1, 64)[:, None]
    beta1 = 1 - np.geomspace(1, 0.01, 64)
    sweep = best(
        lambda: core.run(
            core.adam, valley.grad, valley.start, 500, record=("theta",), lr=lr, beta1=beta1
        )
    )
    row("sweep, 64 x 64 runs of 500 steps", f"{sweep / 500 / 4096 * 1e9:.1f} ns", "under 40 ns")
    _bench_inplace(10_000_000)


def _torch_run(start, steps, gradient):
    """The same loop in PyTorch, every state kept."""
    theta = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    curvature = torch.tensor([1 / 25, 1.0], dtype=torch.float64)
    adam, rows = torch.optim.Adam([theta], lr=0.1), []
    for _ in range(steps):
        if gradient == "formula":
            theta.grad = theta.detach() * curvature
        else:
            adam.zero_grad()
            (curvature * theta**2 / 2).sum().backward()
        adam.step()
        state = adam.state[theta]
        rows.append([x.detach().clone() for x in
                     (theta, theta.grad, state["exp_avg"], state["exp_avg_sq"])])  # fmt: skip
    return rows


def _bench_inplace(n, seconds=30):
    """One step on n float32, against the time that 7 streams take at the speed of a copy.

    In rounds, each way once in each; what counts is the fastest, as anything else on this
    machine only adds.
    """
    rng = np.random.default_rng(0)
    theta, g = rng.standard_normal((2, n), dtype=np.float32)
    arrays = theta, g, np.zeros_like(theta), np.zeros_like(theta)
    target = np.empty_like(theta)

    def copy(threads):
        spans = np.array_split(np.arange(n), threads * 4) if threads > 1 else [np.arange(n)]
        spans = [slice(span[0], span[-1] + 1) for span in spans]

        def parts():
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(lambda span: np.copyto(target[span], g[span]), spans))

        return parts if threads > 1 else lambda: np.copyto(target, g)

    ways = {("a copy", threads): copy(threads) for threads in (1, 2)}
    for kind in ["NumPy, in blocks", *["Numba, one loop"] * bool(numba)]:
        for threads in (1, 2):
            hyper = dict(threads=threads, compiled=kind.startswith("Numba"))
            ways[kind, threads] = partial(core.adam_inplace, *arrays, 10, **hyper)
    for kind, hyper in TORCH.items() if torch else ():
        tensor = torch.tensor(theta, requires_grad=True)
        tensor.grad = torch.tensor(g)
        adam = torch.optim.Adam([tensor], **hyper)
        for threads in (1, 2):
            ways[kind, threads] = partial(_torch_step, adam, threads)
    fastest = dict.fromkeys(ways, np.inf)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for way, take in ways.items():
            fastest[way] = min(fastest[way], best(take, 1))

    theirs = "PyTorch, fused=True"
    for (kind, threads), taken in fastest.items():
        what = f"10 million float32, {threads} thread{'s' * (threads > 1)}: {kind}"
        if kind == "a copy":  # it reads one stream and writes one
            row(what, f"{8e-9 * n / taken:.0f} GB/s", "")
            continue
        limit = 3.5 * fastest["a copy", threads]
        wanted = {"NumPy, in blocks": "1.7 x faster with 2 threads",
                  "Numba, one loop": f"at least {1 / 1.3:.0%}, and {theirs}"}  # fmt: skip
        row(what, f"{taken * 1e3:.1f} ms, {limit / taken:.0%} of a copy", wanted.get(kind, ""))
    if not torch or not numba:
        row("not installed here", ", ".join(["PyTorch"] * (not torch) + ["Numba"] * (not numba)),
            "make parity, make fast")  # fmt: skip


TORCH = {
    "PyTorch, foreach=False": dict(foreach=False),
    "PyTorch, foreach=True": dict(foreach=True),
    "PyTorch, fused=True": dict(fused=True),
}


def _torch_step(adam, threads):
    torch.set_num_threads(threads)
    adam.step()


# ---------------------------------------------------------------------------
# network: the training of lesson 07 against the same loop in PyTorch
# ---------------------------------------------------------------------------


def bench_network(epochs=50):
    from adam_lab.models import network
    from data import record_network

    train, _ = network.case()
    theta = network.start(network.CASE, seed=0)
    slope = network.slopes(network.squared_error)

    def ours():
        core.run(core.adam, lambda theta: slope(theta, *train), theta, epochs,
                 record=("theta",), lr=0.001)  # fmt: skip

    if torch:
        torch.set_num_threads(1)  # as many as adam_lab.models.network takes
        pairs = [
            (best(ours, 1), best(partial(record_network.losses, epochs), 1)) for _ in range(12)
        ]
        mine, theirs = (min(times) for times in zip(*pairs, strict=True))
        row("10-64-64-1, 1600 rows, full batch, one thread: ours / PyTorch",
            f"{mine / theirs:.2f} ({mine / epochs * 1e3:.1f} ms)", "at most 1.5")  # fmt: skip
    else:
        row("10-64-64-1, 1600 rows, full batch, one thread",
            f"{best(ours, 12) / epochs * 1e3:.1f} ms an epoch", "(no PyTorch here)")  # fmt: skip


# ---------------------------------------------------------------------------
# picture: in a kernel, without a browser
# ---------------------------------------------------------------------------

IN_KERNEL = """
import time
import numpy as np

def seconds(slider, values):
    start = time.perf_counter()
    for value in values:
        slider.value = value
    return (time.perf_counter() - start) / len(values)

def values(slider, n):
    return list(slider.base ** np.linspace(slider.min, slider.max, n))
"""


def in_kernel(client, source):
    """What the expression `result` is in a kernel after it has run the source."""
    from ast import literal_eval

    reply = client.execute_interactive(
        source,
        user_expressions=dict(result="result"),
        output_hook=lambda message: None,
        timeout=300,
    )["content"]
    if reply["status"] != "ok":
        raise RuntimeError(f"{reply['ename']}: {reply['evalue']}")
    return literal_eval(reply["user_expressions"]["result"]["data"]["text/plain"])


def bench_picture():
    from jupyter_client.manager import start_new_kernel

    import baseline

    by_interact = baseline.RACE.replace("interact(", "widget = interactive(").replace(");", ")")
    by_interact = (
        "from ipywidgets import interactive\n"
        + by_interact
        + """
slider = widget.children[0]
widget.update()
result = seconds(slider, values(slider, 12))"""
    )
    by_live = """
from adam_lab import panels
panel = panels.race()
slider = panel.controls["lr"]
result = [seconds(slider, values(slider, 60)) for _ in range(3)]"""
    by_maps = """
panel = panels.dials_map()
slider = panel.controls["noise"]
result = [seconds(slider, np.linspace(start, 2, 15)) for start in (0.1, 0.2, 0.3)]"""
    manager, client = start_new_kernel()
    try:
        in_kernel(client, f"{IN_KERNEL}\n{baseline.SETUP}\nresult = 0")
        theirs = in_kernel(client, by_interact)
        ours = min(in_kernel(client, by_live))
        maps = min(in_kernel(client, by_maps))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    row("race, kernel time a change: interact / ours",
        f"{theirs / ours:.0f} x ({ours * 1e3:.1f} ms)", "10 x")  # fmt: skip
    row("dials_map, kernel time a change of noise, 8967 runs",
        f"{maps * 1e3:.0f} ms", "under 120 ms")  # fmt: skip
    _bench_import()


def _bench_import():
    def seconds(statement):
        run = [sys.executable, "-c", statement]
        return best(lambda: subprocess.run(run, check=True), repeats=5)

    nothing = seconds("pass")
    pyplot = seconds("import matplotlib.pyplot") - nothing
    ours = seconds("import adam_lab") - nothing
    panels = seconds("import adam_lab.panels, adam_lab.checks") - nothing
    row("import adam_lab / import matplotlib.pyplot", f"{ours / pyplot:.2f}", "under 1.5")
    row(
        "import adam_lab.panels, .checks / matplotlib.pyplot", f"{panels / pyplot:.2f}", "under 1.5"
    )


# ---------------------------------------------------------------------------
# memory and browser: JupyterLab
# ---------------------------------------------------------------------------


def bench_memory():
    import lab

    with lab.server(REPO / "notebooks", lab.CONFIG) as server, lab.browser() as browser:
        for path in sorted((REPO / "notebooks").glob("*.ipynb")):
            with lab.notebook(browser, server, path.name) as (page, _):
                lab.run_all(page)
                kernel = lab.kernel_memory(page) / 1e6
                own = lab.server_memory(server) / 1e6
            row(f"{path.stem}: server {own:.0f} MB + kernel {kernel:.0f} MB",
                f"{own + kernel:.0f} MB", "under 250 MB")  # fmt: skip


def bench_browser():
    subprocess.run([sys.executable, REPO / "tests" / "browser" / "measure.py"], check=True)


PARTS = dict(
    core=bench_core,
    network=bench_network,
    picture=bench_picture,
    memory=bench_memory,
    browser=bench_browser,
)

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        print(f"\n{part}")
        PARTS[part]()
