"""Operators that compute shapes, indices, masks and constants, through which no gradient flows, for DiscreteTests.

    python3 discrete.py > discrete.json

Computed by NumPy. Made with torch 2.15.0 (for the form alone), numpy 2.4.6.
"""
import numpy as np
import torch

from cases import Cases

c = Cases(5)
i64 = lambda *x: np.array(x, dtype=np.int64)


def add(op, name, inputs, result, **attributes):
    results = result if isinstance(result, list) else [result]
    version = attributes.pop("version", 20)
    c.add(op, name, inputs, lambda *_: [torch.from_numpy(np.array(r).copy()) for r in results], version, False, **attributes)


x = c.normal(2, 3)
mask = np.array([[True, False, True], [False, False, True]])
add("Constant", "tensor", [], x, value=x)
add("Constant", "bools", [], mask, value=mask)
add("Constant", "one float", [], np.float32(0.5), value_float=0.5)
add("Constant", "integers", [], i64(1, -2), value_ints=[1, -2])
add("ConstantOfShape", "zeros", [i64(2, 0, 3)], np.zeros((2, 0, 3), np.float32))
add("ConstantOfShape", "integers", [i64(2, 2)], np.full((2, 2), 7), value=i64(7))
add("Shape", "all", [x], i64(2, 3))
add("Shape", "a range", [c.normal(2, 3, 4, 5)], i64(3, 4), start=1, end=-1)
add("Shape", "beyond", [x], i64(), start=5)
add("Size", "matrix", [x], np.int64(6))
add("Range", "up", [np.int64(3), np.int64(10), np.int64(4)], np.arange(3, 10, 4))
add("Range", "down", [np.float32(2), np.float32(-1), np.float32(-0.75)], np.float32([2, 1.25, 0.5, -0.25]))
add("Range", "nothing", [np.int64(3), np.int64(1), np.int64(1)], np.zeros(0, np.int64))
eye = np.eye(4, dtype=np.float32)
add("OneHot", "last axis", [i64(1, -1, 9), i64(4), np.float32([0, 1])], np.stack([eye[1], eye[3], 0 * eye[0]]))
add("OneHot", "first axis", [i64(1, 0), np.int64(3), i64(5, 7)], np.where(np.arange(3)[:, None] == [1, 0], 7, 5), axis=0)
for axis, keep in [(0, 1), (1, 0), (-1, 1)]:
    add("ArgMax", f"axis {axis}", [x], np.expand_dims(x.argmax(axis), axis) if keep else x.argmax(axis), axis=axis, keepdims=keep)
    add("ArgMin", f"axis {axis}", [x], np.expand_dims(x.argmin(axis), axis) if keep else x.argmin(axis), axis=axis, keepdims=keep)
ties = np.float32([[2, 2, 1], [0, 3, 3]])
add("ArgMax", "first of equal ones", [ties], i64(0, 1), axis=1, keepdims=0)
for axis in [0, 1]:
    add("Hardmax", f"axis {axis}", [x], (x == x.max(axis, keepdims=True)).astype(np.float32), axis=axis)
add("ArgMax", "last of equal ones", [ties], i64(1, 2), axis=1, keepdims=0, select_last_index=1)
add("NonZero", "of a constant", [mask], np.stack(mask.nonzero()))
odd = np.float32([1, np.nan, np.inf, -np.inf, 0])
add("IsNaN", "floats", [odd], np.isnan(odd))
add("IsInf", "both", [odd], np.isinf(odd))
add("IsInf", "below", [odd], odd == -np.inf, detect_positive=0)
add("Not", "bools", [mask], ~mask)
row = mask[:1]
add("And", "repeated", [mask, row], mask & row)
add("Or", "repeated", [mask, row[:, :1]], mask | row[:, :1])
add("Xor", "repeated", [mask, row], mask ^ row)
a, b = np.float32([[1, 2, np.nan], [4, 4, -1]]), np.float32([1, 3, 2])
n, m = np.array([[1, 5], [-3, 2]]), i64(1, 2)
for op, f in [("Equal", np.equal), ("Greater", np.greater), ("GreaterOrEqual", np.greater_equal), ("Less", np.less),
              ("LessOrEqual", np.less_equal)]:
    add(op, "floats", [a, b], f(a, b))
    add(op, "integers", [n, m], f(n, m))
add("Equal", "bools", [mask, row], mask == row)
p, q = i64(7, -7, 7, -7, 0), i64(3, 3, -3, -3, 5)
add("Add", "integers", [n, m], n + m)
add("Sub", "integers", [n, m], n - m)
add("Mul", "integers", [n, m], n * m)
add("Div", "integers are cut towards zero", [p, q], np.trunc(p / q).astype(np.int64))
add("Mod", "integers with the divisor's sign", [p, q], np.mod(p, q))
add("Mod", "integers with the dividend's sign", [p, q], np.fmod(p, q), fmod=1)
add("Pow", "integers", [i64(2, -3, 5, 1), i64(10, 3, 0, 63)], i64(1024, -27, 1, 1))
add("Max", "integers", [n, m], np.maximum(n, m))
add("Min", "integers", [n, m], np.minimum(n, m))
add("Neg", "integers", [n], -n)
add("Abs", "integers", [n], abs(n))
add("Sign", "integers", [n], np.sign(n))
add("Clip", "integers", [n, np.int64(-1), np.int64(2)], n.clip(-1, 2))
add("BitShift", "left", [i64(16, 4, 1), i64(1, 2, 3)], i64(32, 16, 8), direction="LEFT")
add("BitShift", "right", [i64(16, 4, 1), i64(1, 2, 3)], i64(8, 1, 0), direction="RIGHT")
add("Cast", "to integers", [np.float32([1.9, -1.9, 0])], i64(1, -1, 0), to=7)
add("Cast", "to bytes", [i64(255, 256, -1, 130)], i64(255, 0, 255, 130), to=2)
add("Cast", "to signed bytes", [i64(255, 256, -1, 130)], i64(-1, 0, -1, -126), to=3)
add("Cast", "to bools", [np.float32([0, -0.5, 2])], np.array([False, True, True]), to=9)
add("Cast", "bools to floats", [mask], mask.astype(np.float32), to=11)
add("CastLike", "bools to integers", [mask, n], mask.astype(np.int64))
add("CumSum", "integers", [n, np.int64(1)], n.cumsum(1))
add("TopK", "integers", [i64(3, 9, 9, 1), i64(3)], [i64(9, 9, 3), i64(1, 2, 0)])
add("Sign", "not a number", [odd], np.sign(odd))
c.write()
