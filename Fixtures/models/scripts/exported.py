"""Writes ../exported: what exporters do to a model's tensors, and which names and gradients they have nevertheless.

NAME_legacy.onnx is by the exporter of TorchScript, NAME_default.onnx by that of torch.export with its optimizations,
NAME_kept.onnx without them. NAME.npz has the inputs and the gradient of the output, reference.json for every parameter its
shape, the second moment of its gradient in float64, and its names in other places of the model.

cells         LSTMCell, GRUCell and RNNCell called step by step: one bias, read by every call
tied          a random bias and a normalization that two layers share, and a normalization whose zeros are merged
autoencoder   matrices that the decoder reads transposed, beside biases of zeros that an export drops
dictionaries  blocks that are dictionaries of modules, whose names the old exporter's paths lack
translator    nn.Transformer with embedding and output tied: packed biases of zeros, cut up for the cross attention
groups        instance and group normalizations with merged gains, whose vectors get further axes
normalized    batch normalizations that the old exporter folds into convolutions
shifted       factors between tokens and biases of experts, which no product reads
upsampled     transposed convolutions with strides
computed      weights that the model computes of its parameters, which an optimized export does beforehand
bare          normalizations without gain and shift, for which an optimized export takes those of others
root          parameters of the model itself, which an old export reads as they are, and a mask

Made with torch 2.15.0, onnx 1.23.2: python exported.py
"""
import json
import os

import numpy
import torch
from torch import nn


class Cells(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.gru, self.plain = nn.LSTMCell(4, 6), nn.GRUCell(6, 5), nn.RNNCell(5, 5)
        self.out = nn.Linear(5, 3)

    def forward(self, x):
        h, c, g, p = x.new_full((x.shape[0], 6), 0.1), x.new_full((x.shape[0], 6), 0.1), None, None
        for step in range(3):
            h, c = self.lstm(x[:, step], (h, c))
            g = self.gru(h, g)
            p = self.plain(g, p)
        return self.out(p)


class TiedBias(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(6, 8), nn.Linear(8, 8), nn.Linear(8, 8)
        self.na, self.nb, self.nc = nn.LayerNorm(8), nn.LayerNorm(8), nn.LayerNorm(8)
        self.b.bias, self.c.weight, self.nb.weight = self.a.bias, self.b.weight, self.na.weight
        self.out = nn.Linear(8, 3)

    def forward(self, x):
        x = torch.tanh(self.nb(self.b(torch.relu(self.na(self.a(x))))))
        return self.out(self.nc(self.c(x)))


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.e1, self.e2 = nn.Linear(10, 6), nn.Linear(6, 4)
        self.b1, self.b2 = nn.Parameter(torch.zeros(6)), nn.Parameter(torch.zeros(10))

    def forward(self, x):
        h = torch.tanh(self.e2(torch.tanh(self.e1(x))))
        h = torch.tanh(nn.functional.linear(h, self.e2.weight.t(), self.b1))
        return nn.functional.linear(h, self.e1.weight.t(), self.b2)


class Mixing(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k = nn.Linear(8, 8, bias=False), nn.Linear(8, 8, bias=False)
        self.o = nn.Linear(8, 8)

    def forward(self, x):
        return self.o(torch.tanh(self.q(x)) * self.k(x))


class Dictionaries(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(5, 8)
        self.blocks = nn.ModuleList(
            nn.ModuleDict({"norm": nn.LayerNorm(8), "mix": Mixing(), "up": nn.Linear(8, 12), "down": nn.Linear(12, 8)})
            for _ in range(2))
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        x = self.inner(x)
        for block in self.blocks:
            x = x + block["down"](torch.relu(block["up"](block["mix"](block["norm"](x)))))
        return self.head(x.mean(1))


class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.e, self.out = nn.Embedding(11, 8), nn.Linear(8, 11, bias=False)
        self.t = nn.Transformer(8, 2, 2, 2, 12, dropout=0.0, batch_first=True, norm_first=True)
        self.out.weight = self.e.weight

    def forward(self, src, tgt):
        return self.out(self.t(self.e(src), self.e(tgt)))


def groups():
    def part(inputs, outputs):
        return [
            nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.InstanceNorm2d(outputs, affine=True), nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1), nn.GroupNorm(2, outputs), nn.SiLU()]
    return nn.Sequential(*part(3, 4), *part(4, 4), nn.Conv2d(4, 2, 1))


def normalized():
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, 3, bias=False), nn.BatchNorm2d(4),
        nn.ReLU(), nn.Flatten(), nn.Linear(64, 3))


class Shifted(nn.Module):
    def __init__(self):
        super().__init__()
        self.mix, self.scale = nn.Parameter(torch.rand(2, 6)), nn.Parameter(torch.zeros(3, 1, 1))
        self.k, self.r = nn.Linear(6, 6, bias=False), nn.Linear(6, 6, bias=False)
        self.w1, self.b1 = nn.Parameter(torch.randn(3, 6, 5) / 3), nn.Parameter(torch.zeros(3, 1, 5))
        self.out = nn.Linear(5, 2)

    def forward(self, x):
        past = torch.roll(x, 1, 1)
        k = self.k(x * self.mix[0] + past * (1 - self.mix[0]))
        r = self.r(x * self.mix[1] + past * (1 - self.mix[1]))
        h = (torch.sigmoid(r) * k).mean(1)
        return self.out((torch.relu(h.unsqueeze(0) @ self.w1 + self.b1) * self.scale.clamp(max=2.0).exp()).mean(0))


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(8, 6))

    def forward(self, x):
        return nn.functional.linear(x, self.weight * 6**-0.5)


