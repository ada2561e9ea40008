"""Writes ../scattered*.onnx, ../scattered*.npz and ../scattered.json: a model whose samples lie inside other axes.

PyTorch's attention turns samples and steps around, one linear layer reads the tokens of all samples in one axis, and the
exported recurrent layer has steps first. scattered_square.onnx has as many steps as samples, so that extents tell nothing.
scattered.json has, from float64: the extents of one sample and the mean cosine over pairs of samples of each layer's
pre-activation, and of the recurrent layer's states. Made with torch 2.15.0, onnx 1.23.2, numpy 2: python scattered.py.
"""
import json
import os

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

SIZES = {"scattered": (4, 6), "scattered_square": (5, 5)}
folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")


class Scattered(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(3, 8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.flat = nn.Linear(8, 6)
        self.lstm = nn.LSTM(6, 4, batch_first=True)
        self.out = nn.Linear(4, 3)

    def forward(self, x):
        self.seen = {}
        h = self.keep("embed", self.embed(x))
        h = torch.tanh(h)
        self.keep("attention.in_proj", F.linear(h, self.attention.in_proj_weight, self.attention.in_proj_bias))
        h = h + self.keep("attention.out_proj", self.attention(h, h, h, need_weights=False)[0])
        f = self.flat(h.reshape(-1, 8))
        self.keep("flat", f.reshape(x.shape[0], x.shape[1], 6))
        states, _ = self.lstm(torch.relu(f).reshape(x.shape[0], x.shape[1], 6))
        self.keep("lstm", states)
        return self.keep("out", self.out(states[:, -1]))

    def keep(self, name, value):
        self.seen[name] = value
        return value


def cosine(x):
    unit = F.normalize(x.detach().flatten(1), dim=1)
    total = (unit @ unit.T).sum() - len(unit)
    return (total / (len(unit) * (len(unit) - 1))).item()


found = {}
for name, (batch, steps) in SIZES.items():
    torch.manual_seed(3)
    model, x = Scattered(), torch.randn(batch, steps, 3)
    path = os.path.join(folder, f"{name}.onnx")
    program = torch.onnx.export(model, (x,), dynamo=True, optimize=False)
    for node in program.model.graph:
        node.metadata_props.pop("pkg.torch.onnx.stack_trace", None)
    program.save(path)
    np.savez(os.path.join(folder, f"{name}.npz"), x=x.numpy())
    model.double()(x.double())
    found[name] = {k: {"extents": list(v.shape[1:]), "cosine": cosine(v)} for k, v in model.seen.items()}
with open(os.path.join(folder, "scattered.json"), "w") as target:
    json.dump(found, target, indent=1)
