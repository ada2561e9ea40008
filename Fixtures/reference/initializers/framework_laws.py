#!/usr/bin/env python3
"""What PyTorch and Keras draw, as their own code computes it: the oracle of the `torch.` and `keras.` dialects.

The frameworks' samplers are replaced by recorders, so that each initializer tells the bounds or deviation that it would
draw with, exactly; identity kernels are recorded entry by entry. Regenerate when a framework changes its initializers.

    pip install torch keras        (made with torch 2.15.0 and keras 3.15.1)
    KERAS_BACKEND=torch python3 framework_laws.py > framework_laws.json
"""
import json
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import torch
from keras.src import backend as keras_backend

SHAPES = [
    {"outputs": 20, "inputs": 25, "taps": [], "groups": 1},
    {"outputs": 25, "inputs": 20, "taps": [], "groups": 1},
    {"outputs": 3, "inputs": 4, "taps": [], "groups": 1},
    {"outputs": 4, "inputs": 3, "taps": [], "groups": 1},
    {"outputs": 20, "inputs": 2, "taps": [3, 4], "groups": 1},
    {"outputs": 2, "inputs": 3, "taps": [4, 5], "groups": 1},
    {"outputs": 4, "inputs": 4, "taps": [3, 3], "groups": 4},
    {"outputs": 32, "inputs": 32, "taps": [3, 3], "groups": 4},
    {"outputs": 8, "inputs": 4, "taps": [5], "groups": 2},
]

recorded = []


def record(law):
    recorded.clear()
    recorded.append(law)


# --- PyTorch


def torch_uniform(self, a=0, b=1, generator=None):
    record({"kind": "uniform", "low": a, "high": b})
    return self


def torch_normal(self, mean=0, std=1, generator=None):
    record({"kind": "normal", "mean": mean, "std": std})
    return self


def torch_truncated(tensor, mean, std, a, b, generator=None):
    record({"kind": "truncatedNormal", "mean": mean, "std": std, "low": a, "high": b})
    return tensor


init = torch.nn.init
TORCH = {
    "torch.linear_default": lambda w, shape: linear_default(w, shape, "weight"),
    "torch.kaiming_uniform": lambda w, _: init.kaiming_uniform_(w),
    "torch.kaiming_uniform(a=0.2)": lambda w, _: init.kaiming_uniform_(w, a=0.2),
    "torch.kaiming_uniform(mode=fan_out,nonlinearity=tanh)": lambda w, _: init.kaiming_uniform_(
        w, mode="fan_out", nonlinearity="tanh"),
    "torch.kaiming_normal": lambda w, _: init.kaiming_normal_(w),
    "torch.kaiming_normal(a=10)": lambda w, _: init.kaiming_normal_(w, a=10),
    "torch.kaiming_normal(mode=fan_out,nonlinearity=relu)": lambda w, _: init.kaiming_normal_(
        w, mode="fan_out", nonlinearity="relu"),
    "torch.kaiming_normal(nonlinearity=selu)": lambda w, _: init.kaiming_normal_(w, nonlinearity="selu"),
    "torch.xavier_uniform": lambda w, _: init.xavier_uniform_(w),
    "torch.xavier_uniform(gain=1.5)": lambda w, _: init.xavier_uniform_(w, gain=1.5),
    "torch.xavier_normal": lambda w, _: init.xavier_normal_(w),
    "torch.xavier_normal(gain=0.5)": lambda w, _: init.xavier_normal_(w, gain=0.5),
    "torch.uniform": lambda w, _: init.uniform_(w),
    "torch.uniform(a=-1,b=3)": lambda w, _: init.uniform_(w, -1, 3),
    "torch.normal": lambda w, _: init.normal_(w),
    "torch.normal(mean=0.5,std=0.1)": lambda w, _: init.normal_(w, 0.5, 0.1),
    "torch.trunc_normal": lambda w, _: init.trunc_normal_(w),
    "torch.trunc_normal(std=0.02)": lambda w, _: init.trunc_normal_(w, std=0.02),
    "torch.trunc_normal(a=2,b=3)": lambda w, _: init.trunc_normal_(w, a=2, b=3),
}
TORCH_BIAS = {"torch.linear_bias": lambda w, shape: linear_default(w, shape, "bias")}
TORCH_EXACT = {
    "torch.eye": lambda w, _: init.eye_(w) if w.dim() == 2 else None,
    "torch.dirac": lambda w, shape: init.dirac_(w, shape["groups"]) if 3 <= w.dim() <= 5 else None,
    "torch.constant(0.25)": lambda w, _: init.constant_(w, 0.25),
    "torch.zeros": lambda w, _: init.zeros_(w),
    "torch.ones": lambda w, _: init.ones_(w),
}


