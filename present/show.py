"""Shows a lesson on a projector: python present/show.py slides|panels LESSON"""

import os
import socket
import subprocess
import sys
import sysconfig
import time
import webbrowser
from contextlib import contextmanager
from itertools import count
from pathlib import Path

HERE = Path(__file__).parent
NOTEBOOKS = HERE.parent / "notebooks"
LESSONS = {path.stem[:2]: path for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))}
VOILA = Path(sys.prefix) / "present"  # beside our packages, so that JupyterLab knows nothing of it


def command(what, port):
    """The command and the environment that serve all lessons as slides or as panels."""
    packages = sysconfig.get_path("purelib", vars={"base": str(VOILA)})
    env = {
        "PYTHONPATH": os.pathsep.join([str(HERE.parent), packages]),
        "JUPYTER_PATH": os.pathsep.join(map(str, (HERE, VOILA / "share" / "jupyter"))),
        "JUPYTER_CONFIG_PATH": str(HERE),
        "ADAM_LAB_PROJECTOR": "1",
    }
    call = [sys.executable, "-m", "voila", str(NOTEBOOKS), "--no-browser", f"--port={port}"]
    call.append(f"--VoilaConfiguration.resources=only={what}")
    return call, os.environ | env


def address(port, lesson):
    if lesson not in LESSONS:
        raise SystemExit(f"There is no lesson {lesson!r}: take one of {', '.join(LESSONS)}.")
    return f"http://localhost:{port}/voila/render/{LESSONS[lesson].name}"


def free_port(first=8866):
    """The first from this one on that nobody listens on."""
    return next(port for port in count(first) if not listens(port))


def listens(port):
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def served(what, port):
    """All lessons are served as "slides" or "panels" meanwhile."""
    call, env = command(what, port)
    process = subprocess.Popen(call, env=env)
    try:
        end = time.monotonic() + 60
        while not listens(port):
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit("Voila has not started.")
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(60)


def main(what, lesson):
    port = free_port()
    url = address(port, lesson)
    with served(what, port) as server:
        print(f"{url} opens in the browser. Ctrl+C ends it.", flush=True)
        webbrowser.open(url)
        server.wait()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        pass
