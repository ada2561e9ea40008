"""Cases of matrix products, Einsum, attention, rotary embedding and resizing, by PyTorch in float64.

Run: python products.py > products.json, with PyTorch and NumPy (their versions are written into the fixture).
"""
import numpy as np
import torch
import torch.nn.functional as F

from writer import DOUBLE, case, draw, write

# Matrix products.

for a, b in [((3, 4), (4, 5)), ((2, 3, 4), (4, 5)), ((2, 3, 3, 4), (3, 4, 2)), ((2, 1, 3, 4), (1, 5, 4, 2)), ((4,), (4,)),
             ((4,), (2, 4, 3)), ((2, 3, 4), (4,)), ((3, 4), (2, 4, 5)), ((2, 0, 4), (4, 5)), ((2, 3, 0), (2, 0, 5)),
             ((0, 3, 4), (0, 4, 5)), ((6, 2, 5, 4), (6, 2, 4, 5)), ((2, 2, 1, 3, 4), (3, 4, 2)), ((1, 4), (4, 1))]:
    case(f"matmul {a} {b}", "MatMul", [draw(*a), draw(*b)], torch.matmul)
for ta in [0, 1]:
    for tb in [0, 1]:
        for c in [None, (), (5,), (1, 5), (3, 1), (3, 5)]:
            if c is not None and (ta, tb) != (0, 1):
                continue
            inputs = [draw(*((4, 3) if ta else (3, 4))), draw(*((5, 4) if tb else (4, 5)))]
            inputs += [] if c is None else [draw(*c)]
            case(f"gemm {ta} {tb} {c}", "Gemm", inputs,
                 lambda a, b, c=None: 0.7 * (a.T if ta else a) @ (b.T if tb else b) + (0 if c is None else 1.3 * c),
                 alpha=0.7, beta=1.3, transA=ta, transB=tb)
case("gemm of no columns", "Gemm", [draw(3, 0), draw(0, 5), draw(5)], lambda a, b, c: a @ b + c)

# Einsum.

for equation, *shapes in [
        ("ij,jk->ik", (3, 4), (4, 5)), ("ij,jk", (3, 4), (4, 5)), ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)),
        ("bhid,bhjd->bhij", (2, 3, 4, 5), (2, 3, 6, 5)), ("bihd,bjhd->bhij", (2, 4, 3, 5), (2, 6, 3, 5)),
        ("bhij,bjhd->bihd", (2, 3, 4, 6), (2, 6, 3, 5)), ("i,j->ij", (3,), (4,)), ("i,i->", (4,), (4,)),
        ("ij->ji", (3, 4)), ("ij->", (3, 4)), ("ij->j", (3, 4)), ("ii->i", (4, 4)), ("ii", (4, 4)), ("iji->j", (3, 4, 3)),
        ("...ij,...jk->...ik", (2, 3, 4), (2, 4, 5)), ("...ij,jk->...ik", (2, 2, 3, 4), (4, 5)),
        ("...ij,...jk->...ik", (2, 1, 3, 4), (3, 4, 2)), ("b...,b->b...", (2, 3, 4), (2,)),
        ("ij,jk,kl->il", (2, 3), (3, 4), (4, 5)), ("ijk,ijk->ij", (2, 3, 4), (2, 3, 4)), ("ij,ij->ij", (3, 4), (3, 4)),
        ("bn,anm,bm->ba", (2, 3), (4, 3, 5), (2, 5)), ("i...->...", (3, 4)), ("ab,cd->acbd", (2, 3), (2, 2)),
        ("ij,k->i", (3, 4), (2,)), ("ii,ij->j", (3, 3), (3, 4))]:
    if equation == "ii":
        case("einsum ii", "Einsum", [draw(*shapes[0])], lambda a: torch.einsum("ii->", a), equation=equation)
        continue
    case(f"einsum {equation} {shapes}", "Einsum", [draw(*s) for s in shapes],
         lambda *a: torch.einsum(equation, *a), equation=equation)

# Attention.


def heads(x, count):
    return x.reshape(x.shape[0], x.shape[1], count, -1).transpose(1, 2)


