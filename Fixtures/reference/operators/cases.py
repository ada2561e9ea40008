"""The form of an operator's case, shared by the scripts of this folder.

A file is {"versions": {...}, "cases": [case, ...]}; a case is
  op, name, version   ONNX's operator, what the case shows, and the version of the operator set
  attributes          {name: {"i" | "f" | "s" | "ints" | "floats" | "strings" | "t": value}}, "t" being a tensor
  inputs, outputs     tensors {"type": "float32" | "int64" | "bool", "shape": [...], "data": [...]}, or null
  cotangents          gradients that arrive at the outputs, one list each, or null; missing for a forward pass alone
  gradients           gradients of the inputs, likewise; an input without one is a constant for the test
  tolerance           relative to the largest expected value; 2^-22 where it is missing
Numbers that JSON does not have are the strings "nan", "inf" and "-inf".

Float inputs are Floats exactly, and everything is computed from them in float64 by PyTorch.
"""
import json
import math
import sys

import numpy as np
import torch


def numbers(values):
    flat = np.asarray(values).reshape(-1).tolist()
    text = {math.inf: "inf", -math.inf: "-inf"}
    return [(text.get(x) or ("nan" if x != x else float("%.12g" % x))) if isinstance(x, float) else int(x) for x in flat]


def tensor(value):
    if value is None:
        return None
    value = value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
    kind = {"f": "float32", "i": "int64", "u": "int64", "b": "bool"}[value.dtype.kind]
    return {"type": kind, "shape": list(value.shape), "data": numbers(value)}


def attribute(value):
    if isinstance(value, bool) or isinstance(value, int):
        return {"i": int(value)}
    if isinstance(value, float):
        return {"f": value}
    if isinstance(value, str):
        return {"s": value}
    if isinstance(value, (list, tuple)):
        if all(isinstance(x, int) for x in value):
            return {"ints": list(value)}
        return {"floats": list(value)} if all(isinstance(x, (int, float)) for x in value) else {"strings": list(value)}
    return {"t": tensor(value)}


class Cases:
    """Collects cases; random numbers come from one generator with a fixed seed."""

    def __init__(self, seed=1):
        self.rng = np.random.default_rng(seed)
        self.cases = []

    def normal(self, *shape, scale=1.0, shift=0.0):
        return np.float32(self.rng.standard_normal(shape) * scale + shift)

    def positive(self, *shape):
        return np.float32(self.rng.uniform(0.2, 3, shape))

    def add(self, op, name, inputs, compute, version=20, gradient=True, tolerance=None, **attributes):
        """compute takes torch tensors (float64 for floats, requiring gradients) and returns one or a list of tensors.

        gradient: True for all float inputs, False for none, or the places of those that have one.
        """
        tensors = []
        for place, value in enumerate(inputs):
            if value is None:
                tensors.append(None)
                continue
            t = torch.from_numpy(np.array(value).copy())
            if t.dtype == torch.float32:
                wants = gradient is True or (gradient is not False and place in gradient)
                t = t.double().requires_grad_(wants)
            tensors.append(t)
        outputs = compute(*tensors)
        outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        case = {
            "op": op, "name": name, "version": version,
            "attributes": {key: attribute(value) for key, value in attributes.items() if value is not None},
            "inputs": [tensor(value) for value in inputs], "outputs": [tensor(value) for value in outputs],
        }
        wanted = [t is not None and t.requires_grad for t in tensors]
        arriving = [t is not None and t.requires_grad for t in outputs]
        if any(wanted) and any(arriving):
            cotangents = [np.array(self.rng.standard_normal(tuple(t.shape)), np.float32) if a else None
                          for t, a in zip(outputs, arriving)]
            loss = sum((t * torch.from_numpy(c).double()).sum() for t, c, a in zip(outputs, cotangents, arriving) if a)
            gradients = torch.autograd.grad(loss, [t for t, w in zip(tensors, wanted) if w], allow_unused=True)
            gradients = iter(gradients)
            case["cotangents"] = [None if c is None else numbers(c) for c in cotangents]
            case["gradients"] = []
            for t, w in zip(tensors, wanted):
                g = next(gradients) if w else None
                case["gradients"].append(numbers(torch.zeros_like(t) if g is None else g) if w else None)
        if tolerance:
            case["tolerance"] = tolerance
        self.cases.append(case)

    def write(self):
        """Writes the file to the standard output, a case per line."""
        versions = {"python": sys.version.split()[0], "torch": torch.__version__, "numpy": np.__version__}
        lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in self.cases)
        sys.stdout.write('{"versions": %s, "cases": [\n%s\n]}\n' % (json.dumps(versions), lines))
