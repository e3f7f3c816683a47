"""The site without a server: is it whole, is it ours to give away, will the lessons find all?

`make lite` builds it and runs this; tests/browser/test_lite.py opens it in a browser.
"""

import ast
import json
import os
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LITE = ROOT / "lite"
LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
OPTIONAL = {"torch"}  # a lesson uses it where it is
BEHIND = {"matplotlib"}  # Pyodide's is older than requirements.txt asks for

FREE = re.compile(r"\b(BSD|MIT|MPL|Mozilla|Apache|PSF|Python Software|HPND|ISC|matplotlib)", re.I)

SITE = Path(os.environ.get("ADAM_LITE", ""))
built = pytest.mark.skipif("ADAM_LITE" not in os.environ, reason="`make lite` builds it")


def pins(path):
    lines = [line.split("#")[0].strip() for line in path.read_text().splitlines()]
    return {canonicalize_name(r.name): r.specifier for r in map(Requirement, filter(None, lines))}


@pytest.fixture
def settings():
    config = json.loads((SITE / "jupyter-lite.json").read_text())["jupyter-config-data"]
    return config | config["litePluginSettings"][KERNEL]


@pytest.fixture
def lock():
    return json.loads((SITE / "static" / "pyodide" / "pyodide-lock.json").read_text())["packages"]


def shipped(lock):
    """(name, wheel) of the packages that lie in the site."""
    found = ((name, SITE / "static/pyodide" / entry["file_name"]) for name, entry in lock.items())
    return [(name, wheel) for name, wheel in found if "://" not in lock[name]["file_name"]]


def imports(lesson):
    """Top-level modules that the cells import."""
    cells = json.loads(lesson.read_text(encoding="utf-8"))["cells"]
    for cell in (cell for cell in cells if cell["cell_type"] == "code"):
        for node in ast.walk(ast.parse("".join(cell["source"]))):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.module.split(".")[0]


# ---------------------------------------------------------------------------
# Before it is built
# ---------------------------------------------------------------------------


def test_pins_go_together():
    lite, binder = pins(LITE / "requirements.txt"), pins(ROOT / "binder" / "requirements.txt")
    assert all(re.fullmatch(r"==[\w.]+", str(pin)) for pin in lite.values())
    assert lite["jupyterlite-core"] == lite["jupyterlite-pyodide-kernel"]
    for name in ("jupyterlab-widgets", "anywidget"):
        assert lite[name] == binder[name]


def test_no_cell_installs():
    for lesson in LESSONS:
        for cell in json.loads(lesson.read_text(encoding="utf-8"))["cells"]:
            assert cell["cell_type"] != "code" or not re.search("pip|piplite", str(cell["source"]))


# ---------------------------------------------------------------------------
# As it is built
# ---------------------------------------------------------------------------


@built
def test_contents():
    names = {path.relative_to(SITE / "files").as_posix() for path in (SITE / "files").rglob("*.*")}
    lessons = {f"notebooks/{lesson.name}" for lesson in LESSONS}
    pages = {f"notebooks/{name}" for name in ("race.png", "errata.md", "glossary.md")}
    assert names == lessons | pages | {"adam_core.py", "LICENSES.md"}
    for lesson in LESSONS:
        assert (SITE / "files" / "notebooks" / lesson.name).read_bytes() == lesson.read_bytes()
    listed = json.loads((SITE / "api/contents/notebooks/all.json").read_text())["content"]
    assert {entry["path"] for entry in listed} >= lessons


@built
def test_it_opens_on_the_race():
    """Which leads to the first lesson."""
    for page in (LITE / "front").iterdir():
        assert (SITE / page.name).read_bytes() == page.read_bytes()
    (link,) = re.findall('href="(lab.+?)"', (SITE / "index.html").read_text(encoding="utf-8"))
    page, lesson = link.split("?path=")
    assert (SITE / "files" / lesson).exists()
    for folder in ((SITE / page).parent, SITE):  # where the page looks for its settings
        assert '<script id="jupyter-config-data"' in (folder / "index.html").read_text("utf-8")


@built
def test_no_tests_no_caches_no_places():
    rubbish = re.compile(r"__pycache__|\.ipynb_checkpoints|\.pytest_cache|(^|/)tests?/|\.map$")
    wheel = next((SITE / "static" / "pyodide").glob("learn_adam-*.whl"))
    ours = [str(path.relative_to(SITE)) for path in (SITE / "files").rglob("*")]
    for name in [*ours, *ZipFile(wheel).namelist()]:
        assert not rubbish.search(name)
    for path in SITE.rglob("*.json"):
        assert str(ROOT) not in path.read_text()
    assert sum(path.stat().st_size for path in SITE.rglob("*") if path.is_file()) < 120e6


