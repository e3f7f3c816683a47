"""Jupyter's server, made ready for live pictures. `make lab` and Binder read this."""

import socket
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from jupyter_core.paths import jupyter_runtime_dir

c = get_config()  # noqa: F821, Jupyter puts it here

# Small messages between browser and kernel leave at once. By default each waits until the one
# before is acknowledged (Nagle's algorithm): under a dragged slider, a third of the pictures.
with suppress(ImportError):
    from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

    def open_at_once(self, *args, _open=KernelWebsocketHandler.open, **kwargs):
        self.set_nodelay(True)
        return _open(self, *args, **kwargs)

    KernelWebsocketHandler.open = open_at_once


def holds_sockets(folder):
    """Can a kernel listen on a file here? Not on Windows, nor where the path gets too long."""
    path = Path(folder, f"kernel-{uuid4()}-ipc-10")
    try:
        Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        with socket.socket(socket.AF_UNIX) as test:
            test.bind(str(path))
        path.unlink()
    except (AttributeError, OSError):
        return False
    return True


# By default a kernel listens on ports, chosen seconds before it takes them. Where a class starts
# at once on one machine, others take some of them meanwhile, and those kernels never start.
if holds_sockets(jupyter_runtime_dir()):
    c.KernelManager.transport = "ipc"
# Kernels on ports warn of eavesdroppers in the log, unless all is encrypted.
else:
    with suppress(ImportError):
        import zmq
        from jupyter_client import KernelManager

        if hasattr(KernelManager, "transport_encryption") and zmq.has("curve"):
            c.KernelManager.transport_encryption = "auto"

# Nothing here is looked up in the network.
c.LabApp.extension_manager = "readonly"
