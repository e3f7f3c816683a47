"""Records the choices of every prediction: `python tests/data/record_choices.py`.

Read each question beside its check first, letter by letter: tests/test_words.py compares with this.
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from series import LESSONS  # noqa: E402
from test_words import offered, predictions  # noqa: E402

if __name__ == "__main__":
    told = {
        f"{path.stem[:2]} {cell.id}": offered(cell, question)
        for path in LESSONS for cell, question in predictions(path)
    }  # fmt: skip
    text = json.dumps(told, indent=1, ensure_ascii=False)
    (HERE / "choices.json").write_text(text + "\n", encoding="utf-8")
