"""Does the repository launch on Binder? Binder's own steps, replayed without docker.

repo2docker, which Binder runs, prints the steps that it would take. Here they are taken in a
virtual environment instead of a container, on a copy of this folder. `make binder` runs this.
"""

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

ROOT = Path(__file__).parent.parent
ENVIRONMENTS = ROOT / ".venv"
REPO2DOCKER = ENVIRONMENTS / "repo2docker" / "bin" / "jupyter-repo2docker"
LESSONS = "notebooks/00_start_here.ipynb", "notebooks/04_adam.ipynb"
BASE = "jupyterlab", "notebook", "jupyter_server"  # of Binder's image, what matters here
TOKEN = "adam"

replayed = pytest.mark.skipif("ADAM_BINDER" not in os.environ, reason="`make binder` replays it")


# ---------------------------------------------------------------------------
# What Binder would do
# ---------------------------------------------------------------------------


@dataclass
class Plan:
    """The Dockerfile that repo2docker would build, and what it says of it."""

    steps: list  # (instruction, what) in order
    log: str

    def find(self, instruction, start):
        """Numbers of the steps that begin like this."""
        return [i for i, (name, what) in enumerate(self.steps)
                if name == instruction and what.startswith(start)]  # fmt: skip

    @property
    def installs(self):
        return self.find("RUN", "${KERNEL_PYTHON_PREFIX}/bin/pip")

    @property
    def content(self):
        """Where the folder is copied as a whole: layers after this are built at every change."""
        return self.find("COPY", "--chown=0:0 src/ ")[0]

    @property
    def ours(self):
        """What is run for this folder's sake; what comes before is Binder's image."""
        first = min([*self.installs, self.content])
        return [what for name, what in self.steps[first:] if name == "RUN"]

    @property
    def base(self):
        """Those of BASE, at the image's versions."""
        name = re.search(r"\S+-2elock-\w{6}", " ".join(what for _, what in self.steps))[0]
        path = re.sub(r"-([0-9a-f]{2})", lambda m: chr(int(m[1], 16)), Path(name).name[:-7])
        found = re.findall(r"/noarch/([\w-]+)-([\d.]+)-\w+\.conda", Path(path).read_text())
        return [f"{name}=={version}" for name, version in found if name in BASE]


def plan(repo):
    command = [REPO2DOCKER, "--no-build", "--debug", "."]
    said = subprocess.run(command, cwd=repo, check=True, capture_output=True, text=True)
    lines = re.sub(r"^\s*#.*\n|\\\n", "", said.stdout, flags=re.M).splitlines()
    steps = re.findall(r"^([A-Z]+) +(.*)$", "\n".join(lines), re.M)
    return Plan(steps, said.stdout + said.stderr)


def pins(repo):
    """Name -> Requirement of binder/requirements.txt, and the lines that are no requirement."""
    found, others = {}, []
    for line in (repo / "binder" / "requirements.txt").read_text().splitlines():
        if line := line.split("#")[0].strip():
            try:
                pin = Requirement(line)
                found[canonicalize_name(pin.name)] = pin
            except InvalidRequirement:
                others.append(line)
    return found, others


def pin_faults(repo):
    pinned, others = pins(repo)
    faults = [f"{line!r} in binder/requirements.txt is no pinned package" for line in others]
    for pin in pinned.values():
        if not re.fullmatch(r"==[\w.]+", str(pin.specifier)):
            faults.append(f"{pin} is not pinned")
    text = (repo / "requirements.txt").read_text()
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    for needed in map(Requirement, filter(None, lines)):
        if pin := pinned.get(canonicalize_name(needed.name)):
            if str(pin.specifier).lstrip("=") not in needed.specifier:
                faults.append(f"{pin} is pinned, requirements.txt says {needed}")
        elif needed.name not in ("jupyter", "nbval"):  # Binder brings its own; we test with it
            faults.append(f"{needed.name} is not pinned")
    return faults


def plan_faults(planned):
    faults = []
    if "Python version unspecified" in planned.log:
        faults.append("Python is not pinned: Binder takes what it likes")
    if not planned.installs:
        faults.append("no packages are installed")
    elif planned.installs[0] > planned.content:
        faults.append("packages are installed after the content: again at every changed letter")
    if not planned.find("RUN", "./binder/postBuild"):
        faults.append("postBuild is not run")
    return faults


# ---------------------------------------------------------------------------
# Doing it
# ---------------------------------------------------------------------------


def python_of(repo):
    """A Python of the version in binder/runtime.txt; skips the test where there is none."""
    version = (repo / "binder" / "runtime.txt").read_text().strip().removeprefix("python-")
    known = Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}")
    for python in [f"python{version}", *sorted(known)]:
        try:
            subprocess.run([python, "-c", ""], check=True, capture_output=True)
            return python
        except (OSError, subprocess.CalledProcessError):
            continue
    pytest.skip(f"not replayed: Binder takes Python {version}, and there is none here")


