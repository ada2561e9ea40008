#!/usr/bin/env python3
"""What whole layers of PyTorch and Keras draw, tensor by tensor: the oracle of `torch.default`, `keras.default` and of the
dialects on tensors that the libraries store otherwise than InitScope.

The frameworks' samplers are replaced by recorders while a layer is built, so that each parameter tells the law that it would
be drawn from, exactly: bounds or deviation, or the shape of the matrix that is made orthogonal. A tensor that InitScope
stores apart (query, key and value of PyTorch's packed matrix) has the law of the whole.

    pip install torch keras        (made with torch 2.15.0 and keras 3.15.1)
    KERAS_BACKEND=torch python3 layer_defaults.py > layer_defaults.json

Entries of "before" are of Keras 3.14.0, whose compute_fans had no axes (pull request 22789): its formula, applied to the
shapes of the kernels.
"""
import json
import math
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import torch
from keras.src import backend as keras_backend

cases = []


def case(initializer, layer, tensor, law):
    cases.append({"initializer": initializer, "layer": layer, "tensor": tensor, "law": law})


# --- PyTorch: every sampling method writes down its law under the tensor that it fills.

drawn = {}


def torch_uniform(self, a=0, b=1, generator=None):
    drawn[self.data_ptr(), tuple(self.shape)] = {"kind": "uniform", "low": a, "high": b}
    return self


def torch_normal(self, mean=0, std=1, generator=None):
    drawn[self.data_ptr(), tuple(self.shape)] = {"kind": "normal", "mean": mean, "std": std}
    return self


def torch_zero(self):
    return self.fill_(0)


def torch_fill(self, value):
    drawn[self.data_ptr(), tuple(self.shape)] = {"kind": "constant", "value": value}
    return original_fill(self, value)


original_fill = torch.Tensor.fill_


def of(tensor):
    return drawn[tensor.data_ptr(), tuple(tensor.shape)]


def torch_defaults():
    name = "torch.default"
    layer = torch.nn.Linear(30, 20)
    case(name, "dense", "weight", of(layer.weight))
    case(name, "dense", "bias", of(layer.bias))
    layer = torch.nn.Conv2d(4, 8, 3, groups=2)
    case(name, "conv2d", "weight", of(layer.weight))
    case(name, "conv2d", "bias", of(layer.bias))
    layer = torch.nn.Conv1d(4, 8, 5)
    case(name, "conv1d", "weight", of(layer.weight))
    case(name, "conv1d", "bias", of(layer.bias))
    layer = torch.nn.Embedding(50, 8)
    case(name, "embedding", "weight", of(layer.weight))
    for kind, make in (("lstm", torch.nn.LSTM), ("gru", torch.nn.GRU), ("simple_rnn", torch.nn.RNN)):
        layer = make(10, 100)
        case(name, kind, "weight", of(layer.weight_ih_l0))
        case(name, kind, "recurrent", of(layer.weight_hh_l0))
        both = [of(layer.bias_ih_l0), of(layer.bias_hh_l0)]
        if kind == "gru":
            case(name, kind, "bias", both[0])
            case(name, kind, "recurrent_bias", both[1])
        else:
            # One vector stands for the sum of the two, which are drawn independently.
            case(name, kind, "bias", {"kind": "sum", "low": both[0]["low"] + both[1]["low"],
                                      "high": both[0]["high"] + both[1]["high"]})
    layer = torch.nn.MultiheadAttention(64, 4)
    for tensor in ("query", "key", "value"):
        case(name, "self_attention", tensor, of(layer.in_proj_weight))
        case(name, "self_attention", tensor + "_bias", of(layer.in_proj_bias))
    case(name, "self_attention", "output", of(layer.out_proj.weight))
    case(name, "self_attention", "output_bias", of(layer.out_proj.bias))
    for kind, layer in (("layer_norm", torch.nn.LayerNorm(8)), ("batch_norm", torch.nn.BatchNorm1d(8))):
        case(name, kind, "gain", of(layer.weight))
        case(name, kind, "shift", of(layer.bias))


