"""Does it start where the README says: on your machine, on Binder, in CI?"""

import os
import re
import runpy
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import yaml

ROOT = Path(__file__).parent.parent
BINDER = ROOT / "binder"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))

needs_make = pytest.mark.skipif(not shutil.which("make"), reason="there is no make here")


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def make(*args):
    """What make prints; the environment is taken as ready."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "MFLAGS"}
    command = ["make", "--no-print-directory", *args]
    return subprocess.run(
        command, cwd=ROOT, env=env, check=True, capture_output=True, text=True
    ).stdout


def verbs():
    return set(re.findall(r"^([a-z]+):.*##", read("Makefile"), re.M))


def readme_commands(system):
    """The lines of the README's block for "unix" or "windows", without comments."""
    block = re.search(rf"<!-- run: {system} -->\n```\w+\n(.*?)```", read("README.md"), re.S)[1]
    return [line.split("#")[0].strip() for line in block.splitlines()]


def ci_commands(path, windows):
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
    chosen = [job for job in jobs if ("windows" in job["runs-on"]) == windows]
    return [step["run"] for job in chosen for step in job["steps"] if "run" in step]


# ---------------------------------------------------------------------------
# The commands of the README
# ---------------------------------------------------------------------------


def test_readme_and_ci_use_the_verbs():
    known = {f"make {verb}" for verb in verbs()}
    assert readme_commands("unix") == ["make lab", "make test"]
    assert set(readme_commands("unix")) <= known
    for path in WORKFLOWS:
        made = {re.sub(r" [A-Z]+=.*", "", each) for each in ci_commands(path, windows=False)}
        assert made <= known
    assert {"make test", "make browser"} <= set(read(".ci/run").splitlines())


def jobs(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]


