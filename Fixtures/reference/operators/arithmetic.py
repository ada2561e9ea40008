"""Functions of two and more tensors that are repeated to a common shape, with gradients, for ArithmeticTests.

    python3 arithmetic.py > arithmetic.json

Computed by PyTorch in float64. Made with torch 2.15.0, numpy 2.4.6.
"""
import functools

import numpy as np
import torch

from cases import Cases

c = Cases(2)
shapes = [((2, 3), (2, 3)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 1, 3), (4, 1)), ((2, 3), ()), ((), (2, 2)), ((2, 3), (1, 1)),
          ((2, 3, 4), (1, 3, 1)), ((2, 3, 2, 2), (3, 1, 1)), ((0, 3), (3,)), ((1, 0), (2, 1)), ((), ())]
for a, b in shapes:
    name = f"{a} with {b}"
    c.add("Add", name, [c.normal(*a), c.normal(*b)], torch.add)
    c.add("Sub", name, [c.normal(*a), c.normal(*b)], torch.sub)
    c.add("Mul", name, [c.normal(*a), c.normal(*b)], torch.mul)
    # A quotient of a quotient, whose terms then cancel in a sum.
    c.add("Div", name, [c.normal(*a), c.positive(*b)], torch.div, tolerance=1e-6)
    c.add("Pow", name, [c.positive(*a), c.normal(*b)], torch.pow)
    c.add("Max", name, [c.normal(*a), c.normal(*b)], torch.maximum)
    c.add("Min", name, [c.normal(*a), c.normal(*b)], torch.minimum)
    c.add("Mod", name, [c.normal(*a, scale=5), c.positive(*b)], torch.fmod, fmod=1)
for exponent in [0, 1, 2, 3, 0.5, -1, 2.5]:
    c.add("Pow", f"to the {exponent}", [c.positive(2, 3), np.float32(exponent)], torch.pow, gradient=[0])
    if exponent == int(exponent):
        c.add("Pow", f"to the whole {exponent}", [c.normal(2, 3), np.int64(exponent)],
              lambda x, e, k=int(exponent): x ** k, gradient=[0])
c.add("Pow", "zeros to powers", [np.float32([0, 0, 0, 2]), np.float32([0, 1, 2, 0])], torch.pow)
c.add("Max", "equal ones share", [np.float32([1, 2, 3]), np.float32([1, 5, 3])], torch.maximum)
c.add("Min", "equal ones share", [np.float32([1, 2, 3]), np.float32([1, 5, 3])], torch.minimum)
c.add("Max", "three", [c.normal(2, 3), c.normal(3), c.normal(2, 1)], lambda *x: functools.reduce(torch.maximum, x))
c.add("Min", "three", [c.normal(2, 3), c.normal(3), c.normal(2, 1)], lambda *x: functools.reduce(torch.minimum, x))
c.add("Max", "one", [c.normal(2, 3)], lambda x: x * 1)
c.add("Sum", "three", [c.normal(2, 3), c.normal(3), c.normal(2, 1)], lambda *x: sum(x))
c.add("Mean", "three", [c.normal(2, 3), c.normal(3), c.normal(2, 1)], lambda *x: sum(x) / 3)
c.add("Sum", "one", [c.normal(2, 3)], lambda x: x * 1)
c.add("PRelu", "slopes per channel", [c.normal(2, 3, 2), c.normal(3, 1)], lambda x, s: torch.where(x > 0, x, s * x))
c.add("PRelu", "one slope", [c.normal(2, 3), c.normal(1)], lambda x, s: torch.where(x > 0, x, s * x))
for low, high in [(-0.5, 0.5), (None, 0.3), (0.1, None), (None, None), (0.5, -0.5)]:
    bounds = [None if b is None else np.float32(b) for b in (low, high)]
    while bounds and bounds[-1] is None:
        bounds.pop()
    def clip(x, *b):
        b = list(b) + [None, None]
        return x * 1 if b[0] is None and b[1] is None else torch.clamp(x, b[0], b[1])
    c.add("Clip", f"{low} to {high}", [c.normal(3, 4)] + bounds, clip)
c.add("Clip", "equal to bounds", [np.float32([-1, 0, 1]), np.float32(-1), np.float32(1)],
      lambda x, low, high: torch.clamp(x, -1.0, 1.0), gradient=[0])
c.add("Clip", "equal to learned bounds", [np.float32([-1, 0, 1, 2]), np.float32(-1), np.float32(1)], torch.clamp)
# A mask of -inf, and a product 0 * inf, send no NaN back.
c.add("Add", "a mask of -inf", [c.normal(2, 2), np.float32([[0, -np.inf], [0, 0]])], torch.add, gradient=[0])
for a, b in [((2, 3), (3, 4)), ((2, 2, 3), (3, 2)), ((2, 1, 2, 3), (3, 3, 2)), ((3,), (3,)), ((3,), (2, 3, 2)), ((2, 3), (3,)),
             ((2, 0), (0, 3)), ((0, 2), (2, 3)), ((2, 2, 3), (1, 3, 2))]:
    c.add("MatMul", f"{a} by {b}", [c.normal(*a), c.normal(*b)], torch.matmul)
for left in [0, 1]:
    for right in [0, 1]:
        for shape in [(2, 4), (4,), (2, 1), (), None]:
            inputs = [c.normal(*((3, 2) if left else (2, 3))), c.normal(*((4, 3) if right else (3, 4)))]
            def gemm(a, b, bias=None, left=left, right=right):
                product = 0.5 * (a.T if left else a) @ (b.T if right else b)
                return product if bias is None else product + 1.5 * bias
            c.add("Gemm", f"transA {left}, transB {right}, C of {shape}", inputs + ([] if shape is None else [c.normal(*shape)]), gemm,
                  transA=left, transB=right, alpha=0.5, beta=1.5)
c.write()