def copy(folder):
    """This folder as a new clone has it, changes included."""
    rubbish = shutil.ignore_patterns(".venv", ".git", ".*cache", ".hypothesis", "__pycache__",
                                     ".ipynb_checkpoints", "*.egg-info")  # fmt: skip
    return shutil.copytree(ROOT, folder, ignore=rubbish)


def environment(prefix, settings):
    """Variables of the container, with our folders for its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "JUPYTER", "VIRT"))}
    return kept | {
        "KERNEL_PYTHON_PREFIX": str(prefix),
        "NB_PYTHON_PREFIX": str(prefix),
        "PATH": f"{prefix}/bin:{os.environ['PATH']}",
        "PYTHONNOUSERSITE": "1",
        "PIP_NO_COMPILE": "1",  # faster
        "JUPYTER_CONFIG_DIR": f"{settings}/config",
        "JUPYTER_DATA_DIR": f"{settings}/data",
        "JUPYTER_RUNTIME_DIR": f"{settings}/runtime",
        "IPYTHONDIR": f"{settings}/ipython",
    }


def step(command, repo, env):
    """Run one RUN step; AssertionError with what it said, if it fails."""
    said = subprocess.run(["bash", "-c", command], cwd=repo, env=env, capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert said.returncode == 0, f"Binder's step\n\n    {command}\n\nfails:\n{said.stderr}"


@dataclass
class Image:
    """What Binder would start: the folder, its environment, the command."""

    repo: Path
    prefix: Path
    env: dict
    command: list


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """The steps of the plan, taken."""
    home = tmp_path_factory.mktemp("binder")
    repo, prefix = copy(home / "repo"), ENVIRONMENTS / "binder"
    planned, env = plan(repo), environment(prefix, home)
    subprocess.run([python_of(repo), "-m", "venv", "--clear", prefix], check=True)
    pip = [prefix / "bin" / "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", *planned.base], env=env, check=True)
    for command in planned.ours:
        step(command, repo, env)
    said = subprocess.run([*pip, "check"], env=env, capture_output=True, text=True, check=False)
    ours = "learn-adam "  # wants `jupyter` and `nbval` too, which Binder needs not
    assert not [line for line in said.stdout.splitlines() if not line.startswith(ours)]
    return Image(repo, prefix, env, json.loads(dict(planned.steps)["CMD"]))


@dataclass
class Server:
    url: str

    def ask(self, path, /, **body):
        data = json.dumps(body).encode() if body else None
        request = Request(f"{self.url}/{path}", data, {"Authorization": f"token {TOKEN}"})
        with urlopen(request, timeout=60) as answer:
            return answer.read().decode()

    def run(self, lesson):
        """Run all cells; gives the errors."""
        session = json.loads(self.ask("api/sessions", path=lesson, name=lesson, type="notebook",
                                      kernel={"name": "python3"}))  # fmt: skip
        notebook = json.loads(self.ask(f"api/contents/{lesson}"))["content"]
        code = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
        return asyncio.run(self._run(session["kernel"]["id"], code))

    async def _run(self, kernel, code):
        address = self.url.replace("http", "ws") + f"/api/kernels/{kernel}/channels"
        channel = await websocket_connect(
            HTTPRequest(address, headers={"Authorization": f"token {TOKEN}"}),
            max_message_size=2**28,
        )
        errors = []
        for i, source in enumerate(code):
            header = {"msg_id": f"cell-{i}", "msg_type": "execute_request", "session": TOKEN,
                      "username": "", "version": "5.3", "date": ""}  # fmt: skip
            content = {"code": source, "silent": False, "store_history": True,
                       "user_expressions": {}, "allow_stdin": False}  # fmt: skip
            await channel.write_message(json.dumps(
                {"header": header, "parent_header": {}, "metadata": {}, "content": content,
                 "channel": "shell", "buffers": []}))  # fmt: skip
            while True:
                said = await asyncio.wait_for(channel.read_message(), 120)
                if isinstance(said, bytes):
                    continue  # a picture
                said = json.loads(said)
                if said["msg_type"] == "error":
                    errors.append(f"{source}\n\n{said['content']['evalue']}")
                mine = said["parent_header"].get("msg_id") == header["msg_id"]
                if mine and said["msg_type"] == "execute_reply":
                    break
        channel.close()
        while await channel.read_message() is not None:
            pass
        return errors


@contextmanager
def server(image):
    """The command of the image, on an address of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [word.replace("0.0.0.0", "127.0.0.1") for word in image.command]
    command += ["--no-browser", f"--port={port}", f"--IdentityProvider.token={TOKEN}"]
    command += ["--allow-root"] * (os.geteuid() == 0)
    command[0] = str(image.prefix / "bin" / command[0])
    log = image.repo.parent / "log"
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=image.repo, env=image.env, stdout=out, stderr=out)
    running = Server(f"http://127.0.0.1:{port}")
    try:
        for _ in range(600):
            assert process.poll() is None, log.read_text()
            try:
                running.ask("api/status")
                break
            except URLError:
                time.sleep(0.1)
        yield running
    finally:
        process.terminate()
        process.wait(30)
    assert not re.findall(r"^\[E .*|^Traceback.*", log.read_text(), re.M), log.read_text()


