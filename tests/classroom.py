"""`make class N=20`: what so many students at once need of this machine.

python tests/classroom.py N [--seconds 60] [--drag 0.33] [--delay 0]

A real JupyterHub. Each student logs in, gets a server, opens one of the lessons 00 to 06, runs
all of it; when all are there, plays with its sliders. That is: takes one at random, drags it to
and fro for 2 to 4 seconds, looks at the picture, takes the next; so that it drags for the share
of the time that --drag says. As in the browser the mouse moves 60 times a second, and as many
values are under way as live.js would have. Latency is from sending a value until the new picture
arrives; what a browser needs to paint it comes on top. With --delay the students are so many
milliseconds away, there and back (browser/far.py). They run on the same processors as the hub:
the table says how much they take.
"""

import argparse
import asyncio
import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager, nullcontext, suppress
from datetime import datetime
from math import sin
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import httpx
import psutil
from jupyter_client.session import Session
from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClosedError, websocket_connect

sys.path.insert(0, str(Path(__file__).with_name("browser")))
from far import far

REPO = Path(__file__).parent.parent
LESSONS = sorted((REPO / "notebooks").glob("0[0-6]*.ipynb"))
PROXY = Path(sys.prefix) / "node_modules" / ".bin" / "configurable-http-proxy"
SLACK, MOST = 0.014, 16  # as in live.js: seconds that a message may wait, and messages under way
PATIENCE = 10  # seconds until a student gives up waiting for a picture
STARTING = 300  # ... for a page or a cell, while all start at once
EACH = 300e6  # bytes; more than a student needs


# ---------------------------------------------------------------------------
# A student
# ---------------------------------------------------------------------------


class Failure(Exception):
    """Why a student cannot go on."""


class Asked:
    """A message under way to the kernel."""

    def __init__(self):
        self.sent, self.pictured = time.perf_counter(), None
        self.busy = self.work = None  # of the kernel: when it began, and seconds that it took
        self.idle = asyncio.get_running_loop().create_future()  # why there is no answer, or None


class Hand:
    """How many messages of a slider may be under way: `adapt` of live.js."""

    def __init__(self):
        self.limit, self.wait, self.work, self.full = 2.0, 0.0, 0.0, False

    def adapt(self, way, work, wait):
        """Seconds: there and back, of the kernel for this message, and that it waited."""
        self.work += (work - self.work) / 4
        fair = SLACK + min(self.work, way) / 2
        self.wait += (min(wait / fair, 4) - self.wait) / 4
        if self.wait > 1.5:
            self.limit = max(1.0, 0.9 * self.limit)
        elif self.wait < 1 and self.full:
            self.limit = min(MOST, self.limit + (0.3 if self.limit < 2 else 2 / self.limit))
        self.full = False


