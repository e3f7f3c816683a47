"""A server far away: a proxy on this machine that holds every byte back, and lets few through.

python tests/browser/far.py PORT [--delay 80] [--rate 5]     stands before http://127.0.0.1:PORT
"""

import argparse
import asyncio
import time
from contextlib import contextmanager, suppress
from threading import Thread


class Far:
    """Connections to `port`, each way `delay` / 2 seconds late, at most `rate` bits a second back.

    down, up   bytes so far to the browser and from it
    """

    def __init__(self, port, delay=0.0, rate=None):
        self.target, self.delay, self.rate = port, delay, rate
        self.down = self.up = 0
        self.port, self._free, self._open = None, 0.0, set()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    async def serve(self):
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _accept(self, reader, writer):
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            return writer.close()
        both = (writer, back)
        self._open.add(both)
        with suppress(asyncio.CancelledError):  # as the proxy ends; asyncio would print it
            await asyncio.gather(
                self._carry(reader, back, "up"), self._carry(there, writer, "down")
            )
        self._open.discard(both)

    async def _carry(self, reader, writer, way):
        """Read at once, write when it is time: nothing waits for what comes after it."""
        line = asyncio.Queue()

        async def deliver():
            while item := await line.get():
                due, data = item
                await asyncio.sleep(max(0, due - time.monotonic()))
                writer.write(data)
                await writer.drain()

        delivery = asyncio.create_task(deliver())
        try:
            while data := await reader.read(4096):
                setattr(self, way, getattr(self, way) + len(data))
                due = time.monotonic()
                if self.rate and way == "down":  # all connections share the line
                    self._free = max(self._free, due) + 8 * len(data) / self.rate
                    due = self._free
                line.put_nowait((due + self.delay / 2, data))
            line.put_nowait(None)
            await delivery
        except OSError:
            pass
        finally:
            delivery.cancel()
            writer.close()

    def cut(self):
        """Break every connection, and lose what is on its way."""
        for both in list(self._open):
            for writer in both:
                writer.transport.abort()


@contextmanager
def far(port, delay=0.0, rate=None):
    """A running Far, in a thread of its own; `cut` may be called from here."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    line = Far(port, delay, rate)
    server = asyncio.run_coroutine_threadsafe(line.serve(), loop).result()
    cut = line.cut
    line.cut = lambda: loop.call_soon_threadsafe(cut)
    try:
        yield line
    finally:

        async def end():
            server.close()
            cut()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await asyncio.sleep(0.1)  # the loop closes what was aborted in its next turns

        asyncio.run_coroutine_threadsafe(end(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("port", type=int)
    parser.add_argument("--delay", type=float, default=80, help="there and back, milliseconds")
    parser.add_argument("--rate", type=float, help="megabits a second")
    asked = parser.parse_args()
    with far(asked.port, asked.delay / 1e3, asked.rate and asked.rate * 1e6) as line:
        print(f"{line.url} is {asked.delay:g} ms away. Ctrl+C ends it.")
        with asyncio.Runner() as forever:
            forever.run(asyncio.Event().wait())