def attention(q_heads=None, kv_heads=None, scale=None, causal=False, cap=0.0, mode=0, results=1):
    def run(q, k, v, mask=None, past_key=None, past_value=None, lengths=None):
        flat = q.dim() == 3
        if flat:
            q, k, v = heads(q, q_heads), heads(k, kv_heads), heads(v, kv_heads)
        past = 0 if past_key is None else past_key.shape[2]
        if past:
            k, v = torch.cat((past_key, k), 2), torch.cat((past_value, v), 2)
        key, value = k, v
        times = q.shape[1] // k.shape[1]
        k, v = k.repeat_interleave(times, 1), v.repeat_interleave(times, 1)
        scores = q @ k.transpose(-1, -2) * (scale or 1 / q.shape[-1] ** 0.5)
        shown = [scores]
        if cap:
            scores = cap * torch.tanh(scores / cap)
        shown.append(scores)
        if mask is not None:
            missing = scores.shape[-1] - mask.shape[-1]
            if mask.dtype == torch.bool:
                mask = F.pad(mask, (0, missing), value=False)
                scores = scores.masked_fill(~mask, -float("inf"))
            else:
                scores = scores + F.pad(mask, (0, missing), value=-float("inf"))
        if causal:
            seen = torch.arange(scores.shape[-1])[None] <= past + torch.arange(scores.shape[-2])[:, None]
            scores = scores.masked_fill(~seen, -float("inf"))
        if lengths is not None:
            scores = scores.masked_fill(torch.arange(scores.shape[-1]) >= lengths[:, None, None, None], -float("inf"))
        shown.append(scores)
        # A row that is masked everywhere has no weights, as in PyTorch's own attention.
        empty = (scores == -float("inf")).all(-1, keepdim=True)
        weights = torch.where(empty, torch.zeros((), **DOUBLE), torch.where(empty, 0.0, scores).softmax(-1))
        shown.append(weights)
        y = weights @ v
        if flat:
            y = y.transpose(1, 2).reshape(y.shape[0], y.shape[2], -1)
        return (y, key, value, shown[mode])[:results] if results > 1 else y

    return run


def attend(name, q, k, v, *more, version=24, constants=(), **options):
    inputs = [draw(*q), draw(*k), draw(*v)] + [m if isinstance(m, torch.Tensor) or m is None else draw(*m) for m in more]
    names = dict(q_heads="q_num_heads", kv_heads="kv_num_heads", causal="is_causal", cap="softcap",
                 mode="qk_matmul_output_mode")
    attributes = {names.get(k, k): int(v) if k == "causal" else v for k, v in options.items() if k != "results"}
    case("attention " + name, "Attention", inputs, attention(**options), version=version, tolerance=4e-5, **attributes)


attend("plain", (2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 2))
attend("of many rows", (1, 2, 70, 4), (1, 2, 67, 4), (1, 2, 67, 3), causal=True)
attend("flat", (2, 4, 15), (2, 6, 15), (2, 6, 6), q_heads=3, kv_heads=3)
attend("grouped", (2, 4, 4, 5), (2, 2, 6, 5), (2, 2, 6, 3), scale=0.3)
attend("of one group, flat, causal", (2, 4, 12), (2, 5, 3), (2, 5, 2), q_heads=4, kv_heads=1, causal=True)
attend("masked by floats", (2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 2), (4, 6))
attend("masked for each head", (2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 2), (3, 1, 6), cap=0.8)
bools = torch.rand(2, 1, 4, 6) > 0.4
bools[0, 0, 1] = False
attend("masked by bools", (2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 2), bools)
attend("masked by bools, causal", (2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 2), torch.rand(4, 6) > 0.3, causal=True)
infinite = draw(4, 6)
infinite[0, 2:] = -float("inf")
infinite[2] = -float("inf")
attend("masked by infinity", (2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 2), infinite)
attend("with a short mask", (2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 2), (4, 4))
attend("with a past", (2, 3, 4, 5), (2, 3, 2, 5), (2, 3, 2, 4), None, (2, 3, 3, 5), (2, 3, 3, 4), causal=True, results=3)
attend("with a past, flat, grouped", (2, 4, 8), (2, 4, 4), (2, 4, 6), (4, 6), (2, 2, 2, 2), (2, 2, 2, 3), q_heads=4,
       kv_heads=2, results=3)
