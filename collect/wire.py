"""Values over a pipe, between our checks and the process of a student.

Numbers, texts, lists, dictionaries and arrays travel as copies. A function, a class or a generator
stays where it is, and the other side gets a stand-in that asks. What arrives is data: it is never
unpickled, and names no code of ours but the functions that it was given, and those of adam_core.
"""

import inspect
import json
from base64 import b64decode, b64encode
from numbers import Rational

import numpy as np

import adam_core

LARGEST = 2**27  # bytes of a message


class Gone(BaseException):
    """The other side is not there any more. No `except Exception` holds it."""


class Parameter:
    """What a student's optimizer is given: an array and its gradient, as in lesson 07."""

    data = grad = None


class Peer:
    """One end of the pipe."""

    errors = RuntimeError  # what an error of the other side becomes here
    serves = ("call",)  # what the other side may ask for

    def __init__(self, source, sink):
        self.source, self.sink = source, sink
        self.given = []  # what the other side has stand-ins for
        self.parameters = {}  # number -> Parameter; both sides have one, kept alike

    # ---- messages ----

    def ask(self, do, **what):
        """The other side's answer; meanwhile it may ask, too."""
        self.send(dict(do=do, **what))
        while "do" in (message := self.receive()):
            self.send(self.answer(message))
        if "error" in message:
            raise self.errors(str(message["error"]))
        if "stop" in message:
            raise StopIteration
        return message

    def send(self, message):
        if self.parameters:
            shared = [[n, p.data, p.grad] for n, p in self.parameters.items()]
            message["shared"] = self.encode(shared)
        text = json.dumps(message).encode()
        try:
            self.sink.write(len(text).to_bytes(8, "little") + text)
            self.sink.flush()
        except OSError:
            raise Gone from None

    def receive(self):
        size = int.from_bytes(self.source.read(8), "little")
        if not 0 < size < LARGEST:
            raise Gone
        text = self.source.read(size)
        if len(text) < size:
            raise Gone
        message = json.loads(text)
        for n, data, grad in self.decode(message.pop("shared", {"list": []})):
            parameter = self.parameters.setdefault(n, Parameter())
            parameter.data, parameter.grad = data, grad
        return message

    def answer(self, message):
        """To what the other side asks."""
        try:
            if message["do"] not in self.serves:
                raise ValueError(f"not served: {message['do']}")
            return getattr(self, f"on_{message['do']}")(message)
        except Gone:
            raise
        except StopIteration:
            return dict(stop=True)
        except BaseException as error:
            return dict(error=self.sentence(error))

    def sentence(self, error):
        return f"{type(error).__name__}: {error}"

    # ---- functions ----

    def call(self, number, args, kwargs):
        given = {**dict(enumerate(args)), **kwargs}
        message = self.ask(
            "call", number=number, args=self.encode(list(args)), kwargs=self.encode(kwargs)
        )
        for key, changed in self.decode(message["changed"]).items():
            if isinstance(given[key], np.ndarray):
                np.copyto(given[key], changed)
            elif isinstance(given[key], list):
                given[key][:] = changed
        return self.decode(message["value"])

    def on_call(self, message):
        args, kwargs = self.decode(message["args"]), self.decode(message["kwargs"])
        given = {**dict(enumerate(args)), **kwargs}
        before = {k: v.copy() for k, v in given.items() if isinstance(v, (np.ndarray, list))}
        value = self.given[message["number"]](*args, **kwargs)
        changed = {k: given[k] for k, old in before.items() if not _equal(given[k], old)}
        return dict(value=self.encode(value), changed=self.encode(changed))

    def on_next(self, message):
        try:
            return dict(value=self.encode(next(self.given[message["number"]])))
        except StopIteration:
            return dict(stop=True)

    def on_get(self, message):
        return dict(value=self.encode(getattr(self.given[message["number"]], message["name"])))

    # ---- values ----

    def encode(self, value):
        """As JSON: itself, or {kind: what it takes to make one}."""
        if value is None or type(value) in (bool, float, str):
            return value
        if type(value) is int:
            return {"int": hex(value)}
        if value is ...:
            return {"...": 0}
        if type(value) is complex:
            return {"complex": [value.real, value.imag]}
        if isinstance(value, Rational):
            return float(value)
        if type(value) in (list, tuple, set):
            return {type(value).__name__: [self.encode(part) for part in value]}
        if type(value) is dict:
            return {"dict": [[self.encode(key), self.encode(part)] for key, part in value.items()]}
        if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "biufc":
            kind = "array" if isinstance(value, np.ndarray) else "scalar"
            array = np.ascontiguousarray(value)
            return {kind: [array.dtype.str, value.shape, b64encode(array.tobytes()).decode()]}
        if isinstance(value, np.random.Generator):
            return {"rng": value.bit_generator.state}
        return self.encode_object(value)

    def encode_object(self, value):
        name = getattr(value, "__name__", type(value).__name__)
        for known in (name, type(value).__name__):
            if getattr(adam_core, str(known), None) is value:
                return {"core": known}
        if isinstance(getattr(value, "stands_for", None), int):
            return {"yours": value.stands_for}
        if type(value).__name__ == "Parameter" and hasattr(value, "grad"):
            return {"parameter": self._number(value)}
        if type(value).__name__ == "Tries":
            return {"tries": self.encode(value.calls)}
        self.given.append(value)
        return {"stand-in": dict(number=len(self.given) - 1, **about(value))}

    def _number(self, parameter):
        for n, known in self.parameters.items():
            if known is parameter:
                return n
        self.parameters[len(self.parameters)] = parameter
        return len(self.parameters) - 1

    def decode(self, said):
        if not isinstance(said, dict):
            return said
        ((kind, what),) = said.items()
        if kind in ("list", "tuple", "set"):
            return {"list": list, "tuple": tuple, "set": set}[kind](map(self.decode, what))
        if kind == "dict":
            return {self.decode(key): self.decode(part) for key, part in what}
        if kind == "int":
            return int(what, 16)
        if kind == "complex":
            return complex(*what)
        if kind == "...":
            return ...
        if kind in ("array", "scalar"):
            dtype, shape, data = what
            array = np.frombuffer(b64decode(data), np.dtype(dtype)).reshape(shape).copy()
            return array if kind == "array" else array[()]
        if kind == "rng":
            rng = np.random.default_rng()
            rng.bit_generator.state = what
            return rng
        return self.decode_object(kind, what)

    def decode_object(self, kind, what):
        if kind == "core" and getattr(vars(adam_core)[what], "__module__", "") == "adam_core":
            return vars(adam_core)[what]
        if kind == "yours":
            return self.given[what]
        if kind == "parameter":
            return self.parameters.setdefault(what, Parameter())
        if kind == "stand-in":
            return stand_in(self, **what)
        raise ValueError(f"no such kind: {kind}")