def linear_default(_, shape, parameter):
    """A layer draws its weight, then its bias: the recorder keeps the last of them."""
    outputs, inputs, taps, groups = (shape[key] for key in ("outputs", "inputs", "taps", "groups"))
    bias = parameter == "bias"
    if not taps:
        torch.nn.Linear(inputs, outputs, bias=bias)
    else:
        kind = {1: torch.nn.Conv1d, 2: torch.nn.Conv2d}[len(taps)]
        kind(inputs, outputs, tuple(taps), groups=groups, bias=bias)


def torch_weight(shape):
    return torch.zeros(shape["outputs"], shape["inputs"] // shape["groups"], *shape["taps"])


# --- Keras


def keras_uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    record({"kind": "uniform", "low": minval, "high": maxval})


def keras_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    record({"kind": "normal", "mean": mean, "std": stddev})


def keras_truncated(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    # keras.random.truncated_normal cuts at two deviations of the uncut normal.
    record({"kind": "truncatedNormal", "mean": mean, "std": stddev, "low": mean - 2 * stddev, "high": mean + 2 * stddev})


k = keras.initializers
KERAS = {
    "keras.random_normal": k.RandomNormal(),
    "keras.random_normal(mean=1,stddev=2)": k.RandomNormal(1.0, 2.0),
    "keras.random_uniform": k.RandomUniform(),
    "keras.random_uniform(minval=0,maxval=2)": k.RandomUniform(0.0, 2.0),
    "keras.truncated_normal": k.TruncatedNormal(),
    "keras.truncated_normal(mean=1,stddev=0.5)": k.TruncatedNormal(1.0, 0.5),
    "keras.variance_scaling": k.VarianceScaling(),
    "keras.variance_scaling(scale=2,mode=fan_in,distribution=normal)": k.VarianceScaling(2.0, "fan_in", "normal"),
    "keras.variance_scaling(scale=2,mode=fan_out,distribution=untruncated_normal)": k.VarianceScaling(
        2.0, "fan_out", "untruncated_normal"),
    "keras.variance_scaling(scale=0.5,mode=fan_avg,distribution=uniform)": k.VarianceScaling(0.5, "fan_avg", "uniform"),
    "keras.glorot_normal": k.GlorotNormal(),
    "keras.glorot_uniform": k.GlorotUniform(),
    "keras.he_normal": k.HeNormal(),
    "keras.he_uniform": k.HeUniform(),
    "keras.lecun_normal": k.LecunNormal(),
    "keras.lecun_uniform": k.LecunUniform(),
}


def main():
    cases, exact = [], []
    uniform, normal = torch.Tensor.uniform_, torch.Tensor.normal_
    torch.Tensor.uniform_, torch.Tensor.normal_ = torch_uniform, torch_normal
    init._no_grad_trunc_normal_ = torch_truncated
    for table, bias in ((TORCH, False), (TORCH_BIAS, True)):
        for name, fill in table.items():
            for shape in SHAPES:
                recorded.clear()
                fill(torch_weight(shape), shape)
                cases.append({"initializer": name, "bias": bias, "shape": shape, "law": dict(recorded[0])})
    torch.Tensor.uniform_, torch.Tensor.normal_ = uniform, normal

    for name, fill in TORCH_EXACT.items():
        for shape in SHAPES:
            filled = fill(torch_weight(shape), shape)
            if filled is not None:
                exact.append({"initializer": name, "shape": shape, "weights": filled.flatten().tolist()})

    random = keras_backend.random
    random.uniform, random.normal, random.truncated_normal = keras_uniform, keras_normal, keras_truncated
    for name, initializer in KERAS.items():
        for shape in SHAPES:
            recorded.clear()
            initializer((*shape["taps"], shape["inputs"] // shape["groups"], shape["outputs"]))
            cases.append({"initializer": name, "bias": False, "shape": shape, "law": dict(recorded[0])})

    gains = [
        {"nonlinearity": name, "slope": slope, "gain": init.calculate_gain(name, slope)}
        for name in ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
                     "sigmoid", "tanh", "relu", "selu", "leaky_relu")
        for slope in ((None, 0.01, 10, 0.2) if name == "leaky_relu" else (None,))
    ]
    versions = {"torch": torch.__version__, "keras": keras.__version__, "python": sys.version.split()[0]}
    json.dump({"generator": "framework_laws.py", "versions": versions, "laws": cases, "exact": exact, "gains": gains},
              sys.stdout, separators=(",", ":"))
    print()


main()
