"""Writes ../segmentation.onnx, .npz and .json: a class for each place of an image, as PyTorch's cross_entropy takes it.

The output is samples x classes x height x width. segmentation.json has the loss of the given labels and the mean squares
of the gradients of the mean loss, in float64. Made with torch 2.15.0: python segmentation.py
"""
import json
import os

import numpy
import torch
from torch import nn

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
torch.manual_seed(0)
model = nn.Sequential(nn.Conv2d(3, 5, 3, padding=1), nn.ReLU(), nn.Conv2d(5, 4, 1))
x, labels = torch.randn(4, 3, 6, 8), torch.randint(0, 4, (4, 6, 8))
program = torch.onnx.export(model, (x,), dynamo=True, optimize=False, verbose=False, input_names=["x"])
for node in program.model.graph:
    node.metadata_props.pop("pkg.torch.onnx.stack_trace", None)
program.save(os.path.join(folder, "segmentation.onnx"))
numpy.savez(os.path.join(folder, "segmentation.npz"), x=x.numpy(), labels=labels.numpy())
exact = model.double()
loss = nn.functional.cross_entropy(exact(x.double()), labels)
loss.backward()
with open(os.path.join(folder, "segmentation.json"), "w") as file:
    gradients = {name: (value.grad**2).mean().item() for name, value in exact.named_parameters()}
    json.dump({"loss": loss.item(), "gradients": gradients}, file, indent=1)
