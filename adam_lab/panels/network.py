"""The panels of 07_train_a_network."""

from functools import cache
from itertools import islice

import numpy as np

import adam_core as core
from adam_lab.figures import LOOKS, counted, number
from adam_lab.figures import network as figures
from adam_lab.live import Live
from adam_lab.live_run import Training
from adam_lab.models import network
from adam_lab.panels.dials import beta_dial, lr_dial, pick, step_dial, stops

RULES = ["adam", "rmsprop", "heavy_ball", "gd"]
_MENU = [(LOOKS[name].label, name) for name in RULES]
ALL = 1600  # rows of the training part: a batch of all


def _hyper(rule, lr, beta1, beta2):
    """What the optimizer takes of the dials."""
    own = dict(adam=dict(beta1=beta1, beta2=beta2), rmsprop=dict(beta=beta2),
               heavy_ball=dict(beta=beta1), gd={})  # fmt: skip
    return dict(lr=lr) | own[rule]


def _said(rule, lr, beta1, beta2, batch):
    """The dials that count, in words."""
    betas = dict(adam=f", β₁ {beta1:g}, β₂ {beta2:g}", rmsprop=f", β₂ {beta2:g}",
                 heavy_ball=f", β₁ {beta1:g}", gd="")  # fmt: skip
    size = f"batches of {batch}" if batch < ALL else "all rows at once"
    idle = dict(adam="", rmsprop=" (β₁ unused)", heavy_ball=" (β₂ unused)", gd=" (no β)")
    return f"{LOOKS[rule].label}, lr {lr:.3g}{betas[rule]}, {size}{idle[rule]}"


def _reached(report):
    losses = np.array(report["losses"])
    if not np.isfinite(losses).all():
        return f"diverged in epoch {np.argmin(np.isfinite(losses).all(axis=1))}"
    training, test = map(number, losses[-1])
    return f"after epoch {len(losses) - 1}: training {training}, test {test}"


def training():
    """TRAIN (07): a network trains at your dials while you watch, and stops when you say so."""
    epochs, shown = 200, 130
    train, test = network.case()
    theta0 = network.start(network.CASE, seed=0)
    picture = figures.training(test[1][:shown, 0], epochs)

    def reported(theta, losses, rule):
        with np.errstate(all="ignore"):
            losses = [*losses, [network.squared_error(theta, *part) for part in (train, test)]]
            predicted = network.predict(theta, test[0][:shown], network.CASE)[:, 0]
        return dict(losses=losses, predicted=predicted, rule=rule)

    start = reported(theta0, [], None)

    def untrained(rule, **_):
        return start | dict(rule=rule)

    def work(rule, lr, beta1, beta2, batch):
        report = untrained(rule)
        yield 0, report
        run = network.epochs(
            getattr(core, rule), network.squared_error, theta0, train, batch,
            **_hyper(rule, lr, beta1, beta2),
        )  # fmt: skip
        for epoch, theta in enumerate(islice(run, epochs), 1):
            report = reported(theta, report["losses"], rule)
            yield epoch / epochs, report
            if not np.isfinite(report["losses"][-1]).all():
                return

    def update(report, before, lines, **dials):
        losses = np.array(report["losses"])
        old = np.array(before["losses"]) if before else np.empty((0, 2))
        picture.show(report["rule"], losses, report["predicted"], old, lines)
        return f"Loss of the network. {'. '.join(lines)}."

    controls = dict(
        lr=lr_dial(0.001, 1e-5, 1),
        beta1=beta_dial(0.9, "β₁ momentum"),
        beta2=beta_dial(0.999, "β₂ size memory"),
        batch=stops("batch size", ALL, [*((str(2**k), 2**k) for k in range(4, 10)), ("all", ALL)]),
        rule=pick("optimizer", _MENU),
    )
    return Training(
        picture.figure, picture.moving, update, controls, work,
        untrained=untrained, said=_said, reached=_reached,
    )  # fmt: skip


def _epoch_dial(epochs):
    dial = step_dial(epochs)
    dial.description = "epoch"
    return dial


def contest(curves=None):
    """CONTEST (07): optimizers at their own best learning rates, over several seeds.

    curves   name -> losses (seeds, epochs + 1, 2) of training and test; a short run if None
    """
    if curves is None:
        theta, (train, test) = network.start(network.CASE, seed=0), network.case()
        curves = {
            name: np.array([
                network.curve(getattr(core, name), network.squared_error, theta, train, test, 4,
                              64, seed, lr=lr)
                for seed in range(2)
            ])
            for name, lr in (("gd", 0.1), ("adam", 0.01))
        }  # fmt: skip
    every = np.concatenate(list(curves.values()))
    epochs = every.shape[1] - 1
    low = 10 ** np.floor(np.log10(np.nanmin(every)))
    picture = figures.contest(list(curves), epochs, low, high=3)

    def update(epoch, part):
        said = []
        for name, losses in curves.items():
            so_far = losses[:, : epoch + 1, part]
            middle, low, high = (number(of(so_far[:, -1]), 2) for of in (np.median, np.min, np.max))
            result = f"{middle} ({low} to {high})"
            picture.show(name, so_far, result)
            said.append(f"{LOOKS[name].label} {result}")
        return (
            f"{('Training', 'Test')[part]} loss after {counted(epoch, 'epoch')}, median of "
            f"{every.shape[0] // len(curves)} seeds and range: {'; '.join(said)}."
        )

    controls = dict(epoch=_epoch_dial(epochs), part=pick("loss", [("test", 1), ("training", 0)]))
    return Live(picture.figure, picture.moving, update, controls, play="epoch")


def digits(lrs=None, epochs=20):
    """DIGITS (07): scanned digits, what the network answers, and what it got wrong.

    lrs   a learning rate for each optimizer by name
    """
    train, _, test = network.digits()
    lrs = lrs or dict(gd=1, heavy_ball=0.1, rmsprop=0.003, adam=0.03)
    picture = figures.digits(epochs)

    @cache
    def trained(rule):
        """Per epoch: theta, and both accuracies."""
        thetas = network.trained(network.RULES[rule], lrs[rule], seed=0, n=epochs)
        return thetas, np.array(
            [[network.accuracy(theta, *part) for part in (train, test)] for theta in thetas]
        )

    def update(epoch, rule):
        thetas, accuracies = trained(rule)
        x, y = test
        scores = network.predict(thetas[epoch], x, network.DIGITS)
        answers = scores.argmax(axis=1)
        table = np.zeros((10, 10), dtype=int)
        np.add.at(table, (y, answers), 1)
        wrong = np.flatnonzero(answers != y)
        doubt = np.exp(scores - scores.max(axis=1, keepdims=True)).sum(axis=1)  # 1 / probability
        surest = wrong[np.argsort(doubt[wrong], kind="stable")][:12]
        said = [(y[i], answers[i]) for i in surest]
        words = (
            f"{LOOKS[rule].label}, lr {lrs[rule]:g}, epoch {epoch}: right "
            f"{accuracies[epoch, 0]:.1%} of training and {accuracies[epoch, 1]:.1%} of test; "
            f"{len(wrong)} of {len(y)} wrong"
        )
        images = x[surest].reshape(-1, 8, 8)
        picture.show(rule, accuracies[: epoch + 1], table, images, said, words)
        np.fill_diagonal(table, 0)
        right, answer = np.unravel_index(table.argmax(), table.shape)
        return f"{words}. Most often {right} is taken for {answer}, {table.max()} times."

    controls = dict(epoch=_epoch_dial(epochs), rule=pick("optimizer", _MENU))
    return Live(picture.figure, picture.moving, update, controls, play="epoch")
