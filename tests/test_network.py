"""The network of lesson 07: its data, gradient and training; and the panel that trains it."""

import asyncio
import json
import time
from functools import partial
from itertools import islice, pairwise

import numpy as np
import pytest
from autograd import grad
from jupyter_client.manager import start_new_kernel
from matplotlib.figure import Figure

import adam_core as core
from adam_lab import live_run, panels
from adam_lab.checks.network import beat_the_target
from adam_lab.live_run import LiveRun
from adam_lab.models import network
from data import record_network
from searched import searched
from test_optimizers import needs

RULES = [core.gd, core.heavy_ball, core.rmsprop, core.adam]


# ---------------------------------------------------------------------------
# Data
# ---------------------------------------------------------------------------


def test_the_data_are_scikit_learns():
    from sklearn.datasets import load_digits, make_regression

    given = dict(n_samples=2000, n_features=10, noise=0.1, random_state=0)
    for ours, theirs in zip(network.dataset("make_regression", **given), make_regression(**given),
                            strict=True):  # fmt: skip
        assert np.array_equal(ours, theirs)
    x, y = network.scans()
    assert np.array_equal(16 * x, load_digits().data) and np.array_equal(y, load_digits().target)


def test_where_no_process_can_start_this_one_asks(monkeypatch):
    from sklearn.datasets import load_digits

    monkeypatch.setattr(network.sys, "platform", "emscripten")
    monkeypatch.setattr(network.subprocess, "run", None)
    x, y = network.dataset.__wrapped__("load_digits", return_X_y=True)  # not in the cache
    assert np.array_equal(x, load_digits().data) and np.array_equal(y, load_digits().target)


def test_what_scikit_learn_refuses_is_said():
    with pytest.raises(RuntimeError, match="no_such_data"):
        network.dataset("no_such_data")


def test_what_it_says_in_another_alphabet_is_said_too(monkeypatch):
    """Windows writes in the letters of its country."""
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    with pytest.raises(RuntimeError, match=r"na.ve"):
        network.dataset("naïve")


@pytest.mark.parametrize("seed", [0, 3])
def test_the_parts_are_apart_and_complete(seed):
    x = np.arange(2000)
    for shares, sizes in (((0.8,), [1600, 400]), ((0.4, 0.2), [800, 400, 800])):
        parts = [rows for rows, _ in network.split(x, x, seed, *shares)]
        assert [len(part) for part in parts] == sizes
        assert np.array_equal(np.sort(np.concatenate(parts)), x)


def test_only_the_training_part_decides_the_scale():
    rng = np.random.default_rng(0)
    train, test = rng.normal(5, 2, (800, 3)), rng.normal(7, 3, (200, 3))
    scaled, other = network.standardised(train, test)
    assert np.allclose(scaled.mean(axis=0), 0) and np.allclose(scaled.std(axis=0), 1)
    assert np.array_equal(scaled, network.standardised(train, 100 * test)[0])
    assert np.allclose(other, (test - train.mean(axis=0)) / train.std(axis=0))


def test_the_target_names_the_memory_with_which_rmsprop_reaches_it(capsys):
    feedback = beat_the_target(core.rmsprop, 0.003, 32)  # the panel's memory comes first
    other = beat_the_target(core.rmsprop, 0.01, 64)  # lost with 0.999, there with 0.9
    assert feedback.verdict == other.verdict == "right"
    assert "usual β, 0.9" in other.text
    last = capsys.readouterr().out.split("\r")[-2:]
    assert not "".join(last).strip()  # no progress is left beside the verdict


def test_the_case_is_standardised_features_and_target():
    train, test = network.case()
    for part in train:
        assert np.allclose(part.mean(axis=0), 0) and np.allclose(part.std(axis=0), 1)
    for part in test:
        assert 1e-3 < np.abs(part.mean(axis=0)).max() < 0.2
    raw, _ = network.case(raw_target=True)
    assert np.array_equal(raw[0], train[0]) and raw[1].std() > 100


# ---------------------------------------------------------------------------
# Network and gradient
# ---------------------------------------------------------------------------


def layers(theta, sizes):
    for n, k in pairwise(sizes):
        W, b, theta = np.split(theta, [n * k, n * k + k])
        yield W.reshape(n, k), b


