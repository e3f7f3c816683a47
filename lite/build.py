"""Builds the site on which the lessons run in the reader's browser, without a server.

build.py FOLDER [PYODIDE]

PYODIDE is a whole Pyodide distribution: a folder, an archive, or the address of one. The site
then has all it needs. Without it the interpreter comes from npm's package `pyodide`, what is pure
Python from PyPI, and the compiled packages, such as NumPy, from Pyodide's own address when a
lesson first imports them.

The lessons stay as they are: the kernel reads the imports of a cell and loads what the lock of
Pyodide lists under these names. So this script writes a lock that lists our packages too.
"""

import json
import shutil
import subprocess
import sys
import tarfile
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlretrieve
from zipfile import ZipFile

from jupyterlite_pyodide_kernel.constants import (
    PYODIDE_CDN_URL,
    PYODIDE_PYTHON_VERSION,
    PYODIDE_VERSION,
)
from packaging.metadata import Metadata
from packaging.utils import canonicalize_name

HERE = Path(__file__).parent
ROOT = HERE.parent
FRONT = HERE / "front"

LOCK = "pyodide-lock.json"
ENGINE = "pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"
FROM_PYPI = "autograd", "ipywidgets", "anywidget", "psygnal", "comm"  # not in Pyodide
ANYWHERE = "--platform=any", f"--python-version={PYODIDE_PYTHON_VERSION}"  # without compiled parts
FROM_KERNEL = "piplite", "pyodide_kernel", "ipykernel"
STARTED = "micropip", "jedi"  # loaded with the kernel, as jupyter-lite.json says
NOT_HERE = "jupyter", "nbval"  # of requirements.txt: JupyterLite is the one, the other tests
BROWSER = {
    "sys_platform": "emscripten", "platform_system": "Emscripten", "platform_machine": "wasm32",
    "os_name": "posix", "python_version": PYODIDE_PYTHON_VERSION, "extra": "",
}  # fmt: skip


def build(site, pyodide=None):
    with TemporaryDirectory() as tmp:
        lite = Path(tmp)
        for name in ("jupyter-lite.json", "jupyter_lite_config.json", "overrides.json"):
            shutil.copy(HERE / name, lite)
        contents(lite / "contents")
        wheels(lite / "wheels")
        engine(pyodide, lite / "engine")
        distribute(lite / "engine", lite / "wheels", lite / "static" / "pyodide")
        shutil.rmtree(site, ignore_errors=True)
        for verb in ("build", "check"):
            command = [sys.executable, "-m", "jupyterlite_core", verb, "--output-dir", site]
            run(*command, cwd=lite)
    for page in FRONT.iterdir():  # the first thing a visitor sees; it needs no Python
        shutil.copy(page, site)


def run(*command, **options):
    said = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if said.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n\n{said.stdout}{said.stderr}")
    return said.stdout


def contents(folder):
    """What the reader finds in the file browser."""
    (folder / "notebooks").mkdir(parents=True)
    for pattern in ("[0-9]*.ipynb", "*.png", "*.md"):
        for path in (ROOT / "notebooks").glob(pattern):
            shutil.copy(path, folder / "notebooks")
    for path in (ROOT / "adam_core.py", ROOT / "LICENSE", ROOT / "LICENSE-lessons"):
        shutil.copy(path, folder)
    shutil.copy(HERE / "LICENSES.md", folder)


# ---------------------------------------------------------------------------
# Pyodide
# ---------------------------------------------------------------------------


def engine(given, folder):
    """Pyodide, unpacked: the one given, or npm's, which has no compiled packages."""
    folder.mkdir()
    if given is None:
        if not shutil.which("npm"):
            sys.exit("Pyodide comes from npm, which is not here. Install Node.js, or give Pyodide: "
                     "make lite PYODIDE=folder-or-archive")  # fmt: skip
        run("npm", "pack", f"pyodide@{PYODIDE_VERSION}", "--pack-destination", folder)
        (given,) = folder.glob("*.tgz")
    elif str(given).startswith("https://"):
        given, _ = urlretrieve(given, folder / "archive")
    if Path(given).is_dir():
        shutil.copytree(given, folder, dirs_exist_ok=True)
    else:
        with tarfile.open(given) as archive:
            archive.extractall(folder, filter="data")
        (top,) = (path.parent for path in folder.rglob(LOCK))
        for path in top.iterdir():
            path.rename(folder / path.name)
    python = json.loads((folder / LOCK).read_text())["info"]["python"]
    if not python.startswith(PYODIDE_PYTHON_VERSION):
        sys.exit(f"This Pyodide has Python {python}; the kernel needs Pyodide {PYODIDE_VERSION}, "
                 f"with Python {PYODIDE_PYTHON_VERSION}.")  # fmt: skip