def torch_functions():
    """nn.init's functions on the parameters of layers, as a loop over named_parameters() calls them."""
    init = torch.nn.init
    functions = {
        "torch.xavier_uniform": init.xavier_uniform_, "torch.xavier_normal": init.xavier_normal_,
        "torch.kaiming_normal": init.kaiming_normal_,
        "torch.kaiming_uniform(mode=fan_out)": lambda w: init.kaiming_uniform_(w, mode="fan_out"),
    }
    lstm, gru, attention = torch.nn.LSTM(10, 100), torch.nn.GRU(10, 100), torch.nn.MultiheadAttention(64, 4)
    embedding = torch.nn.Embedding(50, 8)
    parameters = [
        ("lstm", "weight", lstm.weight_ih_l0), ("lstm", "recurrent", lstm.weight_hh_l0),
        ("gru", "weight", gru.weight_ih_l0), ("gru", "recurrent", gru.weight_hh_l0),
        ("self_attention", "query", attention.in_proj_weight), ("self_attention", "output", attention.out_proj.weight),
        ("embedding", "weight", embedding.weight),
    ]
    for name, function in functions.items():
        for layer, tensor, parameter in parameters:
            function(parameter)
            case(name, layer, tensor, of(parameter))
    # Orthogonal: the shape of the matrix, and the moments that follow.
    for layer, tensor, parameter in parameters:
        rows, columns = parameter.shape
        case("torch.orthogonal", layer, tensor, {"kind": "orthogonal", "rows": rows, "columns": columns})


# --- Keras

last = {}


def keras_uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    last["law"] = {"kind": "uniform", "low": minval, "high": maxval}
    return torch.zeros(shape)


def keras_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    last["law"] = {"kind": "orthogonal", "rows": shape[0], "columns": shape[1]} if len(shape) == 2 else None
    return torch.eye(*shape)


