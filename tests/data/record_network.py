"""Record PyTorch's training losses of the synthetic case into adam_lab/data/torch.json.

Run it where torch is installed (a CPU build does), from the root of the repository:

    python tests/data/record_network.py

The data and the first weights are those of adam_lab.models.network, everything else is PyTorch's,
in float64: losses[i] is the loss before the step of epoch i + 1.
"""

import json
from pathlib import Path

from adam_lab.models import network

FILE = Path(network.__file__).parent / "data" / "torch.json"
EPOCHS = 200


def losses(epochs=EPOCHS):
    import torch

    x, y = (torch.tensor(part) for part in network.case()[0])
    model = network.torch_model(network.start(network.CASE, seed=0))
    adam, seen = torch.optim.Adam(model.parameters(), lr=0.001), []
    for _ in range(epochs):
        loss = torch.nn.functional.mse_loss(model(x), y)
        adam.zero_grad()
        loss.backward()
        adam.step()
        seen.append(loss.item())
    return seen


if __name__ == "__main__":
    import torch

    FILE.parent.mkdir(exist_ok=True)
    content = dict(torch=torch.__version__, losses=losses())
    FILE.write_text(json.dumps(content, indent=0) + "\n", encoding="utf-8")
    print(f"{EPOCHS} losses, {FILE.stat().st_size} bytes, last {content['losses'][-1]:.6g}")