def distribute(engine, wheels, folder):
    """The part of Pyodide that the lessons need, and ours, with a lock of just that."""
    folder.mkdir(parents=True)
    lock = json.loads((engine / LOCK).read_text())
    ours = {entry["name"]: entry for entry in map(described, sorted(wheels.glob("*.whl")))}
    known = lock["packages"] | ours
    for entry in ours.values():
        entry["depends"] = [name for name in entry["depends"] if name in known]
    lock["packages"] = {name: known[name] for name in sorted(needed(known, [*ours, *STARTED]))}
    fill(engine, [entry for name, entry in lock["packages"].items() if name not in ours])
    for name, entry in lock["packages"].items():
        source = (wheels if name in ours else engine) / entry["file_name"]
        if source.exists():
            shutil.copy(source, folder)
        else:
            entry["file_name"] = f"{PYODIDE_CDN_URL}/{entry['file_name']}"
    for name in ENGINE:
        shutil.copy(engine / name, folder)
    (folder / LOCK).write_text(json.dumps(lock, indent=1, sort_keys=True))


def fill(engine, entries):
    """Add packages without compiled parts that are not there: npm's Pyodide has none. From PyPI."""
    missing = [
        entry
        for entry in entries
        if entry["file_name"].endswith("-none-any.whl")
        and not (engine / entry["file_name"]).exists()
    ]
    if missing:
        versions = [f"{entry['name']}=={entry['version']}" for entry in missing]
        download(engine, *ANYWHERE, *versions)
    for entry in missing:
        if (wheel := engine / entry["file_name"]).exists():
            entry["sha256"] = digest(wheel)


def download(folder, *wanted):
    run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
        "--dest", folder, *wanted)  # fmt: skip


def needed(packages, names):
    """These, and what they depend on."""
    found, open_ = set(), list(names)
    while open_:
        name = canonicalize_name(open_.pop())
        if name not in found:
            found.add(name)
            open_ += packages[name]["depends"]
    return found


# ---------------------------------------------------------------------------
# Our wheels
# ---------------------------------------------------------------------------


def wheels(folder):
    """Those that Pyodide lacks: from PyPI at Binder's versions, from the kernel, our own."""
    pins = ROOT / "binder" / "requirements.txt"
    download(folder, *ANYWHERE, "--constraint", pins, *FROM_PYPI)
    for path in distribution("jupyterlite-pyodide-kernel").files:
        if path.name.startswith(FROM_KERNEL) and path.suffix == ".whl":
            shutil.copy(path.locate(), folder)
    with TemporaryDirectory() as source:  # setuptools leaves things behind where it builds
        for name in ("pyproject.toml", "requirements.txt", "adam_core.py", "LICENSE",
                     "LICENSE-lessons"):  # fmt: skip
            shutil.copy(ROOT / name, source)
        shutil.copytree(ROOT / "adam_lab", Path(source, "adam_lab"),
                        ignore=shutil.ignore_patterns("__pycache__"))  # fmt: skip
        run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder,
            source)  # fmt: skip


def digest(wheel):
    return sha256(wheel.read_bytes()).hexdigest()


def described(wheel):
    """The wheel as a lock lists it."""
    with ZipFile(wheel) as archive:
        names = archive.namelist()
        (path,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        metadata = Metadata.from_email(archive.read(path), validate=False)
    top = {name.split("/")[0].removesuffix(".py") for name in names if name.endswith(".py")}
    return {
        "name": canonicalize_name(metadata.name),
        "version": str(metadata.version),
        "file_name": wheel.name,
        "sha256": digest(wheel),
        "imports": sorted(top),
        "depends": sorted(wanted(metadata)),
        "install_dir": "site",
        "package_type": "package",
        "unvendored_tests": False,
    }


def wanted(metadata):
    """Names of the packages that this one needs in the browser."""
    for requirement in metadata.requires_dist or []:
        if requirement.marker is None or requirement.marker.evaluate(BROWSER):
            if requirement.name not in NOT_HERE:
                yield canonicalize_name(requirement.name)


def tell(site):
    """How to show the site, and what it asks of others."""
    lock = Path(site, "static", "pyodide", LOCK).read_text()
    print(f"\nTo show the site: python3 -m http.server -d {site}")
    print("Then open http://localhost:8000")
    if PYODIDE_CDN_URL in lock:
        print(f"NumPy and other compiled packages come from {PYODIDE_CDN_URL}:")
        print("its readers need the network. With all inside: make lite PYODIDE=folder-or-archive")
    else:
        print("It has all that the lessons need: no network is asked for anything.")


if __name__ == "__main__":
    build(Path(sys.argv[1]).resolve(), *sys.argv[2:])
