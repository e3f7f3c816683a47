"""The process of a student: runs their cells, answers for their functions. collect.py starts it.

Its first argument says in JSON what it may take: `seconds` of processor time, `memory` in bytes,
and `cell`, how many of them one cell or one call may take.

What an audit hook refuses keeps an accident small: no other process, no network, no file outside
of its own folder is changed. It is no wall against somebody who means harm.
"""

import builtins
import json
import os
import signal
import sys
import traceback
from contextlib import suppress

from wire import Peer

try:
    import resource
except ImportError:  # Windows: the time is limited from outside, the memory is not
    resource = None

OTHERS = ("os.fork", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.startfile",
          "os.kill", "pty.spawn", "subprocess.Popen", "socket.connect", "socket.bind")  # fmt: skip
FILES = ("open", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.chmod", "os.chown",
         "os.link", "os.symlink", "os.truncate", "os.utime", "shutil.rmtree")  # fmt: skip
OWN = os.path.realpath(os.curdir)
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Late(BaseException):
    """Time is up. No `except Exception` holds it."""


class Student(Peer):
    serves = ("call", "next", "get", "run", "value")

    def __init__(self, source, sink, shell, seconds):
        super().__init__(source, sink)
        self.shell, self.seconds, self.depth = shell, seconds, 0

    def answer(self, message):
        if self.depth or not hasattr(signal, "setitimer"):
            return super().answer(message)
        self.depth = 1
        signal.setitimer(signal.ITIMER_PROF, self.seconds, 0.5)  # of work, however busy all is
        try:
            return super().answer(message)
        except Late as late:
            return dict(error=self.sentence(late))
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            self.depth = 0

    def sentence(self, error):
        """The line of theirs that raised, and what Python said."""
        if isinstance(error, Late):
            return f"it did not come back after {self.seconds:g} s of work"
        try:
            said = f"{type(error).__name__}: {error}"
        except Exception:
            said = type(error).__name__
        frames = traceback.extract_tb(error.__traceback__, -50)
        lines = [f"line {f.lineno}, `{f.line}`: " for f in frames if "ipython-input" in f.filename]
        return (lines[-1] if lines else "") + said[:300]

    def on_run(self, message):
        """Run a cell as JupyterLab would, magics and all."""
        result = self.shell.run_cell(message["source"], store_history=False)
        error = result.error_before_exec or result.error_in_exec
        return dict(said=self.sentence(error) if error else None)

    def on_value(self, message):
        """What an expression is worth, among the names of the student."""
        return dict(value=self.encode(eval(message["source"], self.shell.user_ns)))


def limit(seconds, memory):
    for what, most in (("RLIMIT_CPU", seconds), ("RLIMIT_AS", memory), ("RLIMIT_FSIZE", 2**26)):
        hard = resource.getrlimit(getattr(resource, what))[1]
        most = int(most) if hard == resource.RLIM_INFINITY else min(int(most), hard)
        with suppress(ValueError, OSError):  # macOS knows no limit of memory
            resource.setrlimit(getattr(resource, what), (most, most))


def refuse(event, args):
    if event.startswith(OTHERS):
        raise PermissionError(f"{event} is not allowed here")
    if event in FILES:
        if event == "open" and not (isinstance(args[2], int) and args[2] & WRITES):
            return
        for path in args[:2] if event in ("os.rename", "os.link", "os.symlink") else args[:1]:
            if isinstance(path, (str, bytes, os.PathLike)):
                path = os.path.realpath(os.fsdecode(path))
                if not path.startswith(OWN + os.sep) and path != os.devnull:
                    raise PermissionError(f"no file outside of this folder: {path}")


def late(*_):
    raise Late


if __name__ == "__main__":
    may = json.loads(sys.argv[1])
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):  # what they print, or read, is not what we hear
        os.dup2(nowhere, stream)
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    quiet = Config(HistoryManager=dict(enabled=False))
    shell = InteractiveShell.instance(config=quiet)
    builtins.input = lambda *_: ""
    if resource:
        limit(may["seconds"], may["memory"])
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGPROF, late)
    sys.addaudithook(refuse)
    student = Student(source, sink, shell, may["cell"])
    while True:
        student.send(student.answer(student.receive()))
