"""Writes cases of operators in the form that cases.py describes, with references that are functions of float64 tensors.

PyTorch's autograd gives the gradients of every float input that is no constant.
"""
import json
import sys

import numpy as np
import torch
import torch.nn.functional as F

torch.manual_seed(0)
DOUBLE = dict(dtype=torch.float64)
CASES = []


def number(value):
    value = float(value)
    if value != value:
        return "nan"
    if value in (float("inf"), -float("inf")):
        return "inf" if value > 0 else "-inf"
    return float(np.float32(value)) if abs(value) < 3e38 else value


def rounded(value):
    """Eight significant digits: the error is far below any tolerance."""
    value = number(value)
    return value if isinstance(value, str) else float(f"{value:.8g}")


def tensor(array):
    array = array.detach() if isinstance(array, torch.Tensor) else torch.as_tensor(array)
    kind = "bool" if array.dtype == torch.bool else "int64" if array.dtype == torch.int64 else "float32"
    values = array.reshape(-1).tolist()
    values = [rounded(v) for v in values] if kind == "float32" else [int(v) for v in values]
    return dict(type=kind, shape=list(array.shape), data=values)


def attribute(value):
    if isinstance(value, int):
        return dict(i=int(value))
    if isinstance(value, float):
        return dict(f=value)
    if isinstance(value, str):
        return dict(s=value)
    kinds = {int: "ints", float: "floats", str: "strings"}
    return {kinds[type(value[0])] if value else "ints": list(value)}


def draw(*shape):
    """Normal values of three decimals, as a float rounds them."""
    return (torch.randn(shape) * 1000).round().div(1000).to(torch.float64)


def case(name, op, inputs, reference, version=23, gradients=True, tolerance=2e-5, constants=(), **attributes):
    """Appends a case.

    `reference` takes the inputs as float64 tensors and gives a result or a tuple of results, None for one that is left out.
    """
    leaves = [
        None if x is None else x.clone().requires_grad_() if gradients and x.is_floating_point() and i not in constants
        else x for i, x in enumerate(inputs)]
    results = reference(*leaves)
    results = results if isinstance(results, tuple) else (results,)
    entry = dict(
        name=name, op=op, version=version, attributes={k: attribute(v) for k, v in attributes.items()},
        inputs=[None if x is None else tensor(x) for x in inputs],
        outputs=[None if y is None else tensor(y) for y in results], tolerance=tolerance)
    if gradients:
        arriving = [draw(*y.shape) if y is not None and y.requires_grad else None for y in results]
        wanted = [x for x in leaves if x is not None and x.requires_grad]
        total = [(y, g) for y, g in zip(results, arriving) if g is not None]
        found = torch.autograd.grad([y for y, _ in total], wanted, [g for _, g in total], allow_unused=True)
        found = iter(found)
        entry["cotangents"] = [None if g is None else [rounded(v) for v in g.reshape(-1).tolist()] for g in arriving]
        entry["gradients"] = [
            None if x is None or not x.requires_grad else
            [rounded(v) for v in ((lambda g: torch.zeros_like(x) if g is None else g)(next(found))).reshape(-1).tolist()]
            for x in leaves]
    CASES.append(entry)


def write():
    """Prints all cases, one a line."""
    versions = json.dumps(dict(torch=torch.__version__, numpy=np.__version__))
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in CASES)
    sys.stdout.write(f'{{"versions": {versions}, "cases": [\n{lines}\n]}}\n')