@built
def test_our_wheel_is_whole():
    """What is no Python, too; see package-data in pyproject.toml."""
    wheel = next((SITE / "static" / "pyodide").glob("learn_adam-*.whl"))
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "adam_lab").rglob("*.*")}
    ours = {name for name in files if "__pycache__" not in name} | {"adam_core.py"}
    assert ours <= set(ZipFile(wheel).namelist())


@built
def test_pages_takes_the_pyodide_of_the_kernel():
    kernel = next((ROOT / ".venv" / "lite").rglob("jupyterlite_pyodide_kernel/constants.py"))
    version = re.search(r'PYODIDE_VERSION = "(.+)"', kernel.read_text())[1]
    pages = (ROOT / ".github" / "workflows" / "pages.yml").read_text()
    assert set(re.findall(r"\d+\.\d+\.\d+(?=/|\.tar)", pages)) == {version}


@built
def test_settings(settings, lock):
    assert settings["pyodideUrl"] == "./static/pyodide/pyodide.mjs"
    assert settings["disablePyPIFallback"]
    assert set(settings["loadPyodideOptions"]["packages"]) <= set(lock)
    extensions = {extension["name"] for extension in settings["federated_extensions"]}
    widgets = {"@jupyter-widgets/jupyterlab-manager", "anywidget"}
    assert widgets | {KERNEL.split(":")[0]} <= extensions
    assert (SITE / "files" / settings["appUrl"].split("?path=")[1]).exists()
    for name in ("pyodide.mjs", "pyodide.asm.wasm", "python_stdlib.zip"):
        assert (SITE / "static" / "pyodide" / name).exists()


@built
def test_lock_has_all_that_is_imported(lock):
    offered = {module for entry in lock.values() for module in entry["imports"]}
    asked = {module for lesson in LESSONS for module in imports(lesson)}
    assert asked - set(sys.stdlib_module_names) - OPTIONAL <= offered
    assert {"ipywidgets", "anywidget", "learn-adam", "autograd", "comm"} <= set(lock)
    for entry in lock.values():
        assert {canonicalize_name(name) for name in entry["depends"]} <= set(lock)


@built
def test_lock_is_true(lock):
    for name, wheel in shipped(lock):
        assert sha256(wheel.read_bytes()).hexdigest() == lock[name]["sha256"], name
    elsewhere = [e["file_name"] for e in lock.values() if "://" in e["file_name"]]
    assert len({address.rsplit("/", 1)[0] for address in elsewhere}) <= 1


@built
def test_versions(lock):
    wanted = pins(ROOT / "requirements.txt")
    outside = {
        name for name in set(wanted) & set(lock) if lock[name]["version"] not in wanted[name]
    }
    assert outside <= BEHIND


@built
def test_licences(lock):
    """What is shipped may be; LICENSES.md names it."""
    page = (SITE / "files" / "LICENSES.md").read_text()
    ours = {"learn-adam": "adam_core", "openblas": "OpenBLAS"}
    for name, wheel in shipped(lock):
        assert ours.get(name, name) in page
        if wheel.suffix == ".whl" and name != "ipykernel":  # a stub: the kernel's own licence
            archive = ZipFile(wheel)
            metadata = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
            head = archive.read(metadata).decode().split("\n\n")[0]
            said = re.findall(r"^.*Licen[sc]e.*$", head, re.M)
            files = [n for n in archive.namelist() if re.search(r"\.dist-info/.*LICEN[SC]E", n)]
            titles = [archive.read(n).decode().strip().split("\n")[0] for n in files]
            assert FREE.search(" ".join(said + titles)), name
            assert not re.search(r"^.*Licen.*\bA?GPL", head, re.M), name


@built
def test_another_pyodide_is_refused(tmp_path):
    (tmp_path / "pyodide-lock.json").write_text('{"info": {"python": "3.12.7"}, "packages": {}}')
    python = ROOT / ".venv" / "lite" / "bin" / "python"
    command = [python, LITE / "build.py", tmp_path / "site", tmp_path]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode and "This Pyodide has Python 3.12" in said.stderr
    assert not (tmp_path / "site").exists()
