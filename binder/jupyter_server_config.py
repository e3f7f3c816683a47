"""Jupyter's server, made ready for live pictures. `make lab` and Binder read this."""

from contextlib import suppress

c = get_config()  # noqa: F821, Jupyter puts it here

# Small messages between browser and kernel leave at once. By default each waits until the one
# before is acknowledged (Nagle's algorithm): under a dragged slider, a third of the pictures.
with suppress(ImportError):
    from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

    def open_at_once(self, *args, _open=KernelWebsocketHandler.open, **kwargs):
        self.set_nodelay(True)
        return _open(self, *args, **kwargs)

    KernelWebsocketHandler.open = open_at_once

# Kernels warn of eavesdroppers in the log, unless server and kernel encrypt what they say.
with suppress(ImportError):
    import zmq
    from jupyter_client import KernelManager

    if hasattr(KernelManager, "transport_encryption") and zmq.has("curve"):
        c.KernelManager.transport_encryption = "auto"

# Nothing here is looked up in the network.
c.LabApp.extension_manager = "readonly"