def by_hand(theta, x, y, sizes):
    """The gradient of squared_error, layer by layer, as on paper."""
    inputs, parts = [x], list(layers(theta, sizes))
    for W, b in parts:
        inputs.append(np.maximum(inputs[-1] @ W + b, 0))
    output = inputs[-2] @ parts[-1][0] + parts[-1][1]
    error, slopes = 2 * (output - y) / y.size, []
    for (W, _), h in zip(reversed(parts), reversed(inputs[:-1]), strict=True):
        slopes = [(h.T @ error).ravel(), error.sum(axis=0), *slopes]
        error = (error @ W.T) * (h > 0)
    return np.concatenate(slopes)


def small(seed, classes=None):
    rng = np.random.default_rng(seed)
    sizes = (3, 5, 4, classes or 1)
    y = rng.integers(classes, size=20) if classes else rng.normal(size=(20, 1))
    return network.start(sizes, seed), rng.normal(size=(20, 3)), y, sizes


def test_the_gradient_is_the_one_on_paper():
    theta, x, y, sizes = small(1)
    slope = grad(network.squared_error)(theta, x, y, sizes)
    assert np.allclose(slope, by_hand(theta, x, y, sizes), rtol=1e-12, atol=1e-14)
    (x, y), _ = network.case()
    theta = network.start(network.CASE, seed=0)
    slope = grad(network.squared_error)(theta, x, y)
    assert np.allclose(slope, by_hand(theta, x, y, network.CASE), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("loss, classes", [("squared_error", None), ("cross_entropy", 4)])
def test_the_gradient_is_that_of_small_steps(loss, classes):
    theta, x, y, sizes = small(2, classes)
    loss = getattr(network, loss)
    slope = grad(loss)(theta, x, y, sizes)
    for i in range(theta.size):
        h = 1e-6 * (np.arange(theta.size) == i)
        difference = (loss(theta + h, x, y, sizes) - loss(theta - h, x, y, sizes)) / 2e-6
        assert slope[i] == pytest.approx(difference, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("loss, classes", [("squared_error", None), ("cross_entropy", 4)])
def test_the_gradient_by_hand_is_autograds(loss, classes):
    theta, x, y, sizes = small(4, classes)
    loss = getattr(network, loss)
    slope = network.slopes(loss)(theta, x, y, sizes)
    assert np.allclose(slope, grad(loss)(theta, x, y, sizes), rtol=1e-12, atol=1e-14)


def test_the_sharpness_is_the_largest_curvature():
    (x, y), _ = network.case()
    theta = network.start(network.CASE, seed=0)
    slope, steep = network.slopes(network.squared_error), network.sharpness(theta, x, y)
    for way in np.random.default_rng(1).normal(size=(3, theta.size)):
        h = 1e-5 * way / np.linalg.norm(way)
        bent = (slope(theta + h, x, y) - slope(theta - h, x, y)) @ h / 2e-10
        assert abs(bent) <= steep
    assert steep == pytest.approx(network.sharpness(theta, x, y, rounds=100), rel=0.02)


def test_layers_are_the_flat_network():
    theta, x, y, sizes = small(5)
    layers = network.Layers(sizes, seed=5)
    assert np.array_equal(layers.theta(), theta)
    assert layers.backward(network.squared_error, x, y) == network.squared_error(theta, x, y, sizes)
    layers.backward(network.squared_error, x, y)  # adds
    slopes = np.concatenate([p.grad.ravel() for p in layers.parameters])
    assert np.allclose(slopes, 2 * by_hand(theta, x, y, sizes))


def test_cross_entropy_of_a_network_that_knows_nothing():
    theta, x, y, sizes = small(3, classes=4)
    assert network.cross_entropy(0 * theta, x, y, sizes) == pytest.approx(np.log(4))
    assert np.isfinite(network.cross_entropy(1e4 * theta, x, y, sizes))  # no overflow in exp


# ---------------------------------------------------------------------------
# Training
# ---------------------------------------------------------------------------


def ours(lr=0.001):
    train, test = network.case()
    theta = network.start(network.CASE, seed=0)
    return network.curve(core.adam, network.squared_error, theta, train, test, 200, lr=lr)


def test_200_losses_are_pytorchs():
    recorded = network.recorded()
    assert recorded.shape == (200,)
    assert np.abs(ours()[:200, 0] - recorded).max() < 1e-6


def test_the_record_is_what_pytorch_says_here():
    needs("torch")
    assert np.abs(network.recorded() - record_network.losses()).max() < 1e-9


def test_a_seed_decides_everything():
    (x, y), _ = network.case()
    data, theta = (x[:200], y[:200]), network.start(network.CASE, seed=4)

    def end(seed):
        run = network.epochs(core.adam, network.squared_error, theta, data, 64, seed, lr=0.01)
        return next(islice(run, 2, None))

    assert np.array_equal(end(0), end(0))
    assert not np.array_equal(end(0), end(1))
    assert np.array_equal(theta, network.start(network.CASE, seed=4))
    assert not np.array_equal(theta, network.start(network.CASE, seed=5))
    assert not np.array_equal(network.case(0)[0][0], network.case(1)[0][0])


def test_an_epoch_shows_every_row_once():
    walk = network.batches(10, 4, seed=0)
    first, second = ([next(walk) for _ in range(3)] for _ in range(2))
    for epoch in (first, second):
        assert [len(batch) for batch in epoch] == [4, 4, 2]
        assert sorted(np.concatenate(epoch)) == list(range(10))
    assert not np.array_equal(np.concatenate(first), np.concatenate(second))


@pytest.mark.parametrize("rule", RULES)
def test_all_rows_in_a_batch_are_a_full_batch(rule):
    """In whatever order: it is the run of the lesson's own cells."""
    data = tuple(part[:50] for part in network.case()[0])
    theta = network.start(network.CASE, seed=0)
    slope = network.slopes(network.squared_error)
    trace = core.run(rule, lambda theta: slope(theta, *data), theta, 3, lr=0.01)
    for size in (None, 50, 1000):
        run = network.epochs(rule, network.squared_error, theta, data, size, lr=0.01)
        assert np.array_equal(next(islice(run, 2, None)), trace.theta[-1])


def test_the_gradient_of_all_rows_points_where_it_points():
    (x, y), _ = network.case()
    theta = network.start(network.CASE, seed=0)
    assert network.cosine(theta, x, y, rows=len(x), draws=2) == pytest.approx(1)
    assert 0.5 < network.cosine(theta, x, y, rows=64) < 0.99


def test_a_run_that_diverges_says_so_in_its_loss():
    train, test = network.case(raw_target=True)
    theta = network.start(network.CASE, seed=0)
    losses = network.curve(core.gd, network.squared_error, theta, train, test, 20, lr=0.1)
    assert not np.isfinite(losses[-1]).all()


# ---------------------------------------------------------------------------
# Work in a thread
# ---------------------------------------------------------------------------


def counting(n=40, pause=0.01, fail_at=None):
    """A LiveRun that counts to n, its dial added to each number."""
    import ipywidgets as widgets

    def work(last, add):
        for i in range(1, n + 1):
            time.sleep(pause)
            if i == fail_at:
                raise ZeroDivisionError("at last")
            yield i / n, i + add

    text = Figure().text(0, 0, "")

    def update(report, add):
        text.set_text(f"{report} {add}")
        return f"reached {report}, dial {add}"

    return LiveRun(text.figure, [text], update, dict(add=widgets.IntSlider(max=1000)), work)


def test_it_works_and_shows_the_end():
    panel = counting(pause=0)
    panel.start()
    panel.thread.join(10)
    assert (panel.report, panel.progress.value, panel.error) == (40, 1, None)
    assert panel.text == "reached 40, dial 0"
    assert panel._stop_button.disabled


def test_stop_keeps_what_was_reached():
    panel = counting(n=10_000)
    panel.start()
    while not panel.report:
        time.sleep(0.01)
    panel.stop()
    reached = panel.report
    panel.thread.join(10)
    assert not panel.thread.is_alive()
    assert (panel.report, panel.text) == (reached, f"reached {reached}, dial 0")


def test_a_dial_moved_meanwhile_counts_for_the_next_run():
    panel = counting(n=30)
    panel.start()
    panel.controls["add"].value = 100
    assert panel.text.endswith("dial 100")
    panel.thread.join(10)
    assert panel.report == 30
    panel.start()
    panel.thread.join(10)
    assert panel.report == 130


def test_a_new_start_replaces_the_run_before():
    panel = counting(n=10_000)
    panel.start()
    first = panel.thread
    panel.controls["add"].value = 1000
    panel.start()
    first.join(10)
    assert not first.is_alive()
    time.sleep(0.2)
    assert panel.report > 1000
    panel.reset()
    panel.thread.join(10)
    assert (panel.report, panel.progress.value, panel.text) == (None, 0, "reached None, dial 0")


def test_whoever_runs_the_cell_again_has_one_run():
    panel = counting(n=10_000)
    panel.start()
    counting()
    panel.thread.join(10)
    assert not panel.thread.is_alive()


def test_an_error_in_the_thread_is_shown():
    panel = counting(pause=0, fail_at=5)
    panel.start()
    panel.thread.join(10)
    assert isinstance(panel.error, ZeroDivisionError)
    assert 'role="alert"' in panel.children[2].value and "at last" in panel.children[2].value
    assert panel._stop_button.disabled
    panel.controls["add"].value = 1
    assert panel.error is None


def test_without_threads_work_and_hand_take_turns(monkeypatch):
    """As in a browser, where Python has none."""
    monkeypatch.setattr(live_run.sys, "platform", "emscripten")
    monkeypatch.setattr(live_run, "Thread", None)

    async def at_work():
        panel = counting(n=10_000, pause=0)
        panel.start()
        while not panel.report:
            await asyncio.sleep(0)
        panel.controls["add"].value = 1000
        assert panel.text == f"reached {panel.report}, dial 1000"
        panel.stop()
        reached = panel.report
        await panel.thread
        assert panel.report == reached < 10_000
        panel.start()  # replaces the one before, and is replaced
        panel.start()
        panel.stop()
        panel = counting(pause=0)
        panel.start()
        await panel.thread
        assert (panel.report, panel.progress.value, panel.error) == (40, 1, None)
        failing = counting(pause=0, fail_at=5)
        failing.start()
        await failing.thread
        assert isinstance(failing.error, ZeroDivisionError) and failing._stop_button.disabled

    asyncio.run(at_work())


def test_what_the_panel_trains_is_the_lessons_run():
    panel = panels.training()
    panel.start()
    panel.thread.join(120)
    assert np.allclose(panel.report["losses"], ours(), rtol=1e-12)
    assert "after epoch 200" in panel.text


def test_train_pressed_twice_keeps_the_run_before():
    panel = panels.training()
    panel.start()
    panel.thread.join(120)
    dials = {name: control.value for name, control in panel.controls.items()}
    _, panel.report = next(panel._work(panel.report, **dials))  # stopped in its first epoch
    panel.start()
    panel.thread.join(120)
    before = panel.text.split("Before: ")[1]
    assert before.startswith("Adam, lr 0.001") and "after epoch 200" in before


def test_training_that_diverges_ends_by_itself():
    panel = panels.training()
    panel.controls["rule"].value, panel.controls["lr"].value = "gd", 1.0
    panel.start()
    panel.thread.join(120)
    assert panel.error is None and "diverged" in panel.text
    assert panel.progress.value < 0.5


# ---------------------------------------------------------------------------
# In a kernel, by the messages a browser sends
# ---------------------------------------------------------------------------

SETUP = """
import json, warnings
warnings.simplefilter("error")
from adam_lab import panels
panel = panels.training()
ids = json.dumps(dict(
    train=panel._start_button.model_id, stop=panel._stop_button.model_id,
    lr=panel.controls["lr"].model_id, over=panel.picture.model_id,
    alert=panel.children[2].model_id, progress=panel.progress.model_id))
"""


class Kernel:
    """A kernel with the panel, and everything it says on its way."""

    def __init__(self):
        self.manager, self.client = start_new_kernel()
        reply = self.client.execute_interactive(
            SETUP, user_expressions=dict(ids="ids"), timeout=60, output_hook=self._note
        )
        data = reply["content"]["user_expressions"]["ids"]["data"]["text/plain"]
        self.ids, self.seen, self.words = json.loads(data.strip("'")), {}, []

    def _note(self, message):
        assert message["msg_type"] not in ("error", "stream"), message["content"]

    def send(self, model, **data):
        content = dict(comm_id=self.ids[model], data=data)
        self.client.shell_channel.send(self.client.session.msg("comm_msg", content))

    def click(self, button):
        self.send(button, method="custom", content=dict(event="click"))

    def move(self, value):
        self.send("lr", method="update", state=dict(value=value), buffer_paths=[])

    def until(self, ready, seconds=60):
        """Read what the kernel says until `ready(state by model name)`."""
        end = time.monotonic() + seconds
        names = {model: name for name, model in self.ids.items()}
        while not ready(self.seen):
            assert time.monotonic() < end, self.seen.get("words")
            message = self.client.get_iopub_msg(timeout=seconds)
            self._note(message)
            if message["msg_type"] == "comm_msg" and message["content"]["comm_id"] in names:
                name, state = (
                    names[message["content"]["comm_id"]],
                    message["content"]["data"].get("state", {}),
                )
                self.seen |= {f"{name}.{key}": value for key, value in state.items()}
                if name == "over" and "words" in state:
                    self.words.append(state["words"])
                if name == "alert":
                    assert not state.get("value"), state["value"]


@pytest.fixture
def kernel():
    kernel = Kernel()
    yield kernel
    kernel.client.stop_channels()
    kernel.manager.shutdown_kernel(now=True)


def test_train_slide_and_stop_in_a_kernel(kernel):
    kernel.move(0.0001)
    kernel.until(lambda seen: any("Train will use Adam, lr 0.0001" in w for w in kernel.words))
    kernel.click("train")
    kernel.until(lambda seen: 0 < seen.get("progress.value", 0) < 1)
    kernel.move(0.01)  # while it trains
    kernel.until(lambda seen: any("Train will use Adam, lr 0.01" in w for w in kernel.words))
    at = kernel.seen["progress.value"]
    kernel.until(lambda seen: seen["progress.value"] > at)  # and it goes on
    assert "lr 0.0001" in kernel.words[-1].split(". Before")[0]  # as it was at the click
    kernel.click("stop")
    kernel.until(lambda seen: seen.get("stop.disabled") is True)
    part = kernel.seen["progress.value"]
    assert part < 1
    reply = kernel.client.execute_interactive(
        "panel.thread.join(10)", user_expressions=dict(alive="panel.thread.is_alive()"), timeout=30
    )
    assert reply["content"]["user_expressions"]["alive"]["data"]["text/plain"] == "False"
    kernel.click("train")  # a new run, with the slider as it is now
    kernel.until(lambda seen: any(
        "lr 0.01," in w.split(". Before")[0] and "after epoch 200" in w.split(". Before")[0]
        for w in kernel.words
    ))  # fmt: skip


def test_the_kernel_runs_cells_while_it_trains(kernel):
    kernel.client.execute_interactive('panel.controls["batch"].value = 16', timeout=30)  # long
    kernel.click("train")
    kernel.until(lambda seen: seen.get("progress.value", 0) > 0)
    start = time.monotonic()
    reply = kernel.client.execute_interactive(
        "other = panels.roll()", user_expressions=dict(busy="panel.thread.is_alive()"), timeout=30
    )
    expressions = reply["content"]["user_expressions"]
    assert reply["content"]["status"] == "ok"
    assert expressions["busy"]["data"]["text/plain"] == "True"
    assert time.monotonic() - start < 20


# ---------------------------------------------------------------------------
# What the lesson says in passing
# ---------------------------------------------------------------------------


@searched(network)
def test_ten_or_a_hundred_times_the_lr_ends_lower():
    slow, fast, faster = (ours(lr)[-1, 0] for lr in (0.001, 0.01, 0.1))
    assert max(fast, faster) < slow / 1.5


@searched(network)
def test_rmsprop_owes_its_lead_over_gradient_descent_to_its_long_first_steps():
    """Corrected, it has none at its own best lr; 150 steps, twenty seeds."""

    def ends(rule, lr):
        runs = (
            network.curve(
                rule, network.squared_error, network.start(network.CASE, seed),
                *network.case(seed), 6, 64, seed, lr=lr,
            )
            for seed in range(20)
        )  # fmt: skip
        return np.median([run[-1] for run in runs], axis=0)  # training, test

    corrected = partial(core.adam, beta1=0)
    best = np.min([ends(corrected, lr) for lr in (0.003, 0.005, 0.01)], axis=0)
    plain = ends(core.gd, 0.2)
    assert np.all(best > plain) and np.all(plain > ends(network.RULES["rmsprop"], 0.002))


@searched(network)
def test_at_lr_0_3_momentum_is_level_with_adam_in_training():
    """Scanned digits, 20 epochs, twenty seeds."""

    def loss(name, lr):
        ends = [network.trained(network.RULES[name], lr, seed)[-1] for seed in range(20)]
        return np.median([
            network.cross_entropy(theta, *network.digits(seed)[0])
            for seed, theta in enumerate(ends)
        ])  # fmt: skip

    momentum = loss("heavy_ball", 0.3)
    assert loss("adam", 0.05) < momentum < loss("adam", 0.03) and 0.002 <= momentum < 0.0025


@searched(network)
@pytest.mark.parametrize("lr, near", [(0.00005, False), (0.0001, True), (0.0002, True)])
def test_below_the_grid_rmsprop_is_near_its_best_still(lr, near):
    """Four seeds, 6 epochs in batches of 64; the limit is ten times the lowest of its grid."""

    def end(lr):
        return np.median([
            network.curve(network.RULES["rmsprop"], network.squared_error,
                          network.start(network.CASE, seed), *network.case(seed), 6, 64, seed,
                          lr=lr)[-1, 0]
            for seed in range(20, 24)
        ])  # fmt: skip

    assert (end(lr) < 10 * min(end(0.001), end(0.002))) == near


def test_digits_are_two_fifths_a_fifth_and_the_rest_each_seed_in_its_order():
    assert [len(y) for _, y in network.digits()] == [719, 359, 719]
    assert not np.array_equal(network.digits(0)[0][1], network.digits(1)[0][1])


def test_digits_are_trained_in_batches_from_the_seeds_start_and_order():
    """12 batches are an epoch: the last one is short."""
    x, y = network.digits(3)[0]
    wanted, slope = [network.start(network.DIGITS, 3)], network.slopes(network.cross_entropy)
    for rows in islice(network.batches(len(x), 64, 3), 24):
        wanted.append(wanted[-1] - 0.1 * slope(wanted[-1], x[rows], y[rows]))
    found = network.trained(core.gd, 0.1, 3, n=2)
    assert np.allclose(found, wanted[::12], rtol=1e-12, atol=1e-14)


def test_the_best_lr_has_the_lowest_median_at_the_end_on_the_choosing_part(monkeypatch):
    losses = {0.3: (2, 2, 2), 0.1: (1, 9, 1), 1: (np.nan,) * 3}
    parts = ("training", "choosing", "test")

    def ends(theta, part, seed):
        return losses[theta][seed] if part == "choosing" else -theta

    monkeypatch.setattr(network, "digits", lambda seed: [(part, seed) for part in parts])
    monkeypatch.setattr(network, "trained", lambda rule, lr, seed, n, size: [0.3] * n + [lr])
    monkeypatch.setattr(network, "cross_entropy", ends)
    assert network.best_lr(core.gd, tuple(losses), range(3)) == 0.1


def test_accuracy_is_the_share_for_which_the_right_score_is_largest():
    theta, y = np.zeros(len(network.start(network.DIGITS, 0))), np.array([3, 1, 3, 4])
    theta[-10 + 3] = 1  # whatever it sees, it says 3
    assert network.accuracy(theta, np.ones((4, 64)), y) == 0.5


def test_each_draw_of_the_cosine_has_rows_of_its_own():
    rng, theta = np.random.default_rng(0), network.start(network.CASE, seed=0)
    x, y = rng.normal(size=(50, 10)), rng.normal(size=(50, 1))
    assert network.cosine(theta, x, y, 8, draws=1) != network.cosine(theta, x, y, 8, draws=2)


def test_a_curve_has_both_losses_of_the_seeds_run():
    rng, theta = np.random.default_rng(0), network.start(network.CASE, seed=0)
    train, test = ((rng.normal(size=(50, 10)), rng.normal(size=(50, 1))) for _ in range(2))
    seen = network.curve(core.gd, network.squared_error, theta, train, test, 1, 20, 3, lr=0.1)
    end = next(network.epochs(core.gd, network.squared_error, theta, train, 20, 3, lr=0.1))
    for losses, at in zip(seen, (theta, end), strict=True):
        assert losses.tolist() == [network.squared_error(at, *part) for part in (train, test)]
