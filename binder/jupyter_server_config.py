"""Jupyter's server, made ready for live pictures. `make lab` and Binder read this."""

import socket
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from jupyter_core.paths import jupyter_runtime_dir
from tornado.log import gen_log

c = get_config()  # noqa: F821, Jupyter puts it here

# ---------------------------------------------------------------------------
# Pictures come at once
# ---------------------------------------------------------------------------

# Small messages between browser and kernel leave at once. By default each waits until the one
# before is acknowledged (Nagle's algorithm): under a dragged slider, a third of the pictures.
with suppress(ImportError):
    from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

    def open_at_once(self, *args, _open=KernelWebsocketHandler.open, **kwargs):
        self.set_nodelay(True)
        return _open(self, *args, **kwargs)

    KernelWebsocketHandler.open = open_at_once

# A picture is words and numbers: packed it has a fifth of its size, for a third of a millisecond.
c.ServerApp.websocket_compression_options = {"compression_level": 1}

# JupyterLab gives its page another icon while the kernel works, so twice for each picture, and
# fetches it anew each time: under a dragged slider a fifth of the pictures.
with suppress(ImportError):
    from jupyterlab_server import handlers

    def page_config(*args, _get=handlers.get_page_config, **kwargs):
        found = _get(*args, **kwargs)
        disabled = [*found["disabledExtensions"], "@jupyterlab/application-extension:faviconbusy"]
        return found | {"disabledExtensions": disabled}

    handlers.get_page_config = page_config

# Jupyter counts its pings in milliseconds. Tornado takes them for seconds, and warns of each
# connection; a number that it takes would end every connection with the first ping.
gen_log.addFilter(lambda record: "websocket_ping_timeout" not in record.getMessage())


# ---------------------------------------------------------------------------
# A panel outlives its kernel as a picture
# ---------------------------------------------------------------------------

VIEW = "application/vnd.jupyter.widget-view+json"


def panels(notebook):
    """(data, metadata) of the outputs that adam_lab's panels left."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            metadata = output.get("metadata", {}).get(VIEW, {})
            if "process" in metadata:
                yield output["data"], metadata


# Where JupyterLab finds the id of a widget, it shows the widget, or an error if the kernel that
# had it is gone. So the id is in the file where it does not look; whoever opens the file while
# that kernel runs gets it back, anyone else the picture.
with suppress(ImportError):
    from ipykernel.ipkernel import IPythonKernel
    from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

    class Contents(AsyncLargeFileManager):
        async def save(self, model, path=""):
            if model.get("type") == "notebook" and model.get("content"):
                for data, metadata in panels(model["content"]):
                    if VIEW in data:
                        metadata["view"] = data.pop(VIEW)
            return await super().save(model, path)

        async def get(self, path, *args, **kwargs):
            model = await super().get(path, *args, **kwargs)
            if model["type"] == "notebook" and model["content"]:
                # what the kernel will say of itself: else the page notes a change at once, and
                # asks to save a lesson that was only opened
                metadata = model["content"]["metadata"]
                if metadata.get("kernelspec", {}).get("name") == "python3":
                    metadata["language_info"] = dict(IPythonKernel.language_info)
                running = await self._running(path)
                for data, metadata in panels(model["content"]):
                    view = metadata.pop("view", None) or data.pop(VIEW, None)
                    kernel, *processes = metadata["process"].split()  # see adam_lab/stored.py
                    if view and running.get(kernel) in processes:
                        data[VIEW] = view
            return model

        async def _running(self, path):
            """This notebook's kernels and their processes."""
            found = {}
            with suppress(Exception):  # kernels that run elsewhere: then no panel is live again
                for session in await self.parent.session_manager.list_sessions():
                    if session["path"].strip("/") == path.strip("/"):
                        kernel = session["kernel"]["id"]
                        manager = self.parent.kernel_manager.get_kernel(kernel)
                        found[kernel] = str(manager.provisioner.pid)
            return found

    c.ServerApp.contents_manager_class = Contents


# ---------------------------------------------------------------------------
# A class on one machine
# ---------------------------------------------------------------------------


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
