"""Writes the addresses at the end of README.md, for the repository that is given.

python binder/links.py OWNER/REPO       or: make owner NAME=OWNER/REPO

Binder's link to a lesson, in JupyterLab and, for a phone's screen, in Notebook 7; the lesson on
the site without a server; and the link for a class: Binder's environment from the branch `binder`,
the lessons from `main`, by nbgitpuller.
"""

import re
import sys
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
LESSONS = sorted(path.name for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
BLOCK = re.compile(r"(<!-- launch: .*? -->\n).*?(<!-- launch: end -->)", re.S)


def links(name):
    """Label -> address."""
    owner, repo = name.split("/")
    binder = f"https://mybinder.org/v2/gh/{name}"
    site = f"https://{owner.lower()}.github.io/{repo}"
    first = f"notebooks/{LESSONS[0]}"
    pull = (
        f"git-pull?repo={quote(f'https://github.com/{name}', safe='')}"
        f"&urlpath={quote(f'lab/tree/{repo}/{first}', safe='')}&branch=main"
    )
    found = {
        "badge": "https://mybinder.org/badge_logo.svg",
        "binder": f"{binder}/main?urlpath=lab/tree/{first}",
        "class": f"{binder}/binder?urlpath={quote(pull, safe='')}",
        "phone": f"{binder}/main?urlpath=tree/{first}",
        "site": f"{site}/",
        "read": f"https://nbviewer.org/github/{name}/blob/main/{first}",
    }
    for lesson in LESSONS:
        found[f"binder {lesson[:2]}"] = f"{binder}/main?urlpath=lab/tree/notebooks/{lesson}"
        found[f"site {lesson[:2]}"] = f"{site}/lab/index.html?path=notebooks/{lesson}"
    return found


def written(readme, name):
    """The text of the README with the addresses for `name`."""
    block = f"Colab, in the first cell: `%pip install git+https://github.com/{name}`\n\n"
    block += "".join(f"[{label}]: {address}\n" for label, address in links(name).items())
    return BLOCK.sub(lambda found: found[1] + block + found[2], readme)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not re.fullmatch(r"[\w.-]+/[\w.-]+", sys.argv[1]):
        sys.exit("Which repository? make owner NAME=owner/repository")
    text = README.read_text(encoding="utf-8")
    README.write_text(written(text, sys.argv[1]), encoding="utf-8", newline="\n")