# ---------------------------------------------------------------------------
# The launch
# ---------------------------------------------------------------------------


def test_pins():
    assert pin_faults(ROOT) == []
    pinned, _ = pins(ROOT)
    assert {"numpy", "matplotlib", "ipywidgets", "ipykernel", "nbgitpuller"} <= set(pinned)
    assert not {"jupyter", "jupyterlab", "notebook", "jupyter-server"} & set(pinned)


@replayed
def test_plan():
    planned = plan(ROOT)
    assert plan_faults(planned) == []
    assert len(planned.base) == len(BASE)


@replayed
def test_settings_are_read(image):
    command = [image.prefix / "bin" / "jupyter", "lab", "--show-config-json"]
    said = subprocess.run(command, env=image.env, check=True, capture_output=True, text=True)
    assert json.loads(said.stdout)["LabApp"] == {"extension_manager": "readonly"}


@replayed
def test_lessons_run(image):
    with server(image) as binder:
        assert "jupyter-config-data" in binder.ask(f"lab/tree/{LESSONS[0]}")
        for lesson in LESSONS:
            assert binder.run(lesson) == []


@replayed
def test_content_from_elsewhere(image, tmp_path):
    """The link for a class: this environment, with the lessons as they are in another clone."""
    content, pulled = copy(tmp_path / "content"), image.repo / "content"
    git = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-C", content]

    def commit():
        subprocess.run([*git, "add", "-A"], check=True)
        subprocess.run([*git, "commit", "--quiet", "-m", "lessons"], check=True)

    subprocess.run([*git, "init", "--quiet", "-b", "main"], check=True)
    commit()
    pull = urlencode(dict(repo=f"file://{content}", branch="main", targetpath="content"))
    with server(image) as binder:
        assert "finished" in binder.ask(f"git-pull/api?{pull}")
        assert (pulled / LESSONS[0]).read_bytes() == (content / LESSONS[0]).read_bytes()

        (content / "README.md").write_text("a typo, fixed")
        commit()
        assert "finished" in binder.ask(f"git-pull/api?{pull}")
        assert (pulled / "README.md").read_text() == "a typo, fixed"
        assert binder.run(f"content/{LESSONS[0]}") == []


# ---------------------------------------------------------------------------
# Faults, planted
# ---------------------------------------------------------------------------


@pytest.fixture
def faulty(tmp_path):
    return copy(tmp_path / "repo")


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@replayed
def test_sees_an_unpinned_python(faulty):
    (faulty / "binder" / "runtime.txt").unlink()
    assert any("Python is not pinned" in fault for fault in plan_faults(plan(faulty)))


@replayed
def test_sees_a_line_that_reads_another_file(faulty):
    with (faulty / "binder" / "requirements.txt").open("a") as file:
        file.write("-r ../requirements.txt\n")
    assert any("no pinned package" in fault for fault in pin_faults(faulty))
    assert any("after the content" in fault for fault in plan_faults(plan(faulty)))


@pytest.mark.parametrize("wrong", ["exit 3", "pip install no such", "if then"])
@replayed
def test_sees_a_broken_post_build(faulty, tmp_path, wrong):
    edit(faulty / "binder" / "postBuild", "set -e\n", f"set -e\n{wrong}\n")
    chmod, post_build = plan(faulty).ours[-2:]
    env = environment(tmp_path / "no-environment", tmp_path)
    step(chmod, faulty, env)
    with pytest.raises(AssertionError, match="postBuild"):
        step(post_build, faulty, env)


def test_sees_a_contradiction(faulty):
    edit(faulty / "requirements.txt", "numpy>=", "numpy>9.")
    assert [fault for fault in pin_faults(faulty) if fault.startswith("numpy==")]


def test_sees_a_missing_pin(faulty):
    edit(faulty / "binder" / "requirements.txt", "autograd==", "# ")
    assert pin_faults(faulty) == ["autograd is not pinned"]
