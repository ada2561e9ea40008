"""Writes ../mobilenet_v3/rounding.json: how far rounding alone moves the gradients of mobilenet_v3 in training mode.

For each parameter the largest relative difference, over 12 runs in float32, between the second moment of PyTorch's gradient in
float32 and in float64. Each run multiplies all parameters by 1 + d, d uniform within 6e-8: the last bit of a float. One input
of a ReLU in the first block lies so near 0 that the last bit decides its sign in some runs, which moves 22 of 131 second
moments by up to 1.5%; float64 under the same change moves none by more than 1e-5.

Made with torch 2.15.0 and torchvision's mobilenet_v3_small at width 0.25 (models.py): python rounding.py
"""
import copy
import gzip
import json
import os

import numpy
import onnx
import torch
from onnx import numpy_helper

import models

torch.set_num_threads(1)
folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "mobilenet_v3")
with gzip.open(os.path.join(folder, "noopt.onnx.gz")) as file:
    stored = onnx.load_model_from_string(file.read())
weights = {each.name: torch.tensor(numpy_helper.to_array(each)) for each in stored.graph.initializer}
model = models.mobilenet_v3().model
model.load_state_dict({name: weights[name] for name in model.state_dict() if name in weights}, strict=False)
arrays = numpy.load(os.path.join(folder, "inputs.npz"))
x, cotangent = torch.tensor(arrays["x"]), torch.tensor(arrays["cotangent"])


def moments(kind, size=0.0, seed=0):
    each, generator = copy.deepcopy(model).to(kind).train(), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for value in each.parameters():
            draw = torch.rand(value.shape, generator=generator, dtype=torch.float64) * 2 - 1
            value.mul_((1 + size * draw).to(kind))
    (each(x.to(kind)) * cotangent.to(kind)).sum().backward()
    return {name: (value.grad.double() ** 2).mean().item() for name, value in each.named_parameters()}


exact = moments(torch.float64)
largest = max(exact.values())
worst = {name: 0.0 for name, value in exact.items() if value > 1e-20 * largest}  # Others are zero but for rounding.
for seed in range(12):
    for name, value in moments(torch.float32, 6e-8, seed).items():
        if name in worst:
            worst[name] = max(worst[name], abs(value - exact[name]) / exact[name])
with open(os.path.join(folder, "rounding.json"), "w") as file:
    json.dump({name: float(f"{value:.2e}") for name, value in worst.items()}, file, indent=0)
