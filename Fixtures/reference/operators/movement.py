"""Operators that move, repeat, choose or drop elements, with gradients, for MovementTests.

    python3 movement.py > movement.json

Computed by PyTorch in float64; modes of Pad that torch.nn.functional.pad lacks are index_select with NumPy's index tables
(numpy.pad of arange), along which autograd sums. Made with torch 2.15.0, numpy 2.4.6.
"""
import numpy as np
import torch
import torch.nn.functional as F

from cases import Cases

c = Cases(1)
i64 = lambda *x: np.array(x, dtype=np.int64)

# Shapes.
c.add("Reshape", "with -1 and 0", [c.normal(2, 3, 4), i64(0, -1, 2)], lambda x, s: x.reshape(2, 6, 2))
c.add("Reshape", "to one value", [c.normal(1, 1), np.zeros(0, np.int64)], lambda x, s: x.reshape(()))
c.add("Reshape", "empty with allowzero", [c.normal(0, 3), i64(3, 0)], lambda x, s: x.reshape(3, 0), allowzero=1)
c.add("Flatten", "at axis 2", [c.normal(2, 3, 2)], lambda x: x.reshape(6, 2), axis=2)
c.add("Flatten", "at axis -1", [c.normal(2, 3, 2)], lambda x: x.reshape(6, 2), axis=-1)
c.add("Squeeze", "one axis", [c.normal(1, 3, 1), i64(-1)], lambda x, a: x.squeeze(-1))
c.add("Squeeze", "all axes", [c.normal(1, 3, 1)], lambda x: x.squeeze())
c.add("Squeeze", "attribute of opset 11", [c.normal(1, 3, 1)], lambda x: x.squeeze(0), version=11, axes=[0])
c.add("Unsqueeze", "two axes", [c.normal(3, 2), i64(3, 0)], lambda x, a: x[None, :, :, None])
c.add("Unsqueeze", "attribute of opset 11", [c.normal(3)], lambda x: x[None], version=11, axes=[0])
c.add("Identity", "matrix", [c.normal(2, 3)], lambda x: x * 1)
c.add("Dropout", "switched off, with its mask", [c.normal(2, 3), np.float32(0.5), np.array(False)],
      lambda x, r, t: [x * 1, torch.ones(2, 3, dtype=torch.bool)], gradient=[0])
for shape, order in [((2, 3), [1, 0]), ((2, 3, 4), [0, 2, 1]), ((2, 3, 4), [2, 0, 1]), ((2, 3, 4, 2), [0, 2, 1, 3]),
                     ((2, 3, 4, 2), [0, 2, 3, 1]), ((2, 3, 1, 2), [3, 1, 2, 0]), ((2, 3, 2, 2, 2), [3, 1, 2, 0, 4]),
                     ((17, 19), [1, 0]), ((0, 3), [1, 0]), ((), [])]:
    c.add("Transpose", f"{shape} as {order}", [c.normal(*shape)], lambda x, o=order: x.permute(o), perm=order)
c.add("Transpose", "reversed", [c.normal(2, 3, 4)], lambda x: x.permute(2, 1, 0))
c.add("Transpose", "integers", [np.arange(24).reshape(2, 3, 4)], lambda x: x.permute(1, 2, 0).contiguous(), perm=[1, 2, 0])
c.add("Transpose", "bools", [np.arange(6).reshape(2, 3) % 3 == 0], lambda x: x.T.contiguous(), perm=[1, 0])

# Repeats.
for a, b in [((3, 1), (2, 1, 4)), ((1,), (3,)), ((2, 1, 3), (2, 4, 3)), ((3, 1), (1, 1)), ((1, 3), (0, 3)), ((), (2, 2))]:
    c.add("Expand", f"{a} to {b}", [c.normal(*a), i64(*b)],
          lambda x, s, a=a, b=b: x.expand(torch.broadcast_shapes(a, b)))
for shape, times in [((2, 3), (2, 1)), ((2, 3), (1, 3)), ((2, 1, 2), (2, 3, 2)), ((3,), (0,)), ((4,), (3,))]:
    c.add("Tile", f"{shape} {times} times", [c.normal(*shape), i64(*times)], lambda x, t, k=times: x.tile(k))

# Joins and cuts.
for axis, shapes in [(0, [(2, 3), (1, 3)]), (1, [(2, 3), (2, 0), (2, 2)]), (-1, [(2, 2, 1), (2, 2, 3)]), (1, [(2, 1, 3), (2, 2, 3)])]:
    c.add("Concat", f"{shapes} along {axis}", [c.normal(*s) for s in shapes], lambda *x, a=axis: torch.cat(x, a), axis=axis)
