"""Slips that a hand makes, put into a function one at a time, and inputs that tell them apart."""

import ast
import pickle
from copy import deepcopy
from itertools import islice

import numpy as np

from adam_lab.checks import diagnose
from adam_lab.models import network

SWAPS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
}  # fmt: skip
COMPARED = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
OTHER_NAME = {
    "beta1": ["beta2"], "beta2": ["beta1"], "m": ["g", "v"], "v": ["m"], "g": ["m"],
    "m_hat": ["m", "g"], "v_hat": ["v"], "theta": ["g"], "min": ["max"], "max": ["min"],
    "steps": ["t"], "t": ["steps"], "size": ["i"], "rows": ["size"], "train": ["test"],
}  # fmt: skip
OTHER_CALL = {"maximum": ["minimum", "fmax", "add"], "cos": ["sin"], "sqrt": ["square", "abs"]}


def mutants(text):
    """The text with one slip in its last function or class: no two alike."""
    tree = ast.parse(text)
    function = [x for x in tree.body if isinstance(x, (ast.FunctionDef, ast.ClassDef))][-1]
    made = {ast.unparse(tree)}
    for node in ast.walk(function):
        for edit in _edits(node, function):
            copy = pickle.loads(pickle.dumps((tree, node)))  # both: node stays a part of the tree
            edit(copy[1], copy[0])
            slip = ast.unparse(ast.fix_missing_locations(copy[0]))
            if slip not in made:
                made.add(slip)
                yield slip


def _put(node, new):
    """Turn a node into another one, in place."""
    node.__class__ = new.__class__
    for field in list(vars(node)):
        delattr(node, field)
    node.__dict__.update(vars(new))


def _becomes(make):
    return lambda node, tree: _put(node, make(node))


def _edits(node, function):
    """Functions (node, tree) that make a slip at this node."""
    names = {x.id for x in ast.walk(function) if isinstance(x, ast.Name)}
    if isinstance(node, ast.BinOp):
        if type(node.op) in SWAPS:
            yield lambda n, _: setattr(n, "op", SWAPS[type(n.op)]())
        yield _becomes(lambda n: n.left)
        yield _becomes(lambda n: n.right)
        if isinstance(node.op, (ast.Sub, ast.Div, ast.Pow)):
            yield _becomes(lambda n: ast.BinOp(n.right, n.op, n.left))
        if isinstance(node.op, ast.Div) and isinstance(node.right, ast.BinOp):  # brackets lost
            yield _becomes(
                lambda n: ast.BinOp(
                    ast.BinOp(n.left, n.op, n.right.left), n.right.op, n.right.right
                )
            )
    elif isinstance(node, ast.UnaryOp):
        yield _becomes(lambda n: n.operand)
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        for value in (node.value + 1, node.value - 1, node.value * 10, node.value / 2):
            yield lambda n, _, value=value: setattr(n, "value", value)
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
        yield lambda n, _: setattr(n, "ops", [COMPARED[type(n.ops[0])]()])
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        for other in OTHER_NAME.get(node.id, []):
            if other in names or other in ("min", "max"):
                yield lambda n, _, other=other: setattr(n, "id", other)
        if node.id.startswith("beta"):
            yield _becomes(lambda n: ast.BinOp(ast.Constant(1), ast.Sub(), ast.Name(n.id)))
    elif isinstance(node, ast.Call):
        yield from _calls(node)
    elif isinstance(node, ast.Slice):
        yield lambda n, _: setattr(n, "lower", None)
        yield lambda n, _: setattr(n, "upper", None)
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        yield lambda n, _: n.value.elts.reverse()
        yield lambda n, _: setattr(n, "value", n.value.elts[0])
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp):
        if ast.unparse(node.targets[0]) == ast.unparse(node.value.left):  # x = x - ... as x -= ...
            yield _becomes(lambda n: ast.AugAssign(n.targets[0], n.value.op, n.value.right))
    if isinstance(node, (ast.FunctionDef, ast.For, ast.While)):
        yield from _lines(node)


