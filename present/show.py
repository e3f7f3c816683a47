"""Shows a lesson on a projector: python present/show.py slides|panels LESSON"""

import os
import socket
import sys
import sysconfig
from itertools import count
from pathlib import Path

HERE = Path(__file__).parent
LESSONS = {path.stem[:2]: path for path in sorted((HERE.parent / "notebooks").glob("*.ipynb"))}
VOILA = Path(sys.prefix) / "present"  # beside our packages, so that JupyterLab knows nothing of it


def command(what, lesson, *more):
    """The command and the environment that serve the slides or the panels of a lesson."""
    if lesson not in LESSONS:
        raise SystemExit(f"There is no lesson {lesson!r}: take one of {', '.join(LESSONS)}.")
    env = {
        "PYTHONPATH": sysconfig.get_path("purelib", vars={"base": str(VOILA)}),
        "JUPYTER_PATH": os.pathsep.join(map(str, (HERE, VOILA / "share" / "jupyter"))),
        "JUPYTER_CONFIG_PATH": str(HERE),
        "ADAM_LAB_PROJECTOR": "1",
    }
    call = [sys.executable, "-m", "voila", str(LESSONS[lesson]), *more]
    call.append(f"--VoilaConfiguration.resources=only={what}")
    return call, os.environ | env


def free_port(first=8866):
    """The first from this one on that nobody listens on."""
    for port in count(first):
        with socket.socket() as door:
            if door.connect_ex(("127.0.0.1", port)):
                return port


if __name__ == "__main__":
    port = free_port()
    call, env = command(*sys.argv[1:], f"--port={port}")
    print(f"Opens http://localhost:{port}/ in the browser. Ctrl+C ends it.", flush=True)
    os.execve(call[0], call, env)
