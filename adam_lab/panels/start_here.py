"""The panels of 00_start_here."""

from adam_lab.panels.descents import descents
from adam_lab.panels.dials import beta_dial, lr_dial
from adam_lab.panels.own import surface


def one_dial():
    """ONE DIAL (00): gradient descent alone, and its learning rate."""
    return descents(lambda lr: dict(gd=dict(lr=lr)), dict(lr=lr_dial(0.2, 0.01, 4)), steps=100)


def race(f=None, grad=None, *, start=None, bounds=((-3, 3), (-3, 3))):
    """THE RACE (00): four optimizers on one surface, all on the same dials.

    f, grad, start, bounds   a surface of your own instead: see `own.surface`
    """

    def runs(lr, beta1, beta2):
        return dict(
            gd=dict(lr=lr),
            heavy_ball=dict(lr=lr, beta=beta1),
            rmsprop=dict(lr=lr, beta=beta2),
            adam=dict(lr=lr, beta1=beta1, beta2=beta2),
        )

    dials = dict(
        lr=lr_dial(0.2),
        beta1=beta_dial(0.9, "β₁ momentum"),
        beta2=beta_dial(0.9, "β₂ size memory"),
    )
    if f is None:
        return descents(runs, dials, steps=100, choose_surface=True)
    return descents(runs, dials, steps=100, surfaces=[surface(f, grad, start, bounds)])