def _equal(a, b):
    if isinstance(a, np.ndarray):
        return np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
    return a == b


# ---------------------------------------------------------------------------
# Stand-ins
# ---------------------------------------------------------------------------


def about(value):
    """What a stand-in must know: what it is, its name, its parameters or methods."""
    name = str(getattr(value, "__name__", type(value).__name__))
    if isinstance(value, type):
        methods = [
            key for key in dir(value) if callable(getattr(value, key, None)) and key[0] != "_"
        ]
        return dict(kind="class", name=name, parts=methods)
    if callable(value):
        return dict(kind="function", name=name, parts=_parameters(value))
    return dict(kind="iterator" if hasattr(value, "__next__") else "object", name=name, parts=None)


def _parameters(function):
    """(name, kind, has a default) of each; None where Python does not know."""
    try:
        found = inspect.signature(function).parameters.values()
    except Exception:
        return None
    return [(p.name, int(p.kind), p.default is not p.empty) for p in found]


def stand_in(peer, number, kind, name, parts):
    if kind == "class":
        return _class(peer, number, str(name), parts)
    if kind == "function":
        return _function(peer, number, str(name), parts)
    thing = Iterator() if kind == "iterator" else Thing()
    thing.__dict__.update(peer=peer, stands_for=number, name=str(name))
    return thing


def _function(peer, number, name, parts):
    def ask(*args, **kwargs):
        return peer.call(number, args, kwargs)

    ask.stands_for, ask.__name__ = number, name
    if parts is not None:
        ask.__signature__ = inspect.Signature([
            inspect.Parameter(part, kind, default=None if given else inspect.Parameter.empty)
            for part, kind, given in parts
        ])  # fmt: skip
    return ask


class Thing:
    """Stands for an object; its attributes are asked for."""

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return self.peer.decode(self.peer.ask("get", number=self.stands_for, name=name)["value"])

    def __repr__(self):
        return f"<{self.__dict__['name']}>"


class Iterator(Thing):
    def __iter__(self):
        return self

    def __next__(self):
        return self.peer.decode(self.peer.ask("next", number=self.stands_for)["value"])


def _class(peer, number, name, methods):
    def make(self, *args, **kwargs):
        self.__dict__["there"] = peer.call(number, args, kwargs)

    def method(key):
        return lambda self, *args, **kwargs: getattr(self.there, key)(*args, **kwargs)

    def attribute(self, key):
        if key.startswith("_") or key == "there":
            raise AttributeError(key)
        return getattr(self.there, key)

    parts = {str(key): method(str(key)) for key in methods if not str(key).startswith("_")}
    return type(name, (), parts | dict(__init__=make, __getattr__=attribute))