attend("with lengths", (2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 2), None, None, None, torch.tensor([4, 6]))
for mode in range(4):
    attend(f"with scores {mode}", (2, 4, 3, 5), (2, 2, 4, 5), (2, 2, 4, 3), None, cap=1.5, mode=mode, results=4)
attend("softcap", (2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 2), cap=0.7, causal=True)
attend("empty", (0, 2, 3, 4), (0, 2, 3, 4), (0, 2, 3, 4))


def rotate(interleaved=0, dim=0, count=0):
    def run(x, cosines, sines, positions=None):
        shape = x.shape
        y = x if x.dim() == 4 else heads(x, count)
        d = dim or y.shape[-1]
        if positions is not None:
            cosines, sines = cosines[positions], sines[positions]
        c, s = cosines[:, None], sines[:, None]
        part, rest = y[..., :d], y[..., d:]
        a, b = (part[..., 0::2], part[..., 1::2]) if interleaved else (part[..., :d // 2], part[..., d // 2:])
        p, q = c * a - s * b, s * a + c * b
        part = torch.stack((p, q), -1).flatten(-2) if interleaved else torch.cat((p, q), -1)
        y = torch.cat((part, rest), -1)
        return y if x.dim() == 4 else y.transpose(1, 2).reshape(shape)

    return run


case("rotary", "RotaryEmbedding", [draw(2, 3, 4, 6), draw(2, 4, 3), draw(2, 4, 3)], rotate())
case("rotary interleaved", "RotaryEmbedding", [draw(2, 3, 4, 6), draw(2, 4, 3), draw(2, 4, 3)], rotate(1), interleaved=1)
case("rotary in part", "RotaryEmbedding", [draw(2, 3, 4, 6), draw(2, 4, 2), draw(2, 4, 2)], rotate(0, 4),
     rotary_embedding_dim=4)
case("rotary flat", "RotaryEmbedding", [draw(2, 4, 12), draw(9, 2), draw(9, 2), torch.randint(0, 9, (2, 4))],
     rotate(1, 4, 2), interleaved=1, rotary_embedding_dim=4, num_heads=2)

# Resizing.

for name, x, function, more in [
        ("linear", (2, 2, 4, 5), dict(mode="bilinear"), dict(mode="linear")),
        ("corners", (2, 2, 4, 5), dict(mode="bilinear", align_corners=True),
         dict(mode="linear", coordinate_transformation_mode="align_corners")),
        ("cubic", (1, 2, 5, 4), dict(mode="bicubic"), dict(mode="cubic")),
        ("nearest", (2, 2, 4, 5), dict(mode="nearest"),
         dict(mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"))]:
    for size in [(7, 8), (3, 2), (4, 9)]:
        sizes = torch.tensor(list(x[:2]) + list(size))
        case(f"resize {name} to {size}", "Resize", [draw(*x), None, None, sizes],
             lambda x, _, __, ___: F.interpolate(x, size=size, **function), tolerance=4e-5, **more)
case("resize by factors", "Resize", [draw(2, 3, 4), None, torch.tensor([1.0, 1.0, 2.0], **DOUBLE)],
     lambda x, _, __: F.interpolate(x, scale_factor=2, mode="linear"), constants=(2,), mode="linear")
case("upsample", "Upsample", [draw(2, 3, 4, 3), torch.tensor([1.0, 1.0, 2.0, 3.0], **DOUBLE)],
     lambda x, _: F.interpolate(x, scale_factor=(2, 3), mode="nearest"), version=9, constants=(1,))
case("depth to space", "DepthToSpace", [draw(2, 12, 2, 3)], lambda x: F.pixel_shuffle(x, 2), blocksize=2, mode="CRD")
case("depth to space DCR", "DepthToSpace", [draw(2, 12, 2, 3)],
     lambda x: x.reshape(2, 2, 2, 3, 2, 3).permute(0, 3, 4, 1, 5, 2).reshape(2, 3, 4, 6), blocksize=2)
case("space to depth", "SpaceToDepth", [draw(2, 3, 4, 6)],
     lambda x: x.reshape(2, 3, 2, 2, 3, 2).permute(0, 3, 5, 1, 2, 4).reshape(2, 12, 2, 3), blocksize=2)

if __name__ == "__main__":
    write()
