#!/usr/bin/env python3
"""Draws state dicts of ten model families by their published initializations, and the mistakes that people make of them.

Written with numpy alone and from the sources that each scheme names, so that it knows nothing of InitScope's catalogue.

    draws.py clean  DIR COUNT [SEED]    COUNT files of each family, right in every tensor
    draws.py wrong  DIR [SEED]          one file for each mistake, with what must be found in DIR/expect.json
"""
import json
import math
import os
import struct
import sys

import numpy as np

TYPES = {np.dtype("float32"): "F32", np.dtype("int64"): "I64", np.dtype("uint16"): "BF16"}


def save(path, tensors):
    header, at = {}, 0
    for name, value in tensors.items():
        value = np.asarray(value)
        header[name] = {"dtype": TYPES[value.dtype], "shape": list(value.shape), "data_offsets": [at, at + value.nbytes]}
        at += value.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for value in tensors.values():
            file.write(np.ascontiguousarray(value).tobytes())


def bf16(x):
    bits = np.asarray(x, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


class Draw:
    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def normal(self, *shape, std=0.02, mean=0.0):
        return self.rng.normal(mean, std, shape).astype(np.float32)

    def uniform(self, *shape, bound):
        return self.rng.uniform(-bound, bound, shape).astype(np.float32)

    def trunc(self, *shape, std=0.02, sigmas=2.0):
        x = self.rng.normal(0, 1, shape)
        while True:
            out = np.abs(x) > sigmas
            if not out.any():
                return (x * std).astype(np.float32)
            x[out] = self.rng.normal(0, 1, out.sum())

    def torch(self, *shape):
        """nn.Linear's and nn.Conv's own: uniform to 1/sqrt(fan_in), fan_in = shape[1] * window."""
        return self.uniform(*shape, bound=1 / math.sqrt(np.prod(shape[1:])))

    def xavier(self, *shape):
        window = int(np.prod(shape[2:]))
        return self.uniform(*shape, bound=math.sqrt(6 / ((shape[0] + shape[1]) * window)))


def ones(n):
    return np.ones(n, np.float32)


def zeros(*n):
    return np.zeros(n, np.float32)


def gpt2(r, L=4, d=64, V=211, std=0.02):
    t = {"transformer.wte.weight": r.normal(V, d, std=std), "transformer.wpe.weight": r.normal(48, d, std=std)}
    for i in range(L):
        p = f"transformer.h.{i}."
        for n in ("ln_1", "ln_2"):
            t[p + n + ".weight"], t[p + n + ".bias"] = ones(d), zeros(d)
        t[p + "attn.c_attn.weight"], t[p + "attn.c_attn.bias"] = r.normal(d, 3 * d, std=std), zeros(3 * d)
        t[p + "attn.c_proj.weight"], t[p + "attn.c_proj.bias"] = r.normal(d, d, std=std / math.sqrt(2 * L)), zeros(d)
        t[p + "mlp.c_fc.weight"], t[p + "mlp.c_fc.bias"] = r.normal(d, 4 * d, std=std), zeros(4 * d)
        t[p + "mlp.c_proj.weight"], t[p + "mlp.c_proj.bias"] = r.normal(4 * d, d, std=std / math.sqrt(2 * L)), zeros(d)
    t["transformer.ln_f.weight"], t["transformer.ln_f.bias"] = ones(d), zeros(d)
    return t


def llama(r, L=4, d=64, V=199, std=0.02, scaled=None, tied=False, gain=1.0):
    t = {"model.embed_tokens.weight": r.normal(V, d, std=std)}
    for i in range(L):
        end = {None: 1, "depth": math.sqrt(2 * L), "block": math.sqrt(2 * (i + 1))}[scaled]
        p = f"model.layers.{i}."
        for n, o, k in (("q", d, d), ("k", d // 2, d), ("v", d // 2, d)):
            t[p + f"self_attn.{n}_proj.weight"] = r.normal(o, k, std=std)
        t[p + "self_attn.o_proj.weight"] = r.normal(d, d, std=std / end)
        t[p + "mlp.gate_proj.weight"] = r.normal(3 * d // 2, d, std=std)
        t[p + "mlp.up_proj.weight"] = r.normal(3 * d // 2, d, std=std)
        t[p + "mlp.down_proj.weight"] = r.normal(d, 3 * d // 2, std=std / end)
        t[p + "input_layernorm.weight"] = gain * ones(d)
        t[p + "post_attention_layernorm.weight"] = gain * ones(d)
    t["model.norm.weight"] = gain * ones(d)
    if not tied:
        t["lm_head.weight"] = r.normal(V, d, std=std)
    return t


def torchtitan(r, L=4, d=64, V=199):
    t = {"tok_embeddings.weight": r.normal(V, d, std=1.0)}
    for i in range(L):
        p, s = f"layers.{i}.", 0.02 / math.sqrt(2 * (i + 1))
        for n, o in (("wq", d), ("wk", d // 2), ("wv", d // 2)):
            t[p + f"attention.{n}.weight"] = r.normal(o, d)
        t[p + "attention.wo.weight"] = r.normal(d, d, std=s)
        t[p + "feed_forward.w1.weight"] = r.normal(160, d)
        t[p + "feed_forward.w2.weight"] = r.normal(d, 160, std=s)
        t[p + "feed_forward.w3.weight"] = r.normal(160, d, std=s)
        t[p + "attention_norm.weight"], t[p + "ffn_norm.weight"] = ones(d), ones(d)
    t["norm.weight"] = ones(d)
    t["output.weight"] = r.trunc(V, d, std=d ** -0.5, sigmas=3)
    return t


def bert(r, L=3, d=64, V=211):
    t = {}
    e = "bert.embeddings."
    t[e + "word_embeddings.weight"] = r.normal(V, d)
    if r.rng.random() < 0.5:
        t[e + "word_embeddings.weight"][0] = 0
    t[e + "position_embeddings.weight"], t[e + "token_type_embeddings.weight"] = r.normal(40, d), r.normal(2, d)
    t[e + "LayerNorm.weight"], t[e + "LayerNorm.bias"] = ones(d), zeros(d)
    for i in range(L):
        p = f"bert.encoder.layer.{i}."
        for n, o, k in (("attention.self.query", d, d), ("attention.self.key", d, d), ("attention.self.value", d, d),
                        ("attention.output.dense", d, d), ("intermediate.dense", 2 * d, d), ("output.dense", d, 2 * d)):
            t[p + n + ".weight"], t[p + n + ".bias"] = r.normal(o, k), zeros(o)
        for n in ("attention.output.LayerNorm", "output.LayerNorm"):
            t[p + n + ".weight"], t[p + n + ".bias"] = ones(d), zeros(d)
    t["bert.pooler.dense.weight"], t["bert.pooler.dense.bias"] = r.normal(d, d), zeros(d)
    return t


def t5(r, L=3, d=64, V=199, heads=4, dkv=16, ff=160):
    t = {"shared.weight": r.normal(V, d, std=1.0)}
    for stack in ("encoder", "decoder"):
        for i in range(L):
            p = f"{stack}.block.{i}.layer."
            kinds = ["SelfAttention"] if stack == "encoder" else ["SelfAttention", "EncDecAttention"]
            for n, kind in enumerate(kinds):
                a = f"{p}{n}.{kind}."
                t[a + "q.weight"] = r.normal(heads * dkv, d, std=(d * dkv) ** -0.5)
                t[a + "k.weight"] = r.normal(heads * dkv, d, std=d ** -0.5)
                t[a + "v.weight"] = r.normal(heads * dkv, d, std=d ** -0.5)
                t[a + "o.weight"] = r.normal(d, heads * dkv, std=(heads * dkv) ** -0.5)
                if i == 0 and n == 0:
                    t[a + "relative_attention_bias.weight"] = r.normal(32, heads, std=d ** -0.5)
                t[f"{p}{n}.layer_norm.weight"] = ones(d)
            n = len(kinds)
            t[f"{p}{n}.DenseReluDense.wi.weight"] = r.normal(ff, d, std=d ** -0.5)
            t[f"{p}{n}.DenseReluDense.wo.weight"] = r.normal(d, ff, std=ff ** -0.5)
            t[f"{p}{n}.layer_norm.weight"] = ones(d)
        t[f"{stack}.final_layer_norm.weight"] = ones(d)
    t["lm_head.weight"] = r.normal(V, d, std=1.0)
    return t


def vit(r, L=4, d=64, scale=1e-5):
    t = {"cls_token": r.normal(1, 1, d, std=1e-6), "pos_embed": r.trunc(1, 17, d)}
    t["patch_embed.proj.weight"] = r.torch(d, 3, 4, 4)
    t["patch_embed.proj.bias"] = r.uniform(d, bound=1 / math.sqrt(48))
    for i in range(L):
        p = f"blocks.{i}."
        for n in ("norm1", "norm2"):
            t[p + n + ".weight"], t[p + n + ".bias"] = ones(d), zeros(d)
        t[p + "attn.qkv.weight"], t[p + "attn.qkv.bias"] = r.trunc(3 * d, d), zeros(3 * d)
        t[p + "attn.proj.weight"], t[p + "attn.proj.bias"] = r.trunc(d, d), zeros(d)
        t[p + "mlp.fc1.weight"], t[p + "mlp.fc1.bias"] = r.trunc(4 * d, d), zeros(4 * d)
        t[p + "mlp.fc2.weight"], t[p + "mlp.fc2.bias"] = r.trunc(d, 4 * d), zeros(d)
        if scale:
            t[p + "ls1.gamma"], t[p + "ls2.gamma"] = ones(d) * np.float32(scale), ones(d) * np.float32(scale)
    t["norm.weight"], t["norm.bias"] = ones(d), zeros(d)
    t["head.weight"], t["head.bias"] = zeros(10, d), zeros(10)
    return t


def convnext(r, d=(16, 32, 64)):
    t = {"downsample_layers.0.0.weight": r.trunc(d[0], 3, 4, 4), "downsample_layers.0.0.bias": zeros(d[0])}
    for s, w in enumerate(d):
        if s:
            t[f"downsample_layers.{s}.1.weight"], t[f"downsample_layers.{s}.1.bias"] = r.trunc(w, d[s - 1], 2, 2), zeros(w)
        for b in range(2):
            p = f"stages.{s}.blocks.{b}."
            t[p + "dwconv.weight"], t[p + "dwconv.bias"] = r.trunc(w, 1, 7, 7), zeros(w)
            t[p + "norm.weight"], t[p + "norm.bias"] = ones(w), zeros(w)
            t[p + "pwconv1.weight"], t[p + "pwconv1.bias"] = r.trunc(4 * w, w), zeros(4 * w)
            t[p + "pwconv2.weight"], t[p + "pwconv2.bias"] = r.trunc(w, 4 * w), zeros(w)
            t[p + "gamma"] = ones(w) * np.float32(1e-6)
    t["head.weight"], t["head.bias"] = r.trunc(10, d[-1]), zeros(10)
    return t


def resnet(r, widths=(8, 16, 32), zero_gamma=False, mode="fan_out"):
    def conv(o, i, k):
        fan = (o if mode == "fan_out" else i) * k * k
        return r.normal(o, i, k, k, std=math.sqrt(2 / fan))

    t = {}

    def bn(name, w, gain=1.0):
        t[name + ".weight"], t[name + ".bias"] = ones(w) * np.float32(gain), zeros(w)
        t[name + ".running_mean"], t[name + ".running_var"] = zeros(w), ones(w)
        t[name + ".num_batches_tracked"] = np.zeros((), np.int64)

    t["conv1.weight"] = conv(widths[0], 3, 7)
    bn("bn1", widths[0])
    before = widths[0]
    for s, w in enumerate(widths):
        for b in range(2):
            p = f"layer{s + 1}.{b}."
            t[p + "conv1.weight"] = conv(w, before, 3)
            bn(p + "bn1", w)
            t[p + "conv2.weight"] = conv(w, w, 3)
            bn(p + "bn2", w, 0.0 if zero_gamma else 1.0)
            if before != w:
                t[p + "downsample.0.weight"] = conv(w, before, 1)
                bn(p + "downsample.1", w)
            before = w
    t["fc.weight"] = r.torch(10, before)
    t["fc.bias"] = r.uniform(10, bound=before ** -0.5)
    return t


def steps(r, n):
    dt = np.exp(r.rng.uniform(0, 1, n) * math.log(100) + math.log(1e-3))
    return (dt + np.log(-np.expm1(-dt))).astype(np.float32)


def mamba(r, L=3, d=64, state=8, V=199):
    inner, rank = 2 * d, d // 16
    t = {"backbone.embeddings.weight": r.normal(V, d, std=0.1)}
    for i in range(L):
        p = f"backbone.layers.{i}.mixer."
        t[p + "A_log"] = np.tile(np.log(np.arange(1, state + 1)), (inner, 1)).astype(np.float32)
        t[p + "D"] = ones(inner)
        t[p + "in_proj.weight"] = r.torch(2 * inner, d)
        t[p + "conv1d.weight"], t[p + "conv1d.bias"] = r.uniform(inner, 1, 4, bound=0.5), zeros(inner)
        t[p + "x_proj.weight"] = r.torch(rank + 2 * state, inner)
        t[p + "dt_proj.weight"], t[p + "dt_proj.bias"] = r.uniform(inner, rank, bound=rank ** -0.5), steps(r, inner)
        t[p + "out_proj.weight"] = (r.torch(d, inner) / math.sqrt(L)).astype(np.float32)
        t[f"backbone.layers.{i}.norm.weight"] = ones(d)
    t["backbone.norm_f.weight"] = ones(d)
    return t


def mamba2(r, L=3, d=64, V=199, heads=16):
    inner = 2 * d
    t = {"backbone.embeddings.weight": r.normal(V, d, std=0.02)}
    for i in range(L):
        p = f"backbone.layers.{i}.mixer."
        t[p + "A_log"] = np.log(r.rng.uniform(1, 16, heads)).astype(np.float32)
        t[p + "D"], t[p + "dt_bias"] = ones(heads), steps(r, heads)
        t[p + "in_proj.weight"] = r.torch(2 * inner + 2 * 16 + heads, d)
        t[p + "conv1d.weight"], t[p + "conv1d.bias"] = r.uniform(inner + 32, 1, 4, bound=0.5), r.uniform(inner + 32, bound=0.5)
        t[p + "norm.weight"] = ones(inner)
        t[p + "out_proj.weight"] = r.torch(d, inner)
        t[f"backbone.layers.{i}.norm.weight"] = ones(d)
    t["backbone.norm_f.weight"] = ones(d)
    return t


def mixtral(r, L=2, d=48, E=4, V=199, fused=False):
    t = {"model.embed_tokens.weight": r.normal(V, d)}
    for i in range(L):
        p = f"model.layers.{i}."
        for n in "qkvo":
            t[p + f"self_attn.{n}_proj.weight"] = r.normal(d, d)
        if fused:
            t[p + "mlp.gate.weight"] = r.normal(E, d)
            t[p + "mlp.experts.gate_up_proj"] = r.normal(E, 4 * d, d)
            t[p + "mlp.experts.down_proj"] = r.normal(E, d, 2 * d)
        else:
            t[p + "block_sparse_moe.gate.weight"] = r.normal(E, d)
            for e in range(E):
                q = p + f"block_sparse_moe.experts.{e}."
                t[q + "w1.weight"], t[q + "w3.weight"], t[q + "w2.weight"] = r.normal(2 * d, d), r.normal(2 * d, d), r.normal(d, 2 * d)
        t[p + "input_layernorm.weight"], t[p + "post_attention_layernorm.weight"] = ones(d), ones(d)
    t["model.norm.weight"], t["lm_head.weight"] = ones(d), r.normal(V, d)
    return t


def encoder(r, L=3, d=64, ff=128):
    t = {}
    for i in range(L):
        p = f"layers.{i}."
        t[p + "self_attn.in_proj_weight"], t[p + "self_attn.in_proj_bias"] = r.xavier(3 * d, d), zeros(3 * d)
        t[p + "self_attn.out_proj.weight"], t[p + "self_attn.out_proj.bias"] = r.torch(d, d), zeros(d)
        t[p + "linear1.weight"], t[p + "linear1.bias"] = r.torch(ff, d), r.uniform(ff, bound=d ** -0.5)
        t[p + "linear2.weight"], t[p + "linear2.bias"] = r.torch(d, ff), r.uniform(d, bound=ff ** -0.5)
        for n in ("norm1", "norm2"):
            t[p + n + ".weight"], t[p + n + ".bias"] = ones(d), zeros(d)
    return t


def lstm(r, d=32, h=48):
    t = {"embedding.weight": r.normal(99, d, std=1.0)}
    for layer, n in ((0, d), (1, h)):
        for name, shape in ((f"weight_ih_l{layer}", (4 * h, n)), (f"weight_hh_l{layer}", (4 * h, h)), (f"bias_ih_l{layer}", (4 * h,)),
                            (f"bias_hh_l{layer}", (4 * h,))):
            t["lstm." + name] = r.uniform(*shape, bound=h ** -0.5)
    t["fc.weight"], t["fc.bias"] = r.torch(10, h), r.uniform(10, bound=h ** -0.5)
    return t


def keras(r, units=24):
    """Keras's names and layouts: kernels [window..., in, out] Glorot uniform, recurrent ones orthogonal, a forget gate's bias of one."""
    def glorot(*shape):
        return r.uniform(*shape, bound=math.sqrt(6 / ((shape[-2] + shape[-1]) * np.prod(shape[:-2]))))

    t = {"embedding/embeddings": r.uniform(99, 32, bound=0.05)}
    t["conv1d/kernel"], t["conv1d/bias"] = glorot(3, 32, 48), zeros(48)
    t["layer_normalization/gamma"], t["layer_normalization/beta"] = ones(48), zeros(48)
    t["lstm/lstm_cell/kernel"] = glorot(48, 4 * units)
    t["lstm/lstm_cell/recurrent_kernel"] = np.linalg.qr(r.normal(4 * units, units, std=1).astype(np.float64))[0].T.astype(np.float32)
    t["lstm/lstm_cell/bias"] = np.concatenate([zeros(units), ones(units), zeros(2 * units)])
    for i, (a, b) in enumerate(((units, 64), (64, 64), (64, 64), (64, 10))):
        t[f"dense_{i + 1}/kernel"], t[f"dense_{i + 1}/bias"] = glorot(a, b), zeros(b)
    return t


def redrawn(t, law, division=None, L=4):
    """A family's names, with every matrix of its blocks from another published law: law(outputs, inputs) draws one."""
    for n, value in list(t.items()):
        if value.ndim == 2 and any(part.isdigit() for part in n.split(".")):
            end = n.split(".")[-2] in ("o_proj", "down_proj", "wo", "w2") or "output.dense" in n
            block = int(next(part for part in n.split(".") if part.isdigit()))
            by = {None: 1, "depth": math.sqrt(2 * L), "block": math.sqrt(2 * (block + 1))}[division] if end else 1
            t[n] = (law(*value.shape) / np.float32(by)).astype(np.float32)
    return t


def llama4(r):
    """LLaMA's names with inner widths of 4d, where sqrt(d/4d) is 1/sqrt(2(l+1)) in the second block."""
    t = llama(r)
    for n in list(t):
        if "mlp." in n:
            t[n] = r.normal(*((256, 64) if "down" not in n else (64, 256)))
    return t


FAMILIES = {
    "gpt2": gpt2, "llama": llama, "llama_depth": lambda r: llama(r, scaled="depth"), "torchtitan": torchtitan, "bert": bert, "t5": t5,
    "vit": vit, "convnext": convnext, "resnet": resnet, "resnet_zero_gamma": lambda r: resnet(r, zero_gamma=True), "mamba": mamba,
    "mamba2": mamba2, "mixtral": mixtral, "mixtral_fused": lambda r: mixtral(r, fused=True), "encoder": encoder, "lstm": lstm,
    "llama_bf16": lambda r: {k: bf16(v) for k, v in llama(r).items()}, "gemma": lambda r: llama(r, gain=0.0),
    "llama_006": lambda r: llama(r, std=0.006), "llama_tied": lambda r: llama(r, tied=True), "keras": keras,
    # Names of a family, another law throughout.
    "llama_4d_torch": lambda r: redrawn(llama4(r), r.torch), "llama_4d_glorot": lambda r: redrawn(llama4(r), r.xavier, "depth"),
    "llama_4d_lecun": lambda r: redrawn(llama4(r), lambda o, i: r.normal(o, i, std=i ** -0.5), "block"),
    "bert_glorot": lambda r: redrawn(bert(r), r.xavier), "bert_he": lambda r: redrawn(bert(r), lambda o, i: r.normal(o, i, std=math.sqrt(2 / i))),
    "vit_single": lambda r: redrawn(vit(r), lambda o, i: r.normal(o, i, std=0.01)),
    "titan_glorot": lambda r: redrawn(torchtitan(r), lambda o, i: r.normal(o, i, std=math.sqrt(2 / (o + i)))),
}


def names(t, *words):
    return [n for n in t if all(w in n for w in words)]


def mistakes(seed):
    """Yields (name, tensors, names that must be found, rules of which one must be among the findings)."""
    r = Draw(seed)

    t = gpt2(r)
    for n in names(t, "c_proj.weight"):
        t[n] = r.normal(*t[n].shape)
    yield "gpt2_no_scaling", t, names(t, "c_proj.weight"), ["residual-scaling"]
    t = gpt2(r)
    for n in names(t, "attn.c_proj.weight"):
        t[n] = r.normal(*t[n].shape)
    yield "gpt2_half_scaling", t, names(t, "attn.c_proj.weight"), ["residual-scaling"]
    t = llama(r, scaled="depth")
    for n in names(t, "down_proj"):
        t[n] = r.normal(*t[n].shape)
    for n in names(t, "up_proj"):
        t[n] = r.normal(*t[n].shape, std=0.02 / math.sqrt(8))
    yield "llama_scaling_on_up", t, names(t, "up_proj") + names(t, "down_proj"), ["residual-scaling"]
    t = torchtitan(r)
    for i in range(4):
        t[f"layers.{i}.feed_forward.w2.weight"] = r.normal(64, 160)
    yield "torchtitan_w3_not_w2", t, names(t, ".w2.") + names(t, ".w3."), ["residual-scaling"]
    t = llama(r)
    for n in names(t, "k_proj"):
        t[n] = r.torch(*t[n].shape)
    yield "llama_default_k", t, names(t, "k_proj"), ["library-default"]
    t = bert(r)
    for n in names(t, "intermediate.dense.weight"):
        t[n] = r.torch(*t[n].shape)
    for n in names(t, "intermediate.dense.bias"):
        t[n] = r.uniform(*t[n].shape, bound=1 / 8)
    yield "bert_default_intermediate", t, names(t, "intermediate.dense"), ["library-default"]
    t = resnet(r)
    for n in names(t, "layer2", "conv"):
        t[n] = r.torch(*t[n].shape)
    yield "resnet_default_layer2", t, names(t, "layer2", "conv"), ["library-default"]
    t = resnet(r, mode="fan_in")
    yield "resnet_fan_in", t, ["layer2.0.conv1.weight", "layer3.0.conv1.weight"], ["wrong-fan", "scheme-deviation"]
    t = llama(r)
    for n in names(t, "mlp.") :
        t[n] = r.normal(*t[n].shape, std=math.sqrt(0.02))
    yield "llama_mlp_sqrt", t, names(t, "mlp."), ["deviation-as-variance"]
    t = llama(r, std=math.sqrt(0.02))
    yield "llama_all_sqrt", t, names(t, "q_proj"), ["deviation-as-variance"]
    t = t5(r)
    for n in names(t, "DenseReluDense.wi"):
        t[n] = r.normal(*t[n].shape, std=1 / 64)
    yield "t5_wi_variance", t, names(t, "DenseReluDense.wi"), ["deviation-as-variance", "wrong-fan"]
    t = t5(r)
    for n in names(t, "Attention.q.weight"):
        t[n] = r.normal(*t[n].shape, std=1 / 8)
    yield "t5_q_unscaled", t, names(t, "Attention.q.weight"), ["scheme-deviation", "wrong-fan"]
    t = vit(r)
    for n in names(t, "gamma"):
        t[n] = ones(64)
    yield "vit_layer_scale_one", t, names(t, "gamma"), ["layer-scale"]
    t = convnext(r)
    for n in names(t, "gamma"):
        t[n] = ones(*t[n].shape)
    yield "convnext_gamma_one", t, names(t, "gamma"), ["layer-scale"]
    t = mixtral(r)
    for e in range(1, 4):
        for i in range(2):
            for w in ("w1", "w2", "w3"):
                t[f"model.layers.{i}.block_sparse_moe.experts.{e}.{w}.weight"] = t[f"model.layers.{i}.block_sparse_moe.experts.0.{w}.weight"].copy()
    yield "mixtral_equal_experts", t, names(t, "experts"), ["equal-tensors"]
    t = mixtral(r, fused=True)
    for n in names(t, "experts"):
        t[n] = np.repeat(t[n][:1], 4, 0)
    yield "mixtral_fused_equal_experts", t, names(t, "experts"), ["equal-parts"]
    t = mixtral(r, fused=True)
    for n in names(t, "experts"):
        s = t[n].shape
        t[n] = r.uniform(*s, bound=1 / math.sqrt(s[1] * s[2]))
    yield "mixtral_fused_default_fan", t, names(t, "experts"), ["wrong-fan"]
    t = mixtral(r, fused=True)
    for n in names(t, "experts"):
        s = t[n].shape
        t[n] = r.normal(*s, std=math.sqrt(2 / (s[1] * s[2])))
    yield "mixtral_fused_kaiming_fan", t, names(t, "experts"), ["wrong-fan"]
    t = llama(r)
    for n in names(t, "layers.2.", "proj"):
        t[n] = (t[n.replace("layers.2.", "layers.0.")] * np.float32(0.5)).astype(np.float32)
    yield "llama_proportional", t, names(t, "layers.2.", "proj"), ["equal-tensors"]
    t = llama(r)
    for n in names(t, "q_proj"):
        t[n] = np.concatenate([t[n][:32], t[n][:32]])
    yield "llama_equal_shards_rows", t, names(t, "q_proj"), ["equal-parts"]
    t = llama(r)
    for n in names(t, "down_proj"):
        t[n] = np.concatenate([t[n][:, :48]] * 2, 1)
    yield "llama_equal_shards_columns", t, names(t, "down_proj"), ["equal-parts"]
    t = llama(r)
    n = "model.layers.1.mlp.gate_proj.weight"
    t[n] = np.where(np.arange(96)[:, None] < 48, t[n], 0).astype(np.float32)
    yield "llama_half_filled", t, [n], ["zero-tensor"]
    t = llama(r)
    t["model.layers.1.self_attn.q_proj.weight"] *= 0
    yield "llama_zero_q", t, ["model.layers.1.self_attn.q_proj.weight"], ["zero-tensor"]
    t = llama(r)
    t["model.layers.3.self_attn.v_proj.weight"] *= np.float32(3)
    yield "llama_outlier", t, ["model.layers.3.self_attn.v_proj.weight"], ["outlier-tensor"]
    t = llama(r)
    for n in names(t, "up_proj"):
        t[n] = t[n] + np.float32(0.01)
    yield "llama_shifted", t, names(t, "up_proj"), ["shifted-mean"]
    t = llama(r)
    for n in names(t, "norm.weight"):
        t[n] = r.normal(*t[n].shape)
    yield "llama_drawn_gains", t, names(t, "norm.weight"), ["norm-gain"]
    t = bert(r)
    for n in names(t, "LayerNorm.weight"):
        t[n] = r.normal(*t[n].shape)
    yield "bert_drawn_gains", t, names(t, "LayerNorm.weight"), ["norm-gain"]
    t = llama(r)
    for n in names(t, "gate_proj"):
        x = r.normal(*t[n].shape, std=0.02)
        x[r.rng.random(x.shape) < 0.004] = -2
        t[n] = x
    yield "llama_mass_at_bound", t, names(t, "gate_proj"), ["mass-at-bounds"]
    t = mamba(r)
    for n in names(t, "A_log") + names(t, "dt_proj.bias"):
        t[n] = r.normal(*t[n].shape)
    yield "mamba_overwritten", t, names(t, "A_log") + names(t, "dt_proj.bias"), ["state-space"]
    t = mamba2(r)
    for n in names(t, "A_log") + names(t, "dt_bias"):
        t[n] = r.normal(*t[n].shape)
    yield "mamba2_overwritten", t, names(t, "A_log") + names(t, "dt_bias"), ["state-space"]
    t = mamba(r)
    for n in names(t, "dt_proj.weight"):
        t[n] = r.normal(*t[n].shape)
    yield "mamba_dt_weight", t, names(t, "dt_proj.weight"), ["scheme-deviation", "overwritten-tensor"]
    t = mamba2(r)
    for n in names(t, "mixer.D"):
        t[n] = r.normal(*t[n].shape)
    yield "mamba2_skip", t, names(t, "mixer.D"), ["state-space"]
    t = encoder(r)
    for n in names(t, "layers.1."):
        t[n] = t[n.replace("layers.1.", "layers.0.")].copy()
    yield "encoder_cloned", t, names(t, "layers.1.", "linear1.weight"), ["equal-tensors"]
    t = gpt2(r)
    for n in names(t, "c_fc.bias"):
        t[n] = r.normal(*t[n].shape)
    yield "gpt2_drawn_bias", t, names(t, "c_fc.bias"), ["overwritten-tensor"]
    t = resnet(r, zero_gamma=True)
    for n in names(t, "layer2", "bn1.weight"):
        t[n] *= 0
    yield "resnet_zero_first_norm", t, names(t, "layer2", "bn1.weight"), ["norm-gain", "scheme-deviation"]
    t = resnet(r)
    for n in names(t, "running_var"):
        t[n] *= 0
    yield "resnet_erased_variance", t, names(t, "running_var"), ["buffers"]
    t = llama(r)
    t["model.layers.0.self_attn.v_proj.weight"] = np.full((32, 64), 0.02, np.float32)
    yield "llama_constant", t, ["model.layers.0.self_attn.v_proj.weight"], ["constant-tensor"]
    t = {}
    for i, (a, b) in enumerate(((96, 48), (48, 24), (24, 3))):
        t[f"decoder.{i}.conv_transpose.weight"] = r.normal(a, b, 4, 4, std=math.sqrt(2 / (b * 16)))
        t[f"decoder.{i}.conv_transpose.bias"] = zeros(b)
        t[f"decoder.{i}.conv.weight"] = r.normal(b, b, 3, 3, std=math.sqrt(2 / (b * 9)))
        t[f"decoder.{i}.conv.bias"] = zeros(b)
    yield "transposed_fan", t, names(t, "conv_transpose.weight"), ["wrong-fan"]
    t = vit(r)
    for n in names(t, "attn.qkv.weight"):
        t[n] = r.uniform(192, 64, bound=math.sqrt(6 / 256))
    yield "vit_fused_xavier", t, names(t, "attn.qkv.weight"), ["scheme-deviation", "wrong-fan"]
    t = llama(r)
    t["model.layers.1.mlp.up_proj.weight"] = np.abs(r.uniform(96, 64, bound=0.1))
    yield "llama_rand_for_randn", t, ["model.layers.1.mlp.up_proj.weight"], ["shifted-mean"]
    t = redrawn(bert(r), lambda o, i: r.normal(o, i, std=math.sqrt(2 / (o + i))))
    for n in names(t, "intermediate.dense.weight"):
        t[n] = r.torch(*t[n].shape)
    yield "bert_glorot_default_left", t, names(t, "intermediate.dense.weight"), ["library-default"]
    t = redrawn(llama4(r), lambda o, i: r.normal(o, i, std=1))
    yield "llama_all_one", t, names(t, "q_proj") + names(t, "down_proj"), ["unscaled-weights"]
    t = {"0.weight": r.uniform(256, 784, bound=1 / 16), "0.bias": r.uniform(256, bound=1 / 28)}
    t["2.weight"], t["2.bias"] = r.torch(10, 256), r.uniform(10, bound=1 / 16)
    yield "linear_other_fan", t, ["0.weight"], ["wrong-fan"]
    t = gpt2(r)
    for n in names(t, "ln_", ".weight"):
        t[n] = 0 * t[n]
    yield "gpt2_zero_gains", t, names(t, "ln_", ".weight"), ["norm-gain"]
    t = {}
    for i, (a, b) in enumerate(((64, 96), (96, 80), (80, 48), (48, 10))):
        t[f"dense_{i + 1}/kernel"] = r.uniform(a, b, bound=math.sqrt(6 / (a + b)))
        t[f"dense_{i + 1}/bias"] = zeros(b)
    t["dense_3/kernel"] = r.normal(80, 48, std=1)
    yield "keras_unscaled", t, ["dense_3/kernel"], ["unscaled-weights"]
    t = {f"body.{i}.weight": r.normal(96, 96, std=5) for i in range(6)}
    yield "own_all_five", t, list(t), ["unscaled-weights"]
    t = llama(r)
    t["lm_head.weight"] = np.concatenate([r.normal(160, 64), r.normal(39, 64, std=1)])
    yield "llama_added_rows", t, ["lm_head.weight"], ["uneven-rows"]
    t = gpt2(r)
    for n in names(t, "c_attn.weight"):
        t[n][:, 64:128] = t[n][:, :64]
    yield "gpt2_key_is_query", t, names(t, "c_attn.weight"), ["equal-parts"]


def main():
    if sys.argv[1] == "clean":
        directory, count, seed = sys.argv[2], int(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else 0
        os.makedirs(directory, exist_ok=True)
        for place, (name, make) in enumerate(FAMILIES.items()):
            for index in range(count):
                save(f"{directory}/{name}-{index:04}.safetensors", make(Draw([seed, place, index])))
    else:
        directory, seed = sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0
        os.makedirs(directory, exist_ok=True)
        expected = {}
        for name, tensors, wrong, rules in mistakes(seed):
            save(f"{directory}/{name}.safetensors", tensors)
            expected[name] = {"tensors": wrong, "rules": rules}
        with open(f"{directory}/expect.json", "w") as file:
            json.dump(expected, file, indent=1)


if __name__ == "__main__":
    main()