def steps(path, kind):
    return [step[kind] for job in jobs(path).values() for step in job["steps"] if kind in step]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_that_fails_is_seen(path):
    """Nothing is let pass, nothing runs for ever, and each action is one version."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"continue-on-error|\|\| *true|set \+e|^ +if:", text, re.M)
    assert all(0 < job["timeout-minutes"] <= 30 for job in jobs(path).values())
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+@v\d+", action) for action in steps(path, "uses"))


def test_every_check_runs_everywhere():
    """Here, on the way in, and in the workflow: the same verbs."""
    here = [line for line in read(".ci/run").splitlines() if line.startswith("make ")]
    wanted = ["test", "parity", "fast", "searches", "binder", "lite", "class N=3", "browser"]
    assert here == [f"make {verb}" for verb in wanted]
    there = steps(ROOT / ".github/workflows/test.yml", "run")
    assert set(here) <= set(there)


def test_the_scripts_stop_at_an_error():
    assert "set -euo pipefail" in read(".ci/run")
    assert re.search(r"^set -e", read("binder/postBuild"), re.M)


def test_the_pythons_are_those_we_promise():
    oldest = re.search(r'requires-python = ">=(3\.\d+)"', read("pyproject.toml"))[1]
    test = jobs(ROOT / ".github/workflows/test.yml")
    for job in (test["unix"], test["windows"]):
        assert job["strategy"]["matrix"]["python"][0] == oldest
    (binder,) = [
        step["with"]["python-version"] for step in test["binder"]["steps"] if "with" in step
    ]
    assert read("binder/runtime.txt").strip() == f"python-{binder}"
    assert f"Python {oldest} or newer" in read("README.md")


def test_what_is_no_python_is_packaged():
    """An editable install shows every file; a wheel only those that package-data names."""
    listed = tomllib.loads(read("pyproject.toml"))["tool"]["setuptools"]["package-data"]["adam_lab"]
    package = ROOT / "adam_lab"
    others = {
        path for path in package.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }  # fmt: skip
    assert others == {path for pattern in listed for path in package.glob(pattern)}


@needs_make
def test_windows_runs_the_same():
    *install, lab = readme_commands("windows")
    ready = ".venv/ready"
    test = make("-n", "-o", ready, "test").replace(".venv/bin/", ".venv/Scripts/").splitlines()
    ci = ci_commands(ROOT / ".github/workflows/test.yml", windows=True)
    assert [*install, r".venv\Scripts\pip install -e .[test]", *test] == ci

    words = make("-n", "-o", ready, "lab").split()
    options = [word for word in words if word.startswith(("--ServerApp.root_dir=", "--config="))]
    assert lab.split()[2:] == [*options, words[-1]] and len(options) == 2


@needs_make
@pytest.mark.skipif(not (ROOT / ".venv" / "ready").exists(), reason="not run by make")
def test_make_lab(tmp_path):
    """It serves the first lesson, and its log has no error."""
    log = tmp_path / "log"
    folders = ("CONFIG", "DATA", "RUNTIME")
    env = os.environ | {f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in folders}
    env |= {"BROWSER": "true", "IPYTHONDIR": str(tmp_path), "MAKEFLAGS": ""}
    with log.open("w") as out:
        lab = subprocess.Popen(
            ["make", "lab"], cwd=ROOT, env=env, stdout=out, stderr=out, start_new_session=True
        )
    try:
        url = None
        for _ in range(600):
            if url := re.search(r"(http://127\.0\.0\.1:\d+)/lab.*\?token=(\w+)", log.read_text()):
                break
            assert lab.poll() is None, log.read_text()
            time.sleep(0.1)
        lesson = f"{url[1]}/api/contents/notebooks/00_start_here.ipynb?content=0&token={url[2]}"
        for _ in range(100):  # it names its address before it listens there
            with suppress(URLError), urlopen(lesson, timeout=20) as answer:
                assert answer.status == 200
                break
            time.sleep(0.1)
        else:
            pytest.fail("the lesson is not served")
        assert not re.findall(r"^\[E .*|^Traceback.*", log.read_text(), re.M)
    finally:
        os.killpg(lab.pid, signal.SIGTERM)
        lab.wait(20)


@needs_make
@pytest.mark.parametrize("folder", ["lessons", "Ada's lessons, 2. Übung"])
def test_a_moved_folder_gets_an_environment_of_its_own(tmp_path, folder):
    """What `pip install -e` wrote there names the folder it was made in."""
    home = tmp_path / folder
    ready = home / ".venv" / "ready"
    ready.parent.mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", home)

    def said():
        return subprocess.run(["make", "help"], cwd=home, capture_output=True, text=True).stdout

    ready.write_text(str(home.resolve()))
    assert "moved or copied" not in said()
    assert ready.exists()
    ready.write_text(str(tmp_path / "elsewhere"))
    assert "moved or copied" in said()
    assert not ready.parent.exists()


def test_server_sends_at_once(monkeypatch):
    from jupyter_server.services.kernels.websocket import KernelWebsocketHandler as Handler

    called = []
    monkeypatch.setattr(Handler, "open", lambda self, kernel_id: called.append(kernel_id))
    monkeypatch.setattr(Handler, "set_nodelay", lambda self, value: called.append(value))
    server_settings()
    Handler.open(object.__new__(Handler), "some-kernel")
    assert called == [True, "some-kernel"]


def test_the_page_keeps_its_icon(monkeypatch):
    from jupyterlab_server import handlers

    monkeypatch.setattr(handlers, "get_page_config", lambda: {"disabledExtensions": ["other"]})
    server_settings()
    disabled = handlers.get_page_config()["disabledExtensions"]
    assert disabled == ["other", "@jupyterlab/application-extension:faviconbusy"]


def server_settings(path=BINDER / "jupyter_server_config.py"):
    from traitlets.config.loader import PyFileConfigLoader

    return PyFileConfigLoader(path.name, str(path.parent)).load_config()


@pytest.mark.parametrize("path, app", [("binder/jupyter_server_config.py", "ServerApp"),
                                       ("present/voila.py", "Voila")])  # fmt: skip
def test_a_connection_outlives_its_pings(path, app, monkeypatch):
    """The server ends it where the answer to a ping is older than ping_timeout, at the next."""
    from jupyter_server.base.websocket import WebSocketMixin
    from jupyter_server.services.kernels.websocket import KernelWebsocketHandler as Handler

    monkeypatch.setattr(Handler, "open", Handler.open)  # undone afterwards
    connection = WebSocketMixin()
    connection.settings = server_settings(ROOT / path)[app].get("tornado_settings", {})
    assert type(connection.settings) is dict  # JupyterHub looks into it as it is
    assert connection.ping_timeout > 2 * connection.ping_interval > 0


@pytest.mark.skipif(os.name == "nt", reason="there kernels listen on ports")
@pytest.mark.parametrize("long", [0, 60])
def test_kernels_listen_on_files(long, monkeypatch):
    """As long as the path fits; and nothing is left of the trial."""
    from jupyter_server.services.kernels.websocket import KernelWebsocketHandler as Handler

    monkeypatch.setattr(Handler, "open", Handler.open)  # undone afterwards
    with TemporaryDirectory(dir="/tmp") as folder:
        runtime = Path(folder, "x" * long)
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
        settings = server_settings()["KernelManager"]
        assert settings == ({"transport_encryption": "auto"} if long else {"transport": "ipc"})
        assert not list(runtime.iterdir())


# ---------------------------------------------------------------------------
# Binder
# ---------------------------------------------------------------------------


def test_launch_links_have_one_home():
    readme = read("README.md")
    home = re.search(r"<!-- launch: .*?-->(.*?)<!-- launch: end -->", readme, re.S)[1]
    named = r"(?:mybinder\.org/v2/gh|nbviewer\.org/github|github\.com)/([\w.-]+/[\w.-]+)"
    assert re.findall(named, readme.replace(home, "")) == []
    (name,) = set(re.findall(named, home))
    known = runpy.run_path(str(BINDER / "links.py"))["links"](name)
    assert dict(re.findall(r"^\[(.+)\]: (.+)$", home, re.M)).items() <= known.items()
    assert set(re.findall(r"\]\[([\w ]+)\]", readme)) <= set(re.findall(r"^\[(.+)\]:", home, re.M))
    for path in re.findall(r"notebooks/\w+\.ipynb", "\n".join([readme, *known.values()])):
        assert (ROOT / path).exists()


def test_make_owner():
    """Your repository instead of the one before, everywhere and nowhere else."""
    links = runpy.run_path(str(BINDER / "links.py"))
    written, readme = links["written"], read("README.md")
    first, second = written(readme, "zoe/first"), written(readme, "Bob/x.y")
    assert written(first, "Bob/x.y") == second
    assert second.count("Bob/x.y") > 8 and second.count("https://bob.github.io/x.y/") > 8
    assert "github.com%252FBob%252Fx.y%26urlpath%3Dlab%252Ftree%252Fx.y%252Fnotebooks" in second
    assert not re.search("zoe|first/", second.split("<!-- launch:")[1])
    assert links["OTHERS"]
    for path in links["OTHERS"]:
        text = path.read_text(encoding="utf-8")
        first, second = (links["renamed"](text, name) for name in ("zoe/first", "Bob/x.y"))
        assert links["renamed"](first, "Bob/x.y") == second
        assert not re.search(r"zoe|first%|\bOWNER\b|\bREPO\b", second)
        assert len(second.splitlines()) == len(text.splitlines())


@pytest.mark.parametrize(
    "given, name",
    [
        ("me/adam", "me/adam"),
        ("me/adam.git", "me/adam"),
        ("https://github.com/me/adam.git", "me/adam"),
        ("git@github.com:me/adam.git", "me/adam"),
        (" https://github.com/me/x.y/ ", "me/x.y"),
        ("adam", None),
        ("https://example.org/me/adam", None),
        ("me/adam/tree", None),
        ("-me/adam", None),
        ("me/.git", None),
        ("", None),
    ],
)
def test_whose_repository(given, name):
    assert runpy.run_path(str(BINDER / "links.py"))["repository"](given) == name


def test_make_owner_says_what_it_did(tmp_path):
    lessons = "notebooks/04_adam.ipynb", "teaching/template/NN_title.ipynb"
    changed = *lessons, "README.md", "teaching/hubs.md", "CITATION.cff"
    for name in (*changed, "binder/links.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    command = [sys.executable, str(tmp_path / "binder" / "links.py")]
    done = subprocess.run([*command, "me/adam.git"], capture_output=True, text=True, check=True)
    assert done.stdout.count("leads to https://github.com/me/adam\n") == len(changed)
    assert "git clone https://github.com/me/adam && cd adam\n" in (
        tmp_path / "teaching" / "hubs.md"
    ).read_text(encoding="utf-8")
    alone = "%pip install git+https://github.com/me/adam`"
    for lesson in lessons:
        assert (tmp_path / lesson).read_text(encoding="utf-8").count(alone) == 1
    refused = subprocess.run([*command, "adam"], capture_output=True, text=True)
    assert refused.returncode == 1 and "make owner NAME=" in refused.stderr


def test_slides_and_panels_find_a_port_of_their_own():
    free_port = runpy.run_path(str(ROOT / "present" / "show.py"))["free_port"]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert free_port(port) > port


def test_slides_that_do_not_start_say_so(monkeypatch):
    main = runpy.run_path(str(ROOT / "present" / "show.py"))["main"]
    ends = [sys.executable, "-c", "pass"]
    monkeypatch.setitem(main.__globals__, "command", lambda *_: (ends, None))
    monkeypatch.setitem(main.__globals__, "webbrowser", None)
    with pytest.raises(SystemExit, match="not started"):
        main("slides", "00")


def test_binder_python():
    assert re.fullmatch(r"python-3\.\d+\n", read("binder/runtime.txt"))


@pytest.mark.skipif(os.name == "nt", reason="Binder is Linux")
@pytest.mark.parametrize("script", ["binder/postBuild", ".ci/run"])
def test_scripts(script):
    assert os.access(ROOT / script, os.X_OK)
    subprocess.run(["bash", "-n", str(ROOT / script)], check=True)


def test_licences():
    assert "BSD 3-Clause" in read("LICENSE")
    assert "creativecommons.org/licenses/by/4.0" in read("LICENSE-lessons")
    assert {"(LICENSE)", "(LICENSE-lessons)"} <= set(
        re.findall(r"\(LICENSE[\w-]*\)", read("README.md"))
    )