class Computed(nn.Module):
    """An equalized learning rate, a LoRA pair, a share that is used as s and as 1 - s, and a bilinear form."""

    def __init__(self):
        super().__init__()
        self.scaled, self.share = Scaled(), nn.Parameter(torch.rand(6))
        self.base, self.bias = nn.Parameter(torch.randn(8, 8) / 3), nn.Parameter(torch.randn(8))
        self.a, self.b = nn.Parameter(torch.randn(2, 8)), nn.Parameter(torch.randn(8, 2) / 3)
        self.form, self.out = nn.Bilinear(8, 8, 4), nn.Linear(4, 3)

    def forward(self, x):
        x = x * self.share + torch.roll(x, 1, 0) * (1 - self.share)
        x = torch.relu(self.scaled(x))
        y = torch.tanh(nn.functional.linear(x, self.base + self.b @ self.a, self.bias))
        return self.out(self.form(x, y))


class Bare(nn.Module):
    """Every kind of normalization without parameters, and one of each with them."""

    def __init__(self):
        super().__init__()
        self.c1, self.bare, self.c2 = nn.Conv2d(3, 8, 3, padding=1), nn.InstanceNorm2d(8), nn.Conv2d(8, 8, 3, padding=1)
        self.gn, self.a, self.ln = nn.GroupNorm(8, 8), nn.Linear(8, 8), nn.LayerNorm(8)
        self.bare_ln, self.b = nn.LayerNorm(8, elementwise_affine=False), nn.Linear(8, 8)
        self.bare_gn, self.out = nn.GroupNorm(2, 8, affine=False), nn.Linear(8, 5)

    def forward(self, x):
        x = torch.relu(self.gn(self.c2(torch.relu(self.bare(self.c1(x))))))
        x = torch.relu(self.bare_ln(self.a(self.ln(x.mean((2, 3))))))
        return self.out(torch.relu(self.bare_gn(self.b(x))))


class Root(nn.Module):
    def __init__(self):
        super().__init__()
        self.proj, self.down = nn.Parameter(torch.randn(8, 6) / 3), nn.Parameter(torch.randn(6, 4) / 3)
        self.register_buffer("m", torch.full((4, 4), -torch.inf).triu(1))

    def forward(self, x):
        x = torch.relu(x @ self.proj) @ self.down
        return torch.softmax(x @ x.transpose(1, 2) + self.m, -1) @ x


def upsampled():
    return nn.Sequential(
        nn.ConvTranspose2d(6, 4, 4, stride=2, padding=1), nn.ReLU(), nn.ConvTranspose2d(4, 4, 2, stride=2, groups=2),
        nn.ReLU(), nn.ConvTranspose2d(4, 2, 3, stride=(1, 2), padding=1))


folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "exported")
os.makedirs(folder, exist_ok=True)
torch.manual_seed(1)
tokens = (torch.randint(0, 11, (4, 5)), torch.randint(0, 11, (4, 6)))
cases = {
    "cells": (Cells, (torch.randn(8, 3, 4),), ["legacy"]),
    "tied": (TiedBias, (torch.randn(8, 6),), ["legacy"]),
    "autoencoder": (Autoencoder, (torch.randn(8, 10),), ["default", "legacy"]),
    "dictionaries": (Dictionaries, (torch.randn(8, 4, 5),), ["legacy"]),
    "translator": (Translator, tokens, ["default", "legacy"]),
    "groups": (groups, (torch.randn(4, 3, 6, 6),), ["default", "legacy"]),
    "normalized": (normalized, (torch.randn(4, 2, 8, 8),), ["legacy"]),
    "shifted": (Shifted, (torch.randn(8, 4, 6),), ["kept"]),
    "upsampled": (upsampled, (torch.randn(4, 6, 3, 3),), ["kept"]),
    "computed": (Computed, (torch.randn(8, 6),), ["default", "kept"]),
    "root": (Root, (torch.randn(4, 4, 8),), ["legacy"]),
    "bare": (Bare, (torch.randn(4, 3, 6, 6),), ["default", "kept"]),
}
reference = {}
for name, (make, inputs, exports) in cases.items():
    torch.manual_seed(0)
    model = make().train()
    names = [f"x{i}" for i in range(len(inputs))]
    for export in exports:
        path = os.path.join(folder, f"{name}_{export}.onnx")
        if export == "legacy":
            torch.onnx.export(model, inputs, path, dynamo=False, opset_version=17, input_names=names)
            continue
        program = torch.onnx.export(model, inputs, dynamo=True, optimize=export == "default", input_names=names)
        for node in program.model.graph:
            node.metadata_props.pop("pkg.torch.onnx.stack_trace", None)
        program.save(path)
    exact = model.double()
    given = [x.double() if x.is_floating_point() else x for x in inputs]
    output = exact(*given)
    cotangent = torch.randn(output.shape)
    (output * cotangent.double()).sum().backward()
    numpy.savez(
        os.path.join(folder, f"{name}.npz"), cotangent=cotangent.numpy(), **{n: x.numpy() for n, x in zip(names, inputs)})
    entries, seen = {}, {}
    for key, value in exact.named_parameters(remove_duplicate=False):
        if id(value) in seen:
            entries[seen[id(value)]]["aliases"].append(key)
            continue
        seen[id(value)] = key
        entries[key] = {"shape": list(value.shape), "gradient": (value.grad**2).mean().item(), "aliases": []}
    reference[name] = entries
with open(os.path.join(folder, "reference.json"), "w") as file:
    json.dump(reference, file, indent=1)
