"""Writes your repository's address into README, hubs.md, CITATION.cff, lessons and template.

python binder/links.py OWNER/REPO       or: make owner NAME=OWNER/REPO

At the end of the README: Binder's link to a lesson, in JupyterLab and, for a phone's screen, in
Notebook 7; the lesson on the site without a server; and the link for a class: Binder's environment
from the branch `binder`, the lessons from `main`, by nbgitpuller.
"""

import re
import sys
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
OTHERS = ROOT / "teaching" / "hubs.md", ROOT / "CITATION.cff"
LESSONS = sorted(path.name for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
TEMPLATE = (ROOT / "teaching" / "template").glob("*.ipynb")
BLOCK = re.compile(r"(<!-- launch: .*? -->\n).*?(<!-- launch: end -->)", re.S)
GIVEN = re.compile(
    r"(?:(?:https?://|ssh://git@)?github\.com/|git@github\.com:)?"
    r"([A-Za-z\d](?:-?[A-Za-z\d])*/\w[\w.-]*?)(?:\.git)?/?"
)


def repository(given):
    """OWNER/REPO of what somebody gives: that, or an address of GitHub; None if it is neither."""
    found = GIVEN.fullmatch(given.strip())
    return found and found[1]


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


def renamed(text, name):
    """The text of another file with `name` as its repository, and as the folder of its clone."""
    owner, repo = name.split("/")
    text = re.sub(r"(github\.com(/|%2F))[\w.-]+\2[\w.-]+", rf"\g<1>{owner}\g<2>{repo}", text)
    return re.sub(r"(&& cd |lab%2Ftree%2F)[\w.-]+", rf"\g<1>{repo}", text)


def installed(text, name):
    """The text of a lesson, which says where a notebook that is alone finds the rest."""
    return re.sub(r"(%pip install git\+https://github\.com/)[\w./-]+", rf"\g<1>{name}", text)


if __name__ == "__main__":
    name = repository(sys.argv[1]) if len(sys.argv) == 2 else None
    if not name:
        sys.exit("Which repository? make owner NAME=owner/repository")
    changes = {README: written} | dict.fromkeys(OTHERS, renamed)
    lessons = [ROOT / "notebooks" / lesson for lesson in LESSONS]
    changes |= dict.fromkeys([*lessons, *TEMPLATE], installed)
    for path, change in changes.items():
        text = change(path.read_text(encoding="utf-8"), name)
        path.write_text(text, encoding="utf-8", newline="\n")
        print(f"{path.relative_to(ROOT).as_posix()}: leads to https://github.com/{name}")
    print("Commit and push them: Binder takes what is there.")
