"""Panels that tests look at: each is built once in a process, and put back after use."""

import gc
from functools import cache

from adam_lab import panels


@cache
def built(name):
    panel = getattr(panels, name)()
    gc.freeze()  # it stays: to look for rings of objects in it again and again takes time
    return panel
