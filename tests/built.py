"""Panels that tests look at: each is built once in a process, and put back after use."""

from functools import cache

from adam_lab import panels


@cache
def built(name):
    return getattr(panels, name)()
