"""Reductions over axes, with gradients, for ReductionTests.

    python3 reductions.py > reductions.json

Computed by PyTorch in float64 (torch.amax and amin share the gradient among equal extremes). Made with torch 2.15.0,
numpy 2.4.6.
"""
import numpy as np
import torch

from cases import Cases

c = Cases(3)
i64 = lambda *x: np.array(x, dtype=np.int64)


def product(x, dim, keepdim):
    for axis in sorted(dim, reverse=True):
        x = x.prod(axis, keepdim=keepdim)
    return x


forms = {
    "ReduceMean": torch.mean, "ReduceSum": torch.sum, "ReduceMax": torch.amax, "ReduceMin": torch.amin,
    "ReduceProd": product,
    "ReduceL1": lambda x, dim, keepdim: x.abs().sum(dim, keepdim=keepdim),
    "ReduceL2": lambda x, dim, keepdim: torch.linalg.vector_norm(x, 2, dim, keepdim=keepdim),
    "ReduceLogSum": lambda x, dim, keepdim: x.sum(dim, keepdim=keepdim).log(),
    "ReduceLogSumExp": lambda x, dim, keepdim: torch.logsumexp(x, dim, keepdim=keepdim),
    "ReduceSumSquare": lambda x, dim, keepdim: (x * x).sum(dim, keepdim=keepdim),
}
layouts = [((3, 4), (1,)), ((3, 4), (0,)), ((2, 3, 4), (1,)), ((2, 3, 4), (0, 2)), ((2, 3, 2, 2), (2, 3)), ((2, 3, 2, 2), (0, 2, 3)),
           ((2, 3, 2, 2), (1, 3)), ((5,), (0,)), ((2, 19), (-1,)), ((2, 1, 3), (1,)), ((3, 0), (0,))]
for op, form in forms.items():
    for shape, axes in layouts:
        for keep in [0, 1]:
            x = c.positive(*shape) if op == "ReduceLogSum" else c.normal(*shape)
            c.add(op, f"{shape} over {axes}, keepdims {keep}", [x, i64(*axes)],
                  lambda x, a, f=form, d=axes, k=keep: f(x, dim=d, keepdim=bool(k)), keepdims=keep)
    every = c.positive(2, 3)
    c.add(op, "all axes", [every], lambda x, f=form: f(x, dim=(0, 1), keepdim=True))
    c.add(op, "attribute of opset 11", [every], lambda x, f=form: f(x, dim=(1,), keepdim=False), version=11, axes=[1], keepdims=0)
c.add("ReduceSum", "nothing to do", [c.normal(2, 3), np.zeros(0, np.int64)], lambda x, a: x * 1, noop_with_empty_axes=1)
c.add("ReduceSum", "of nothing", [c.normal(2, 0), i64(1)], lambda x, a: x.sum(1, keepdim=True))
c.add("ReduceProd", "with zeros", [np.float32([[1, 2, 3], [0, 2, 3], [0, 0, 3]]), i64(1)], lambda x, a: x.prod(1), keepdims=0)
c.add("ReduceMax", "equal ones share", [np.float32([[1, 3, 3], [2, 2, 2]]), i64(1)], lambda x, a: torch.amax(x, 1), keepdims=0)
c.add("ReduceMin", "equal ones share", [np.float32([[1, 1, 3], [2, 2, 2]]), i64(1)], lambda x, a: torch.amin(x, 1), keepdims=0)
c.add("ReduceL2", "of zeros", [np.float32([[0, 0], [3, 4]]), i64(1)], lambda x, a: torch.linalg.vector_norm(x, 2, 1), keepdims=0)
c.add("ReduceLogSumExp", "with -inf", [np.float32([[0, -np.inf], [1, 2]]), i64(1)], lambda x, a: torch.logsumexp(x, 1), keepdims=0)
c.add("ReduceLogSumExp", "huge", [np.float32([[1000, 1001], [-1000, -1001]]), i64(1)], lambda x, a: torch.logsumexp(x, 1), keepdims=0)
for op, f in [("ReduceSum", torch.sum), ("ReduceProd", product), ("ReduceMax", torch.amax), ("ReduceMin", torch.amin)]:
    c.add(op, "of integers", [np.array([[3, -1, 2], [4, 5, -6]]), i64(1)], lambda x, a, f=f: f(x, dim=(1,), keepdim=False), keepdims=0)
c.add("ReduceMax", "not a number", [np.float32([[1, np.nan], [2, 1]]), i64(1)], lambda x, a: torch.amax(x, 1), keepdims=0, gradient=False)
c.write()