def keras_truncated(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    last["law"] = {"kind": "truncatedNormal", "mean": mean, "std": stddev, "low": mean - 2 * stddev,
                   "high": mean + 2 * stddev}
    return torch.zeros(shape)


NAMES = {"kernel": "weight", "embeddings": "weight", "recurrent_kernel": "recurrent", "bias": "bias", "gamma": "gain",
         "beta": "shift"}


def keras_layer(initializer, layer, instance, *shapes):
    """Builds a layer and records the law of each of its parameters."""
    original = keras.layers.Layer.add_weight

    def add_weight(self, shape=None, initializer=None, dtype=None, name=None, **rest):
        made = keras.initializers.get(initializer) if initializer is not None else None
        last.clear()
        result = original(self, shape=shape, initializer=initializer, dtype=dtype, name=name, **rest)
        law = last.get("law")
        if law is None:
            value = keras.ops.convert_to_numpy(result.value if hasattr(result, "value") else result)
            law = {"kind": "constant", "value": float(value.ravel()[0])} if value.std() == 0 else {"kind": "mixed"}
        owner = getattr(self, "name", "")
        records.append((owner, name, tuple(shape or ()), law))
        return result

    records = []
    keras.layers.Layer.add_weight = add_weight
    try:
        instance.build(*shapes)
    finally:
        keras.layers.Layer.add_weight = original
    for owner, name, shape, law in records:
        tensor = NAMES.get(name)
        if tensor is None:
            continue
        if layer == "self_attention":
            part = {"attention_output": "output"}.get(owner, owner)
            tensor = part if tensor == "weight" else part + "_bias"
        if layer == "gru" and tensor == "bias":
            case(initializer, layer, "recurrent_bias", law)
        if tensor == "bias" and layer == "lstm":
            # Ones for the forget gate, which InitScope's layer adds itself: zeros beside it.
            law = {"kind": "constant", "value": 0.0}
        case(initializer, layer, tensor, law)


def keras_defaults():
    name = "keras.default"
    L = keras.layers
    keras_layer(name, "dense", L.Dense(20), (None, 30))
    keras_layer(name, "conv2d", L.Conv2D(8, 3, groups=2, data_format="channels_last"), (None, 9, 9, 4))
    keras_layer(name, "conv1d", L.Conv1D(8, 5, data_format="channels_last"), (None, 20, 4))
    keras_layer(name, "embedding", L.Embedding(50, 8), (None, 12))
    keras_layer(name, "lstm", L.LSTM(100), (None, 5, 10))
    keras_layer(name, "gru", L.GRU(100), (None, 5, 10))
    keras_layer(name, "simple_rnn", L.SimpleRNN(100), (None, 5, 10))
    keras_layer(name, "self_attention", L.MultiHeadAttention(4, 16), (None, 5, 64), (None, 5, 64))
    keras_layer(name, "layer_norm", L.LayerNormalization(), (None, 8))
    keras_layer(name, "batch_norm", L.BatchNormalization(), (None, 8))


def keras_functions():
    L, k = keras.layers, keras.initializers
    made = {
        "keras.glorot_uniform": k.GlorotUniform, "keras.he_normal": k.HeNormal, "keras.lecun_uniform": k.LecunUniform,
        "keras.variance_scaling(scale=2,mode=fan_out)": lambda: k.VarianceScaling(2.0, "fan_out"),
        "keras.orthogonal": k.Orthogonal,
    }
    for name, make in made.items():
        keras_layer(name, "lstm", L.LSTM(100, kernel_initializer=make(), recurrent_initializer=make(),
                                         use_bias=False), (None, 5, 10))
        keras_layer(name, "embedding", L.Embedding(50, 8, embeddings_initializer=make()), (None, 12))
        keras_layer(name, "self_attention", L.MultiHeadAttention(4, 16, kernel_initializer=make(), use_bias=False),
                    (None, 5, 64), (None, 5, 64))


def keras_before():
    """compute_fans of 3.14.0 on the kernels of MultiHeadAttention(4, 16) over 64 features."""

    def fans(shape):
        field = math.prod(shape[:-2])
        return shape[-2] * field, shape[-1] * field

    for tensor, shape in (("query", (64, 4, 16)), ("key", (64, 4, 16)), ("value", (64, 4, 16)), ("output", (4, 16, 64))):
        fan_in, fan_out = fans(shape)
        limit = math.sqrt(3 / ((fan_in + fan_out) / 2))
        for name in ("keras.default(version=3.14)", "keras.glorot_uniform(version=3.14.1)"):
            case(name, "self_attention", tensor, {"kind": "uniform", "low": -limit, "high": limit})
        deviation = math.sqrt(2 / fan_in) / 0.87962566103423978
        case("keras.he_normal(version=3.9)", "self_attention", tensor,
             {"kind": "truncatedNormal", "mean": 0.0, "std": deviation, "low": -2 * deviation, "high": 2 * deviation})


def main():
    uniform, normal = torch.Tensor.uniform_, torch.Tensor.normal_
    zero = torch.Tensor.zero_
    torch.Tensor.uniform_, torch.Tensor.normal_ = torch_uniform, torch_normal
    torch.Tensor.zero_, torch.Tensor.fill_ = torch_zero, torch_fill
    torch_defaults()
    torch_functions()
    torch.Tensor.uniform_, torch.Tensor.normal_ = uniform, normal
    torch.Tensor.zero_, torch.Tensor.fill_ = zero, original_fill
    random = keras_backend.random
    random.uniform, random.normal, random.truncated_normal = keras_uniform, keras_normal, keras_truncated
    keras_defaults()
    keras_functions()
    keras_before()
    versions = {"torch": torch.__version__, "keras": keras.__version__, "python": sys.version.split()[0]}
    json.dump({"generator": "layer_defaults.py", "versions": versions, "cases": cases}, sys.stdout, indent=1)
    print()


main()
