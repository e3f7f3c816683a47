"""The same examples on every machine and at every run; no time limit on a busy one."""

from hypothesis import settings

settings.register_profile("core", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("core")
