"""Writes ../shaped: models whose weights an export or the model itself shapes before a layer reads them.

NAME.onnx, NAME.npz (the inputs and the gradient of the output) and reference.json: for every parameter its shape, what it is
to the model, the second moment of its gradient in float64, and its names in other places of the model.

weight_norm, spectral_norm   torch.nn.utils.parametrizations
cross_attention              torch.nn.MultiheadAttention, whose in_proj_weight is cut up
experts                      matrices of several experts in one tensor, read by an einsum
unfed                        a linear layer of a learned query, which no data reach
slopes, slopes_default       PReLU; the optimized export gives the slopes further axes
shared_default, tied_default a linear layer that is called three times, and a matrix that is embedding and output layer: the
                             optimized export stores a transposed copy per use
shared_legacy                a module that is called twice, by the exporter of TorchScript
standardized                 convolutions whose kernels are standardized by F.batch_norm, with gains (timm's StdConv2d)
per_head                     RMS normalization over the features of each head

Made with torch 2.15.0, onnx 1.23.2: python shaped.py
"""
import json
import os

import numpy
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm, weight_norm


class Cross(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.attention = nn.Linear(8, 16), nn.MultiheadAttention(16, 2, batch_first=True)
        self.out = nn.Linear(16, 5)

    def forward(self, x):
        h = self.inner(x)
        return self.out(self.attention(h[:, :1], h, h, need_weights=False)[0].squeeze(1))


class Experts(nn.Module):
    def __init__(self):
        super().__init__()
        self.w, self.out = nn.Parameter(torch.randn(4, 8, 16)), nn.Linear(64, 5)

    def forward(self, x):
        return self.out(torch.einsum("bi,eio->beo", x, self.w).relu().flatten(1))


class StandardizedConv(nn.Conv2d):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.gain = nn.Parameter(torch.full((sizes[1], 1, 1, 1), 1.5))

    def forward(self, x):
        rows = self.weight.reshape(1, self.out_channels, -1)
        kernel = nn.functional.batch_norm(
            rows, None, None, weight=self.gain.view(-1), training=True, momentum=0.0).reshape_as(self.weight)
        return nn.functional.conv2d(x, kernel, self.bias)


def standardized():
    return nn.Sequential(
        StandardizedConv(3, 8, 3), nn.ReLU(), StandardizedConv(8, 6, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(6, 4))


class Unfed(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.out = nn.Parameter(torch.randn(5, 8)), nn.Linear(8, 8), nn.Linear(8, 5)

    def forward(self, x):
        return self.out((torch.softmax(self.key(self.query) @ x.transpose(1, 2), -1) @ x).mean(1))


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.out = nn.Linear(40, 40), nn.Linear(40, 4)

    def forward(self, x):
        for _ in range(3):
            x = torch.tanh(self.inner(x))
        return self.out(x)


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.inner, self.head = nn.Embedding(70, 20), nn.Linear(20, 20), nn.Linear(20, 70, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, x):
        return self.head(torch.tanh(self.inner(self.embedding(x))))


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.f, self.head = nn.Sequential(nn.Linear(8, 16), nn.Tanh()), nn.Linear(16, 3)

    def forward(self, a, b):
        return self.head(self.f(a) - self.f(b))


class PerHead(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.gain, self.out = nn.Linear(8, 16), nn.Parameter(torch.ones(8)), nn.Linear(16, 4)

    def forward(self, x):
        h = self.inner(x).view(-1, 6, 2, 8)
        h = self.gain * (h * torch.rsqrt(h.pow(2).mean(-1, keepdim=True) + 1e-6))
        return self.out(h.flatten(2)).mean(1)


def slopes():
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.PReLU(8), nn.Flatten(), nn.Linear(8 * 36, 4))


def role(name):
    leaf = name.split(".")[-1]
    if leaf in ("gain", "original0") or name == "1.weight":
        return "gain"
    return "bias" if "bias" in leaf else "weight"


folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "shaped")
os.makedirs(folder, exist_ok=True)
torch.manual_seed(1)
vectors, steps = torch.randn(16, 8), torch.randn(16, 6, 8)
cases = {
    "weight_norm": (lambda: nn.Sequential(weight_norm(nn.Linear(8, 12)), nn.ReLU(), weight_norm(nn.Linear(12, 5))), (vectors,)),
    "spectral_norm": (lambda: nn.Sequential(spectral_norm(nn.Linear(8, 12)), nn.ReLU(), nn.Linear(12, 5)), (vectors,)),
    "cross_attention": (Cross, (steps,)),
    "experts": (Experts, (vectors,)),
    "unfed": (Unfed, (steps,)),
    "slopes": (slopes, (torch.randn(4, 3, 8, 8),)),
    "slopes_default": (slopes, (torch.randn(4, 3, 8, 8),)),
    "shared_default": (Shared, (torch.randn(3, 4, 40),)),
    "tied_default": (Tied, (torch.randint(0, 70, (4, 6)),)),
    "shared_legacy": (Twice, (torch.randn(16, 8), torch.randn(16, 8))),
    "per_head": (PerHead, (steps,)),
    "standardized": (standardized, (torch.randn(4, 3, 8, 8),)),
}
reference = {}
for name, (make, inputs) in cases.items():
    torch.manual_seed(0)
    model, path = make().train(), os.path.join(folder, f"{name}.onnx")
    names = [f"x{i}" for i in range(len(inputs))]
    if name == "spectral_norm":
        model.eval()  # In training each pass takes another step towards the largest singular value.
    if name.endswith("legacy"):
        torch.onnx.export(model, inputs, path, dynamo=False, input_names=names)
    else:
        program = torch.onnx.export(model, inputs, dynamo=True, optimize=name.endswith("default"), input_names=names)
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
        entries[key] = {
            "shape": list(value.shape), "role": role(key), "gradient": (value.grad**2).mean().item(), "aliases": []}
    reference[name] = entries
with open(os.path.join(folder, "reference.json"), "w") as file:
    json.dump(reference, file, indent=1)