c.add("Concat", "integers", [i64(1, 2), i64(3)], lambda a, b: torch.cat([a, b]), axis=0)
c.add("Split", "equal parts", [c.normal(2, 6)], lambda x: x.split(2, 1), axis=1, num_outputs=3)
c.add("Split", "a smaller last part", [c.normal(7, 2)], lambda x: x.split(3), axis=0, num_outputs=3)
c.add("Split", "given sizes", [c.normal(2, 5, 2), i64(1, 0, 4)], lambda x, s: x.split([1, 0, 4], 1), axis=1)
c.add("Split", "attribute of opset 11", [c.normal(5)], lambda x: x.split([2, 3]), version=11, axis=-1, split=[2, 3])
big = 2 ** 63 - 1
for name, starts, ends, axes, steps, index in [
    ("inside", [1, 0], [3, 2], [0, 1], [1, 1], np.s_[1:3, 0:2]),
    ("negative places", [-2], [big], [1], None, np.s_[:, -2:]),
    ("steps", [0, 1], [big, big], [0, 1], [2, 3], np.s_[0::2, 1::3]),
    ("backwards", [-1], [-big - 1], [0], [-1], np.s_[::-1]),
    ("backwards in steps", [4, 3], [0, -big - 1], [0, 1], [-2, -3], np.s_[4:0:-2, 3::-3]),
    ("nothing", [3], [1], [0], None, np.s_[3:1]),
    ("without axes", [1], [4], None, None, np.s_[1:4]),
    ("a huge step", [1], [big], [1], [big], np.s_[:, 1::big]),
]:
    def cut(x, *rest, index=index):
        table = torch.from_numpy(np.arange(x.numel()).reshape(x.shape)[index].copy())
        return x.reshape(-1)[table]
    c.add("Slice", name, [c.normal(5, 4), i64(*starts), i64(*ends), None if axes is None else i64(*axes)]
          + ([] if steps is None else [i64(*steps)]), cut)
for mode in ["constant", "reflect", "edge", "wrap"]:
    for shape, pads in [((4,), (2, 1)), ((3, 4), (1, 2, 0, 1)), ((2, 3, 3), (0, 1, 2, 0, 2, 1)), ((5,), (-1, 2)), ((4, 5), (-1, 1, 1, -2)),
                        ((3,), (7, 5))]:
        def padded(x, p, *rest, mode=mode, shape=shape, pads=pads):
            n = len(shape)
            for axis in range(n):
                before, after = pads[axis], pads[axis + n]
                extent = x.shape[axis]
                first, last = max(0, -before), extent - max(0, -after)
                table = np.arange(extent)
                if mode == "constant":
                    table = np.pad(table, (max(0, before), max(0, after)), constant_values=-1)
                else:
                    table = np.pad(table, (max(0, before), max(0, after)), mode=mode)
                table = table[first if before < 0 else 0: len(table) + (after if after < 0 else 0)]
                inside = torch.from_numpy(table >= 0)
                x = x.index_select(axis, torch.from_numpy(np.maximum(table, 0)))
                view = [1] * n
                view[axis] = -1
                x = torch.where(inside.reshape(view), x, rest[0] if rest else torch.zeros(()).double())
            return x
        if mode == "constant":
            c.add("Pad", f"{mode} {shape} {pads}", [c.normal(*shape), i64(*pads), np.float32(0.75)], padded, mode=mode)
        c.add("Pad", f"{mode} {shape} {pads} alone", [c.normal(*shape), i64(*pads)], padded, mode=mode)
c.add("Pad", "along named axes", [c.normal(2, 3), i64(1, 2), None, i64(-1)], lambda x, p, v, a: F.pad(x, (1, 2)))

# Choices by index.
for name, shape, index, axis in [("rows", (4, 3), i64(3, 0, -1, 3), 0), ("columns", (2, 4), i64(1, 1).reshape(1, 2), 1),
                                 ("one", (3, 2, 2), np.int64(2), 1 - 1), ("nothing", (3, 2), np.zeros((0, 2), np.int64), 0),
                                 ("middle", (2, 3, 2), i64(2, -3), -2)]:
    def gather(x, i, axis=axis):
        axis %= x.dim()
        flat = x.index_select(axis, i.reshape(-1) % x.shape[axis])
        return flat.reshape(x.shape[:axis] + i.shape + x.shape[axis + 1:])
    c.add("Gather", name, [c.normal(*shape), index], gather, axis=axis)
c.add("Gather", "of integers", [np.arange(6).reshape(3, 2), i64(2, 0)], lambda x, i: x[i], axis=0)
for axis in [0, 1, -1]:
    index = np.array([[0, 1, 1], [-1, 0, 2 if axis else 1]], dtype=np.int64)
    c.add("GatherElements", f"axis {axis}", [c.normal(2, 3), index],
          lambda x, i, a=axis: x.gather(a, i % x.shape[a]), axis=axis)
