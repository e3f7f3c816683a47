"""Runs the notebooks and stores what they show: the same bytes at every run.

python tests/execute.py [--check] [notebook ...]

Without names: all lessons. The picture of the README is the first panel of the first one.
With --check nothing is written; the exit code says whether something would have changed.
Another version of matplotlib may draw other pictures.
"""

import argparse
import sys
from base64 import b64decode, b64encode
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from adam_lab import stored

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"

WIDGET = "application/vnd.jupyter.widget-view+json"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"}
KEPT = {"slideshow", "tags", "jupyter"}  # of a cell's metadata


def executed(path):
    """The bytes of the notebook at `path` after a run of all its cells."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=300,
        record_timing=False,
        coalesce_streams=True,
        store_widget_state=False,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(Path(path).parent)}},
    ).execute()
    settle(notebook)
    return (nbformat.writes(notebook).rstrip("\n") + "\n").encode()


def settle(notebook):
    """Take out of the notebook what differs from run to run, or from machine to machine."""
    notebook.nbformat_minor = max(notebook.nbformat_minor, 5)  # from here on cells have ids
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": LANGUAGE})
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k in KEPT})
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            # The id of a widget means nothing after its kernel is gone. JupyterLab would show
            # "Error displaying widget: model not found"; without the id it shows the picture.
            data.pop(WIDGET, None)
            output.get("metadata", {}).pop(WIDGET, None)
            if "image/png" in data:
                data["image/png"] = b64encode(pixels(b64decode(data["image/png"]))).decode()


def first_picture(notebook):
    """Without the line at its foot: nobody can click on it in the README."""
    outputs = [
        o for cell in nbformat.reads(notebook.decode(), 4).cells for o in cell.get("outputs", [])
    ]
    first = next(o for o in outputs if "image/png" in o.get("data", {}))
    foot = first.metadata["image/png"]["caption"]
    return stored.uncaptioned(b64decode(first.data["image/png"]), foot)


def pixels(png):
    """The picture without what is written beside it, such as the version of matplotlib."""
    kept, at = [png[:8]], 8
    while at < len(png):
        end = at + 12 + int.from_bytes(png[at : at + 4])  # length, type, data, checksum
        if png[at + 4 : at + 8] in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"):
            kept.append(png[at:end])
        at = end
    return b"".join(kept)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "notebooks", nargs="*", type=Path, default=sorted(NOTEBOOKS.glob("*.ipynb"))
    )
    parser.add_argument("--check", action="store_true", help="write nothing, say what would change")
    args = parser.parse_args()
    bad = 0
    for path in args.notebooks:
        try:
            new = executed(path)
        except CellExecutionError as error:
            print(f"{path.name}: a cell fails, nothing stored\n{error}", file=sys.stderr)
            bad += 1
            continue
        same = new == path.read_bytes()
        if not same and not args.check:
            path.write_bytes(new)
        if path.name == "00_start_here.ipynb" and not args.check:
            path.with_name("race.png").write_bytes(first_picture(new))
        bad += args.check and not same
        print(f"{path.name}: {'as before' if same else 'would change' if args.check else 'stored'}")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