def _calls(node):
    if len(node.args) == 1 and not node.keywords:
        yield _becomes(lambda n: n.args[0])
    for keyword in range(len(node.keywords) * (ast.unparse(node.func) != "dict")):
        yield lambda n, _, keyword=keyword: n.keywords.pop(keyword)
    if isinstance(node.func, ast.Attribute):
        for other in OTHER_CALL.get(node.func.attr, []):
            yield lambda n, _, other=other: setattr(n.func, "attr", other)
        if node.func.attr == "maximum":
            yield _becomes(lambda n: ast.Call(ast.Attribute(n.args[1], "max"), [], []))
    if ast.unparse(node.func) == "range":
        for i in range(len(node.args)):
            for op in (ast.Add(), ast.Sub()):
                yield lambda n, _, i=i, op=op: n.args.__setitem__(
                    i, ast.BinOp(n.args[i], op, ast.Constant(1))
                )


def _lines(node):
    """Drop a line, exchange two, take the line after a loop into it or its last one out."""
    for i, line in enumerate(node.body):
        if isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant):
            continue
        if len(node.body) > 1:
            yield lambda n, _, i=i: n.body.pop(i)
        if i + 1 < len(node.body):
            yield lambda n, _, i=i: n.body.insert(i, n.body.pop(i + 1))
        if isinstance(line, ast.For):
            if i + 1 < len(node.body):
                yield lambda n, _, i=i: n.body[i].body.append(n.body.pop(i + 1))
            if len(line.body) > 1:
                yield lambda n, _, i=i: n.body.insert(i + 1, n.body[i].body.pop())
        if i and isinstance(line, ast.Assign):
            before = node.body[i + 1 :]
            loop = next((x for x in before if isinstance(x, ast.For)), None)
            if loop is not None:  # a start that is made anew in every round
                j = node.body.index(loop)
                yield lambda n, _, i=i, j=j: n.body[j].body.insert(0, n.body[i])


# ---------------------------------------------------------------------------
# Do two functions differ at all?
# ---------------------------------------------------------------------------


def given(parameters, seed):
    """Random arguments for a function with these parameters, at home in no check."""
    rng = np.random.default_rng(seed)
    matrix = np.array([[1.3, 0.4], [0.2, 0.6]]) * rng.uniform(0.3, 1, (2, 2))
    centre, table = rng.normal(size=2), rng.normal(size=(7, 2))

    def slope(theta, batch):
        rows = table[batch].reshape(-1, 2)
        if not len(rows):
            raise ValueError("no rows")
        return theta - rows.mean(axis=0)

    warm = int(rng.integers(3, 9))
    known = dict(
        theta=lambda: rng.normal(0, 3, 2), start=lambda: [int(x) for x in rng.integers(-9, 9, 2)],
        g=lambda: rng.normal(0, 2, 2), a=lambda: rng.normal(0, 2, 2), m=lambda: rng.normal(0, 1, 2),
        v=lambda: rng.uniform(0.5, 4, 2), s=lambda: rng.uniform(0.5, 4, 2),
        t=lambda: int(rng.integers(1, 12)), rate=lambda: rng.uniform(0.1, 1),
        steps=lambda: int(rng.integers(13, 25) if "warm" in parameters else rng.integers(2, 7)),
        warm=lambda: warm, lr=lambda: rng.uniform(0.05, 0.5), eps=lambda: rng.uniform(0.05, 0.5),
        weight_decay=lambda: rng.uniform(0.1, 0.9), rows=lambda: 7, size=lambda: 3,
        epochs=lambda: int(rng.integers(2, 4)), rng=lambda: np.random.default_rng(seed),
        seed=lambda: seed, grad=lambda: lambda theta: matrix @ (theta - centre),
        f=lambda: lambda theta: 0.5 * (theta - centre) @ matrix @ (theta - centre),
        slope=lambda: slope,
        x=lambda: rng.normal(
            size=(4, 5) if "K" in parameters else None if "y" in parameters else 2
        ),
        u=lambda: rng.uniform(0, 1, 2),
        spacing=lambda: rng.uniform(0.2, 2), low=lambda: rng.uniform(0.01, 0.2),
        high=lambda: rng.uniform(1, 5), matrix=lambda: rng.normal(size=(2, 3)),
        scores=lambda: rng.normal(0, 1, 3), total=lambda: 50,
        seen=lambda: rng.integers(0, 9, 3) + 1, met=lambda: np.array([1, 0]),
        visits=lambda: rng.integers(1, 9, 2),
        push=lambda: int(rng.integers(0, 2)), earned=lambda: rng.normal(size=(4, 3)),
        A=lambda: rng.normal(size=(2, 2)), dead=lambda: np.array([True, False]),
        new=lambda: rng.normal(size=2),
        y=lambda: rng.normal(), critic=lambda: np.array([False, True]),
        K=lambda: rng.normal(size=(9, 2)), b=lambda: rng.normal(size=2),
        near=lambda: rng.normal(size=(7, 9)), d=lambda: rng.normal(size=(7, 2)),
    )  # fmt: skip
    return {
        name: rng.uniform(0.1, 0.95) if name.startswith("beta") else known[name]()
        for name in parameters
    }