c.add("GatherElements", "smaller indices", [c.normal(3, 3), np.array([[2, 1]], dtype=np.int64)],
      lambda x, i: x.gather(0, i), axis=0)
c.add("GatherND", "single elements", [c.normal(2, 3), np.array([[0, 1], [1, -1], [0, 1]])], lambda x, i: x[i[:, 0], i[:, 1]])
c.add("GatherND", "rows", [c.normal(3, 2), np.array([[[2]], [[0]]])], lambda x, i: x[i[..., 0]])
c.add("GatherND", "shared axes", [c.normal(2, 3, 2), np.array([[2], [0]])],
      lambda x, i: torch.stack([x[0, 2], x[1, 0]]), batch_dims=1)
c.add("GatherND", "no rows", [c.normal(3, 2), np.zeros((0, 1), np.int64)], lambda x, i: x[i[:, 0]])
for name, how in [("none", None), ("add", "sum"), ("mul", "prod"), ("max", "amax"), ("min", "amin")]:
    index = np.array([[1, 0, 2], [0, 1, 1]]) if how else np.array([[1, 0, 2]])
    shape = index.shape
    data, updates = c.normal(3, 3), c.normal(*shape)
    if how == "prod":
        data[1, 0] = 0
        updates[0, 2] = 0
    if how in ("amax", "amin"):
        # Ties share the gradient.
        updates[0, 0] = data[1, 0]
    def scatter(x, i, u, how=how):
        return x.scatter(0, i, u) if how is None else x.scatter_reduce(0, i, u, how)
    c.add("ScatterElements", name, [data, index, updates], scatter, axis=0, reduction=name)
def scatter_rows(x, i, u, accumulate=False):
    return x.index_put(tuple(i[..., k] for k in range(i.shape[-1])), u, accumulate)
c.add("ScatterND", "rows", [c.normal(4, 2), np.array([[3], [1]]), c.normal(2, 2)], scatter_rows)
c.add("ScatterND", "elements", [c.normal(2, 3), np.array([[[0, 1]], [[1, 2]]]), c.normal(2, 1)], scatter_rows)
c.add("ScatterND", "sums", [c.normal(3, 2), np.array([[1], [1], [0]]), c.normal(3, 2)],
      lambda x, i, u: scatter_rows(x, i, u, True), reduction="add")
c.add("Trilu", "upper", [c.normal(2, 3, 4)], lambda x: x.triu())
c.add("Trilu", "lower, moved", [c.normal(3, 4), np.int64(1)], lambda x, k: x.tril(1), upper=0)
c.add("Trilu", "upper, moved far", [c.normal(3, 2), np.int64(9)], lambda x, k: x.triu(9), upper=1)
c.add("Trilu", "lower, moved back", [c.normal(3, 3), np.int64(-2)], lambda x, k: x.tril(-2), upper=0)
mask = np.array([[True, False, True], [False, False, True]])
c.add("Where", "whole", [mask, c.normal(2, 3), c.normal(2, 3)], lambda m, x, y: torch.where(m, x, y))
c.add("Where", "repeated", [mask, c.normal(3), c.normal(2, 1)], lambda m, x, y: torch.where(m, x, y))
c.add("Where", "repeated mask", [mask[:1], c.normal(2, 3), np.float32(2.5)], lambda m, x, y: torch.where(m, x, y))
c.add("Where", "infinity not taken", [mask, c.normal(2, 3), np.float32(-np.inf)], lambda m, x, y: torch.where(m, x, y), gradient=[1])
for axis, largest in [(-1, 1), (0, 1), (1, 0)]:
    c.add("TopK", f"axis {axis}, largest {largest}", [c.normal(4, 5), i64(2)],
          lambda x, k, a=axis, l=largest: list(x.topk(2, a, bool(l), True)), axis=axis, largest=largest)
for exclusive, reverse in [(0, 0), (1, 0), (0, 1), (1, 1)]:
    def sums(x, a, e=exclusive, r=reverse):
        x = x.flip(1) if r else x
        y = x.cumsum(1) - (x if e else 0)
        return y.flip(1) if r else y
    c.add("CumSum", f"exclusive {exclusive}, reverse {reverse}", [c.normal(2, 5, 3), np.int64(1)], sums,
          exclusive=exclusive, reverse=reverse)
c.add("CumSum", "last axis", [c.normal(3, 4), i64(-1)], lambda x, a: x.cumsum(-1))
c.add("Cast", "to float", [c.normal(3)], lambda x: x * 1, to=1)
c.add("CastLike", "a float", [c.normal(3), c.normal(1)], lambda x, y: x * 1, gradient=[0])
c.write()