class Student:
    """One browser: opens a lesson on the server at `url`, runs it, moves its sliders.

    latencies   seconds from a moved slider to its new picture
    unchanged   moves after which the picture was the same as before
    dragged     seconds with a hand on a slider
    failures    what went wrong, in words
    """

    def __init__(self, lesson, url=None, token=None, seed=0):
        self.lesson, self.url = lesson, url
        self.latencies, self.unchanged, self.dragged, self.failures = [], 0, 0.0, []
        self._random = random.Random(seed)
        self._http = httpx.AsyncClient(timeout=STARTING, verify=False, trust_env=False)
        self._models = {}  # of the widgets, by comm id
        self._hands = {}  # by slider
        self._session = Session()
        self._under_way = {}  # Asked, by the id of the message
        self.kernel = self._listening = None
        if token:
            self._know(token)

    def _know(self, token):
        self._http.headers["Authorization"] = f"token {token}"

    async def close(self):
        if self._listening:
            self._listening.cancel()
            self._socket.close()
        await self._http.aclose()

    # --- through the hub

    async def log_in(self, hub, name, password):
        """By the form, as a browser does; then waits for the server."""
        form = f"{hub}/hub/login"
        await self._get(form)
        xsrf = self._http.cookies.get("_xsrf", path="/hub/")
        await self._post(form, data=dict(username=name, password=password, _xsrf=xsrf))
        user = f"{hub}/hub/api/users/{name}"
        xsrf = self._http.cookies.get("_xsrf", path="/hub/")
        answer = await self._post(f"{user}/tokens", headers={"X-XSRFToken": xsrf}, json={})
        self._know(answer.json()["token"])
        self._http.cookies.clear()
        await self._post(f"{user}/server")
        async with self._http.stream("GET", f"{user}/server/progress", timeout=None) as events:
            async for line in events.aiter_lines():
                event = json.loads(line.removeprefix("data:")) if line[:5] == "data:" else {}
                if event.get("failed"):
                    raise Failure(f"no server: {event['message']}")
                if event.get("ready"):
                    self.url = f"{hub}/user/{name}"
                    return
        raise Failure("no server")

    async def _get(self, url):
        return self._good(await self._http.get(url))

    async def _post(self, url, **what):
        return self._good(await self._http.post(url, **what))

    def _good(self, answer):
        if answer.status_code >= 400:
            raise Failure(f"{answer.status_code} from {answer.url.path}: {answer.text[:200]}")
        return answer

    # --- the lesson

    async def open(self):
        """The page, the notebook, a kernel, and all its cells one after the other."""
        await self._get(f"{self.url}/lab/tree/{self.lesson.name}")
        await self._get(f"{self.url}/api/contents/{self.lesson.name}")
        session = await self._post(
            f"{self.url}/api/sessions",
            json=dict(path=self.lesson.name, name=self.lesson.name, type="notebook",
                      kernel=dict(name="python3")),
        )  # fmt: skip
        self.kernel = session.json()["kernel"]["id"]
        self._socket = await websocket_connect(
            HTTPRequest(
                f"ws{self.url.removeprefix('http')}/api/kernels/{self.kernel}/channels",
                headers=dict(self._http.headers),
                connect_timeout=STARTING,
                request_timeout=STARTING,
            ),
            subprotocols=["v1.kernel.websocket.jupyter.org"],
            max_message_size=2**30,
        )
        self._listening = asyncio.create_task(self._listen())
        for cell in json.loads(self.lesson.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                await self.execute("".join(cell["source"]))

    async def execute(self, source):
        await self._ask("execute_request", STARTING, code=source, silent=False,
                        store_history=True, user_expressions={}, allow_stdin=True,
                        stop_on_error=True)  # fmt: skip

    @property
    def sliders(self):
        """Their comm ids."""
        views = {comm: str(model["_view_name"]) for comm, model in self._models.items()}
        return [comm for comm, view in views.items() if view.endswith("SliderView")]

    async def play(self, seconds, share):
        """Drag and look in turn; JupyterLab asks the server what runs meanwhile."""
        asking = asyncio.create_task(self._keep_asking())
        end = time.monotonic() + seconds
        try:
            await asyncio.sleep(self._random.random() * min(seconds, 3 / share) / 2)
            while (left := end - time.monotonic()) > 0:
                held = await self._drag(
                    self._random.choice(self.sliders), min(left, self._random.uniform(2, 4))
                )
                look = held * (1 / share - 1)
                await asyncio.sleep(max(0, min(look, end - time.monotonic())))
        finally:
            asking.cancel()
            with suppress(asyncio.CancelledError):
                await asking
        if not self.latencies:
            raise Failure("no slider brought a new picture")

    async def _keep_asking(self):
        while True:
            for what in ("kernels", "sessions", "terminals", "contents"):
                await self._get(f"{self.url}/api/{what}")
            await asyncio.sleep(10)

    async def _drag(self, slider, seconds):
        start, shown, moves = time.monotonic(), None, set()
        hand, self._way = self._hands.setdefault(slider, Hand()), float("inf")
        hand.limit = max(2.0, hand.limit)
        while (held := time.monotonic() - start) < seconds:
            state = _position(self._models[slider], 0.5 + 0.4 * sin(2 * held))
            if len(moves) >= int(hand.limit):
                hand.full = True
            elif state != shown:
                shown = state
                move = asyncio.create_task(self.move(slider, state, hand))
                moves.add(move)
                move.add_done_callback(lambda move: move.exception() or moves.discard(move))
            await asyncio.sleep(1 / 60 - (time.monotonic() - start) % (1 / 60))
        await asyncio.gather(*moves)
        self.dragged += held
        return held

    async def move(self, slider, state, hand):
        """Send the slider's new state, wait until the kernel is idle again."""
        update = dict(method="update", state=state, buffer_paths=[])
        asked = await self._ask("comm_msg", PATIENCE, comm_id=slider, data=update)
        others = time.perf_counter() - asked.sent - asked.work
        self._way = min(self._way, others)
        hand.adapt(self._way, asked.work, others - self._way)
        if asked.pictured:
            self.latencies.append(asked.pictured - asked.sent)
        else:
            self.unchanged += 1

    # --- the kernel

    async def _ask(self, kind, patience, **content):
        message, asked = self._session.msg(kind, content), Asked()
        self._under_way[message["msg_id"]] = asked
        try:
            await self._socket.write_message(
                serialize_msg_to_ws_v1(message, "shell", self._session.pack), binary=True
            )
            why = await asyncio.wait_for(asked.idle, patience)
        except TimeoutError:
            raise Failure(f"no answer to {kind} for {patience} s") from None
        except WebSocketClosedError:
            why = self._lost
        finally:
            del self._under_way[message["msg_id"]]
        if why:
            raise Failure(why)
        return asked

    async def _listen(self):
        while (message := await self._socket.read_message()) is not None:
            channel, (header, parent, _, content, *_) = deserialize_msg_from_ws_v1(message)
            if channel == "iopub":
                self._hear(*map(json.loads, (header, parent, content)))
        self._give_up(self._lost)

    @property
    def _lost(self):
        return f"websocket lost, code {self._socket.close_code}"

    def _hear(self, header, parent, content):
        kind, asked = header["msg_type"], self._under_way.get(parent.get("msg_id"))
        if kind == "comm_open":
            self._models[content["comm_id"]] = content["data"]["state"]
        elif kind == "comm_msg" and content["data"].get("method") == "update":
            self._update(content["comm_id"], content["data"]["state"], asked)
        elif kind == "error":
            self.failures.append(f"a cell of {self.lesson.stem}: {content['ename']}")
        elif kind == "status":
            state = content["execution_state"]
            if state in ("restarting", "dead", "autorestarting"):
                self._give_up("kernel died")
            elif asked and not asked.idle.done():
                when = datetime.fromisoformat(header["date"].replace("Z", "+00:00")).timestamp()
                if state == "busy":
                    asked.busy = when
                elif state == "idle":
                    asked.work = when - asked.busy
                    asked.idle.set_result(None)

    def _update(self, comm, state, asked):
        model = self._models[comm]
        model |= state
        if "adam-picture" in model.get("_dom_classes", ()) and "words" in model:
            if asked:
                asked.pictured = time.perf_counter()
        elif 'role="alert"' in str(state.get("value")):
            self.failures.append(f"an alert in a panel of {self.lesson.stem}")

    def _give_up(self, why):
        for asked in self._under_way.values():
            if not asked.idle.done():
                asked.idle.set_result(why)


def _position(model, part):
    """The state of a slider whose handle is at this part of its track, 0 to 1."""
    if "index" in model:
        return dict(index=round(part * (len(model["_options_labels"]) - 1)))
    low, high, step = model["min"], model["max"], model["step"]
    value = low + round(part * (high - low) / step) * step
    if "base" in model:
        value = model["base"] ** value
    return dict(value=value)


# ---------------------------------------------------------------------------
# The hub
# ---------------------------------------------------------------------------


@contextmanager
def hub(students):
    """A JupyterHub with these students' homes; gives address, password and process."""
    with TemporaryDirectory(prefix="adam-class-") as tmp:
        tmp = Path(tmp)
        for name in students:
            home = tmp / "homes" / name
            shutil.copytree(REPO / "notebooks", home,
                            ignore=shutil.ignore_patterns(".ipynb_checkpoints"))  # fmt: skip
        url, inner, proxy = (f"http://127.0.0.1:{port}" for port in _free_ports(3))
        password = secrets.token_hex(16)
        settings = {
            "JupyterHub": {
                "bind_url": url,
                "hub_bind_url": inner,
                "authenticator_class": "shared-password",
                "spawner_class": "simple",
            },
            "ConfigurableHTTPProxy": {"api_url": proxy, "command": [str(PROXY)]},
            "SharedPasswordAuthenticator": {"user_password": password, "allow_all": True},
            "SimpleLocalProcessSpawner": {
                "home_dir_template": f"{tmp}/homes/{{username}}",
                "cmd": [sys.executable, "-m", "jupyterhub.singleuser"],
                "args": ["--allow-root", f"--config={REPO}/binder/jupyter_server_config.py"],
                "env_keep": [
                    "PATH",
                    "LANG",
                    "LC_ALL",
                    "MALLOC_TRIM_THRESHOLD_",
                    "MALLOC_MMAP_THRESHOLD_",
                ],
                # a short path, on which kernels can listen as they do at home
                "environment": {"JUPYTER_RUNTIME_DIR": f"{tmp}/run"},
                "http_timeout": STARTING,
                "start_timeout": STARTING,
            },
        }
        (tmp / "settings.json").write_text(json.dumps(settings))
        command = [sys.executable, "-m", "jupyterhub", "--config=settings.json"]
        with (tmp / "log").open("w") as log:
            process = subprocess.Popen(
                command, cwd=tmp, stdout=log, stderr=log, start_new_session=True
            )
        try:
            _wait(url, process, tmp / "log")
            yield url, password, psutil.Process(process.pid)
        finally:
            _end(process)


def _free_ports(n):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def _wait(url, process, log):
    end = time.monotonic() + 60
    while True:
        with suppress(httpx.HTTPError):
            if httpx.get(f"{url}/hub/api", trust_env=False).status_code == 200:
                return
        if process.poll() is not None or time.monotonic() > end:
            raise SystemExit(f"The hub does not start; its log:\n{log.read_text()}")
        time.sleep(0.2)


def _end(process):
    """The hub stops its servers, they their kernels; whoever is left after that is killed."""
    with suppress(psutil.NoSuchProcess):
        everyone = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        for left in psutil.wait_procs(everyone, timeout=5)[1]:
            with suppress(psutil.NoSuchProcess):
                left.kill()
        process.wait()


# ---------------------------------------------------------------------------
# Measure
# ---------------------------------------------------------------------------


def memory(process):
    """Bytes that it and its children add: pages shared with others count in part (Linux)."""
    total = 0
    for each in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            total += each.memory_full_info().pss
    return total


def _is_server(process):
    with suppress(psutil.NoSuchProcess):
        return "jupyterhub.singleuser" in process.cmdline()


class Processors:
    """Who used the processors since, as shares of all of them."""

    def __init__(self, hub):
        self._hub, self._start = hub, time.monotonic()
        self._used = self._count()

    def _count(self):
        used = Counter()
        for process in self._hub.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                what = process.cmdline()
                kernel = any("ipykernel" in word for word in what)
                who = "kernels" if kernel else "servers" if _is_server(process) else "hub"
                used[who] += sum(process.cpu_times()[:2])
        used["hub"] += sum(self._hub.cpu_times()[:2])
        used["students"] += sum(psutil.Process().cpu_times()[:2])
        whole = psutil.cpu_times()
        used["others"] = sum(whole) - whole.idle - whole.iowait - sum(used.values())
        return used

    def shares(self):
        now, seconds = self._count(), time.monotonic() - self._start
        return {who: (now[who] - self._used[who]) / seconds / psutil.cpu_count() for who in now}


async def _try(student, doing):
    """Do it; a failure ends this student's lesson, not the others'."""
    try:
        await doing
        return student
    except Exception as why:
        student.failures.append(str(why) or type(why).__name__)


async def _all(students, do):
    """Those who managed, after all have tried at once."""
    done = await asyncio.gather(*(_try(student, do(name)) for name, student in students.items()))
    return {name: student for name, student in students.items() if student in done}


async def lesson(url, password, process, students, seconds, share):
    """The students' hour, shortened; the rows of the table."""
    start = time.monotonic()
    there = await _all(students, lambda name: students[name].log_in(url, name, password))
    arrived = time.monotonic() - start
    there = await _all(there, lambda name: students[name].open())
    ran = time.monotonic() - start

    processors = Processors(process)
    there = await _all(there, lambda name: students[name].play(seconds, share))
    shares = processors.shares()

    servers = [child for child in process.children() if _is_server(child)]
    each = [memory(server) for server in servers]
    everything = memory(process)
    for student in students.values():
        await student.close()
    times = sorted(t * 1e3 for student in students.values() for t in student.latencies)
    moves = len(times) + sum(student.unchanged for student in students.values())
    dragged = sum(student.dragged for student in students.values()) / seconds / len(students)
    used = ", ".join(f"{who} {part:.0%}" for who, part in shares.items())
    rows = {"start": f"all logged in after {arrived:.0f} s, all cells run after {ran:.0f} s"}
    if each:
        rows["memory"] = (
            f"a student {median(each) / 1e6:.0f} MB, at most {max(each) / 1e6:.0f}; "
            f"hub and proxy {(everything - sum(each)) / 1e6:.0f}; all {everything / 1e9:.2f} GB"
        )
    if len(times) > 1:
        p95, p99 = (quantiles(times, n=100, method="inclusive")[i] for i in (94, 98))
        rows["slider"] = (
            f"median {median(times):.0f} ms, 95 % within {p95:.0f}, 99 % within {p99:.0f}; "
            f"{moves} moves, {len(times)} new pictures"
        )
    rows["processors"] = f"{used}, of {psutil.cpu_count()}"
    rows["hands"] = f"on a slider {dragged:.0%} of the time"
    return rows


# ---------------------------------------------------------------------------
# The command
# ---------------------------------------------------------------------------


def count(text):
    """N as a number; SystemExit with a sentence where it is none, or too large."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise SystemExit(f"N is how many students: a whole number from 1 up, not {text!r}.")
    free = psutil.virtual_memory().available
    if int(text) * EACH > free:
        raise SystemExit(
            f"{text} students may need {int(text) * EACH / 1e9:.0f} GB of memory; "
            f"{free / 1e9:.0f} GB are free here."
        )
    return int(text)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("n", metavar="N", help="students")
    parser.add_argument("--seconds", type=float, default=60, help="how long they play")
    parser.add_argument("--drag", type=float, default=1 / 3, help="share of it, hand on a slider")
    parser.add_argument("--delay", type=float, default=0, help="milliseconds there and back")
    options = parser.parse_args(arguments)
    n = count(options.n)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the hub is stopped

    students = {f"student{i:03}": Student(LESSONS[i % len(LESSONS)], seed=i) for i in range(n)}
    print(f"{n} students: log in, run a lesson, {options.seconds:.0f} s of sliders ...", flush=True)
    before = f"{os.getloadavg()[0]:.1f} before"
    with hub(students) as (url, password, process):
        port, delay = int(url.rpartition(":")[2]), options.delay / 1e3
        with far(port, delay) if delay else nullcontext(SimpleNamespace(url=url)) as line:
            rows = asyncio.run(
                lesson(line.url, password, process, students, options.seconds, options.drag)
            )
    failures = Counter(why for student in students.values() for why in student.failures)
    rows |= {"load": before, "failures": failures.total() or "none"}
    for what, row in rows.items():
        print(f"{what:12}{row}")
    for why, times in failures.most_common(10):
        print(f"{times:10}  {why}")
    return bool(failures)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