def outcome(function, parameters, seed):
    """What a function does with random arguments: its numbers, or that it stopped."""
    arguments = given(parameters, seed)
    try:
        with np.errstate(all="ignore"), diagnose._Watch():
            result = function(**arguments)
            if hasattr(result, "__next__"):
                result = tuple(np.array(state["theta"]) for state in islice(result, 6))
    except BaseException as error:
        return type(error).__name__
    changed = [v for v in arguments.values() if isinstance(v, np.ndarray)]
    return [*(result if isinstance(result, tuple) else [result]), *changed]


def class_outcome(cls, seed):
    """What an optimizer written as a class does: numbers of all parameters, step by step."""
    rng = np.random.default_rng(seed)

    def parameters():
        rng = np.random.default_rng(seed)
        return [network.Parameter(rng.normal(size=shape)) for shape in ((2,), (2, 1), (3,))]

    def built(parts):
        own = dict(lr=0.2, betas=(0.6, 0.8), eps=0.3)
        return cls([dict(params=parts[:2]), dict(params=parts[2:]) | own], 0.1, (0.8, 0.95), 0.05)

    seen, parts = [], parameters()
    try:
        with np.errstate(all="ignore"), diagnose._Watch():
            optimizer = built(parts)
            for step in range(6):
                optimizer.zero_grad()
                seen += [float(p.grad is None or not np.any(p.grad)) for p in parts]
                for p in parts[step == 2 :]:  # once the first has no gradient
                    p.grad = rng.normal(size=p.data.shape)
                if step == 3:
                    saved, kept = optimizer.state_dict(), deepcopy(optimizer.state_dict())
                    optimizer.step()
                    fresh = parameters()
                    for old, new in zip(parts, fresh, strict=True):
                        new.data = old.data.copy()
                    optimizer, parts = built(fresh), fresh
                    optimizer.load_state_dict(saved)
                    seen.append(float(str(saved) == str(kept)))
                    for p in parts:
                        p.grad = rng.normal(size=p.data.shape)
                optimizer.step()
                seen += [p.data.copy() for p in parts]
            seen.append(float(str(saved) == str(kept)))
    except BaseException as error:
        return type(error).__name__
    return seen


def differ(one, other):
    """True if two outcomes are not the same numbers."""
    if isinstance(one, str) or isinstance(other, str) or len(one) != len(other):
        return not (isinstance(one, str) and isinstance(other, str))
    for a, b in zip(one, other, strict=True):
        if isinstance(a, dict) and isinstance(b, dict):
            if a != b:
                return True
            continue
        try:
            a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
        except (TypeError, ValueError):
            return True
        if a.shape != b.shape or not np.allclose(a, b, rtol=1e-5, atol=1e-9, equal_nan=True):
            return True
    return False
