"""Writes ../layouts.onnx, a model whose layers have their units on different axes, its input, and what PyTorch has for them.

A convolution over positions (batch, channels, positions), a batch normalization of it, a linear layer over the last axis of
(batch, height, width, channels), and a linear output. Made with torch 2.15.0, onnx 1.23.2, numpy 2; run it in a folder of its
own: python layouts.py.
"""
import json
import os
import sys

import numpy as np
import torch
from torch import nn


class Layouts(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 6, 5, padding=2)
        self.norm = nn.BatchNorm1d(6)
        self.mix = nn.Linear(6, 7)
        self.out = nn.Linear(7, 4)

    def forward(self, x):
        h = torch.relu(self.norm(self.conv(x)))
        h = h.reshape(h.shape[0], 6, 4, 5).permute(0, 2, 3, 1)
        h = torch.tanh(self.mix(h))
        return self.out(h.mean((1, 2)))


folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
torch.manual_seed(7)
model = Layouts().train()
with torch.no_grad():
    # Channels of different size and mean, so that a mistaken axis shows.
    model.conv.weight *= torch.linspace(0.5, 3, 6)[:, None, None]
    model.mix.weight *= torch.linspace(0.5, 3, 7)[:, None]
    model.mix.bias += torch.linspace(-1, 1, 7)
x = torch.randn(16, 3, 20)
path = os.path.join(folder, "layouts.onnx")
program = torch.onnx.export(model, (x,), dynamo=True, optimize=False)
for node in program.model.graph:
    # Lines of the program that made the file are of no use to a test.
    node.metadata_props.pop("pkg.torch.onnx.stack_trace", None)
program.save(path)
np.savez(os.path.join(folder, "layouts.npz"), x=x.numpy())

found = {}
double = Layouts().double().train()
double.load_state_dict({k: v.double() if v.is_floating_point() else v for k, v in model.state_dict().items()})


def keep(name, axis):
    def hook(module, inputs, output):
        units = output.detach().movedim(axis, 0).reshape(output.shape[axis], -1)
        found[name] = {"mean": units.mean(1).tolist(), "variance": units.var(1, unbiased=False).tolist()}

    return hook


for name, axis in (("conv", 1), ("norm", 1), ("mix", -1)):
    getattr(double, name).register_forward_hook(keep(name, axis))
double(x.double())
found["versions"] = {"torch": torch.__version__, "numpy": np.__version__, "python": sys.version.split()[0]}
with open(os.path.join(folder, "layouts.json"), "w") as file:
    json.dump(found, file, indent=1)
