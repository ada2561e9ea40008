"""Writes ../recognized/*.onnx and points.json: one small module for each kind of layer that recognizers name.

NAME.npz and signals.json, of modules that keep signals, have inputs and the mean square of each signal in float64.
points.json has, for each file, the layers that its user would name, written down by hand from the module below and not
from any program: [name, kind, activation], in the order in which they run. Layers that are no modules of their own
have no name. Made with torch 2.15.0, onnx 1.23.2: python recognized.py [name ...]
"""
import json
import math
import os
import sys

import numpy
import onnx
import torch
import torch.nn.functional as F
from torch import nn

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "recognized")
cases = {}


def case(name, inputs, points, **options):
    def add(make):
        cases[name] = (make, inputs, points, options)
        return make

    return add


torch.manual_seed(1)
floats, images, ids = torch.randn(4, 8), torch.randn(4, 4, 6, 6), torch.randint(0, 20, (4, 6))
steps = torch.randn(4, 6, 8)


@case("linear", (floats,), [["0", "linear", "relu"], ["2", "linear", "identity"]])
def linear():
    return nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 4, bias=False))


@case(
    "convolution", (images,),
    [["0", "convolution", "identity"], ["1", "batch_norm", "relu"], ["3", "max_pool", "identity"],
     ["4", "convolution", "silu"], ["6", "global_average_pool", "identity"], ["8", "linear", "identity"]])
def convolution():
    return nn.Sequential(
        nn.Conv2d(4, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 6, 3, padding=1, groups=6), nn.SiLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3))


class Activations(nn.Module):
    """Forms of activations that exporters write out."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(6))

    def forward(self, x):
        functions = [
            F.gelu, lambda z: F.gelu(z, approximate="tanh"), F.silu, F.mish, F.softplus,
            lambda z: 0.5 * z * (1 + torch.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))),
        ]
        for layer, function in zip(self.layers, functions):
            x = function(layer(x))
        return x


case(
    "activations", (floats,),
    [[f"layers.{place}", "linear", name] for place, name in enumerate(
        ["gelu", "gelu_tanh", "silu", "mish", "softplus", "gelu_tanh"])])(Activations)


class QuickGELU(nn.Module):
    """CLIP's GELU, the product both ways round, and a gate that looks like it but has another factor."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))

    def forward(self, x):
        x = self.layers[0](x)
        x = self.layers[1](x * torch.sigmoid(1.702 * x))
        x = self.layers[2](torch.sigmoid(x * 1.702) * x)
        return x * torch.sigmoid(2.5 * x)


case(
    "quick_gelu", (floats,),
    [["layers.0", "linear", "quick_gelu"], ["layers.1", "linear", "quick_gelu"],
     ["layers.2", "linear", "swish(beta=2.5)"]])(QuickGELU)


class Normalizations(nn.Module):
    def __init__(self):
        super().__init__()
        self.group, self.instance = nn.GroupNorm(2, 4), nn.InstanceNorm2d(4, affine=True)
        self.layer, self.rms = nn.LayerNorm(6), nn.RMSNorm(6)

    def forward(self, x):
        return self.rms(self.layer(self.instance(self.group(x))))


case(
    "normalizations", (images,),
    [["group", "group_norm", "identity"], ["instance", "instance_norm", "identity"], ["layer", "layer_norm", "identity"],
     ["rms", "rms_norm", "identity"]])(Normalizations)


class WrittenOut(nn.Module):
    """Root mean square and layer normalization as models of 2023 write them."""

    def __init__(self):
        super().__init__()
        self.weight, self.gain, self.shift = (nn.Parameter(torch.ones(8)) for _ in range(3))

    def forward(self, x):
        x = self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))
        centred = x - x.mean(-1, keepdim=True)
        return self.gain * centred / torch.sqrt(centred.pow(2).mean(-1, keepdim=True) + 1e-5) + self.shift


class Normed(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.norm, self.last = nn.Linear(8, 8), WrittenOut(), nn.Linear(8, 4)

    def forward(self, x):
        return self.last(self.norm(self.first(x)))


case(
    "written_out", (steps,),
    [["first", "linear", "identity"], ["norm", "rms_norm", "identity"], ["norm#2", "layer_norm", "identity"],
     ["last", "linear", "identity"]])(Normed)


class ChannelsNorm(nn.Module):
    """Layer normalization over channels of images, as ConvNeXt's authors write it."""

    def __init__(self, channels):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        u = x.mean(1, keepdim=True)
        s = (x - u).pow(2).mean(1, keepdim=True)
        x = (x - u) / torch.sqrt(s + 1e-6)
        return self.weight[:, None, None] * x + self.bias[:, None, None]


class AnnotatedNorm(nn.Module):
    """Layer normalization by the unbiased deviation, as the Annotated Transformer writes it."""

    def __init__(self, features):
        super().__init__()
        self.a_2, self.b_2 = nn.Parameter(torch.ones(features)), nn.Parameter(torch.zeros(features))

    def forward(self, x):
        return self.a_2 * (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + 1e-6) + self.b_2


class GemmaNorm(nn.Module):
    """RMS normalization times 1 + w."""

    def __init__(self, features):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(features))

    def forward(self, x):
        y = x.float()
        y = y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + 1e-6)
        return (y * (1.0 + self.weight.float())).type_as(x)


class ByHand(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.channels, self.mix = nn.Conv2d(4, 8, 3), ChannelsNorm(8), nn.Linear(8, 8)
        self.annotated, self.out, self.gemma, self.last = AnnotatedNorm(8), nn.Linear(8, 8), GemmaNorm(8), nn.Linear(8, 3)

    def forward(self, x):
        x = self.channels(self.conv(x)).flatten(2).transpose(1, 2)
        return self.last(self.gemma(self.out(self.annotated(self.mix(x)))))


case(
    "by_hand", (images,),
    [["conv", "convolution", "identity"], ["channels", "layer_norm", "identity"], ["mix", "linear", "identity"],
     ["annotated", "layer_norm", "identity"], ["out", "linear", "identity"], ["gemma", "rms_norm", "identity"],
     ["last", "linear", "identity"]])(ByHand)


class MoreActivations(nn.Module):
    """Activations that are clips, quotients, squares or have slopes that learn."""

    def __init__(self):
        super().__init__()
        self.layers, self.slope = nn.ModuleList(nn.Linear(8, 8) for _ in range(6)), nn.PReLU(8, init=0.1)

    def forward(self, x):
        functions = [
            F.relu6, F.hardtanh, F.softsign, self.slope, lambda z: F.elu(z, 0.5), lambda z: F.relu(z).square(),
        ]
        for layer, function in zip(self.layers, functions):
            x = function(layer(x))
        return x


case(
    "more_activations", (floats,),
    [[f"layers.{place}", "linear", name] for place, name in enumerate(
        ["relu6", "hardtanh", "softsign", "prelu(a=0.1)", "elu(alpha=0.5)", "relu_squared"])])(MoreActivations)


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.form, self.out = nn.Linear(8, 6), nn.Linear(8, 5), nn.Bilinear(6, 5, 7), nn.Linear(7, 3)

    def forward(self, x):
        return self.out(torch.tanh(self.form(torch.relu(self.a(x)), torch.relu(self.b(x)))))


case(
    "bilinear", (floats,),
    [["a", "linear", "relu"], ["b", "linear", "relu"], ["form", "bilinear", "tanh"], ["out", "linear", "identity"]])(Pair)


class TwoHeads(nn.Module):
    """Classes and boxes: the first output is that from which the backward pass starts."""

    def __init__(self):
        super().__init__()
        self.stem, self.hidden = nn.Linear(8, 8), nn.Linear(8, 8)
        self.boxes, self.limits, self.classes = nn.Linear(8, 8), nn.Linear(8, 4), nn.Linear(8, 3)

    def forward(self, x):
        x = torch.relu(self.hidden(torch.relu(self.stem(x))))
        boxes = torch.sigmoid(self.limits(torch.relu(self.boxes(x))))
        return self.classes(x), boxes


case(
    "two_heads", (floats,),
    [["stem", "linear", "relu"], ["hidden", "linear", "relu"], ["boxes", "linear", "relu"], ["limits", "linear", "sigmoid"],
     ["classes", "linear", "identity"]])(TwoHeads)


class Levels(nn.Module):
    """Heads of several levels whose results are joined to one output."""

    def __init__(self):
        super().__init__()
        self.stem, self.first, self.next, self.second = (nn.Linear(8, size) for size in (8, 3, 8, 3))

    def forward(self, x):
        x = torch.relu(self.stem(x))
        y = torch.relu(self.next(x))
        return torch.cat([self.first(x).unsqueeze(1), self.second(y).unsqueeze(1)], 1)


case(
    "levels", (floats,),
    [["stem", "linear", "relu"], ["next", "linear", "relu"], ["first", "linear", "identity"],
     ["second", "linear", "identity"], [None, "output", "identity"]])(Levels)


class Gated(nn.Module):
    """A gated unit (SwiGLU) on a residual stream."""

    def __init__(self):
        super().__init__()
        self.gate, self.up, self.down = (nn.Linear(*size, bias=False) for size in [(8, 12), (8, 12), (12, 8)])

    def forward(self, x):
        return x + self.down(F.silu(self.gate(x)) * self.up(x))


case(
    "gated", (steps,),
    [["gate", "linear", "silu"], ["up", "linear", "identity"], [None, "gate", "identity"], ["down", "linear", "identity"],
     [None, "sum", "identity"]])(Gated)


def heads(x, count):
    return x.view(x.shape[0], x.shape[1], count, -1).transpose(1, 2)


class Rotary(nn.Module):
    """Grouped queries with rotary positions and a causal mask, as in LLaMA."""

    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.o = nn.Linear(8, 8), nn.Linear(8, 4), nn.Linear(8, 4), nn.Linear(8, 8)
        angles = torch.arange(6)[:, None] / 100 ** (torch.arange(1)[None] / 1)
        self.register_buffer("cos", torch.cos(torch.cat([angles, angles], -1)))
        self.register_buffer("sin", torch.sin(torch.cat([angles, angles], -1)))

    def turn(self, x):
        half = torch.cat([-x[..., 1:], x[..., :1]], -1)
        return x * self.cos + half * self.sin

    def forward(self, x):
        q, k, v = self.turn(heads(self.q(x), 4)), self.turn(heads(self.k(x), 2)), heads(self.v(x), 2)
        k, v = k.repeat_interleave(2, 1), v.repeat_interleave(2, 1)
        scores = q @ k.transpose(2, 3) / math.sqrt(2)
        scores = scores.masked_fill(torch.triu(torch.ones(6, 6, dtype=torch.bool), 1), -math.inf)
        mixed = torch.softmax(scores, -1) @ v
        return self.o(mixed.transpose(1, 2).flatten(2))


case(
    "rotary", (steps,),
    [["q", "linear", "identity"], ["k", "linear", "identity"], ["v", "linear", "identity"], [None, "attention", "identity"],
     ["o", "linear", "identity"]])(Rotary)


class Fused(nn.Module):
    """One matrix for queries, keys and values, and the operator of attention (operator set 24)."""

    def __init__(self):
        super().__init__()
        self.qkv, self.proj = nn.Linear(8, 24), nn.Linear(8, 8)

    def forward(self, x):
        q, k, v = (heads(part, 2) for part in self.qkv(x).chunk(3, -1))
        return self.proj(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2))


fused = [["qkv", "linear", "identity"], [None, "attention", "identity"], ["proj", "linear", "identity"]]
case("fused", (steps,), fused)(Fused)
case("fused_24", (steps,), fused, opset_version=24)(Fused)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.positions = nn.Embedding(20, 8), nn.Parameter(torch.randn(1, 6, 8))
        self.gru, self.lstm = (kind(8, 8, batch_first=True) for kind in (nn.GRU, nn.LSTM))
        self.out = nn.Linear(8, 3)

    def forward(self, x):
        h = self.table(x) + self.positions
        return self.out(self.lstm(self.gru(h)[0])[0][:, -1])


case(
    "recurrent", (ids,),
    [["table", "embedding", "identity"], [None, "sum", "identity"], ["gru", "gru", "identity"], ["lstm", "lstm", "identity"],
     ["out", "linear", "identity"]])(Recurrent)


class Scan(nn.Module):
    """Mamba's selective scan, written out step by step."""

    def __init__(self, joined):
        super().__init__()
        self.joined = joined
        self.x_proj, self.dt_proj, self.out = nn.Linear(8, 8, bias=False), nn.Linear(2, 8), nn.Linear(8, 8, bias=False)
        self.A_log = nn.Parameter(torch.log(torch.arange(1.0, 4).repeat(8, 1)))

    def forward(self, x):
        dt, b, c = self.x_proj(x).split([2, 3, 3], -1)
        dt, a = F.softplus(self.dt_proj(dt)), -torch.exp(self.A_log)
        h, results = torch.zeros(x.shape[0], 8, 3), []
        if self.joined:
            decay, added = torch.exp(dt[..., None] * a), (dt * x)[..., None] * b[:, :, None]
            for step in range(x.shape[1]):
                h = decay[:, step] * h + added[:, step]
                results.append((h @ c[:, step, :, None])[..., 0])
            return self.out(torch.stack(results, -1).transpose(1, 2))
        for step in range(x.shape[1]):
            decay = torch.exp(dt[:, step, :, None] * a)
            h = decay * h + (dt[:, step] * x[:, step])[..., None] * b[:, step, None]
            results.append((h * c[:, step, None]).sum(-1))
        return self.out(torch.stack(results, 1))


scan = [["x_proj", "linear", "identity"], ["dt_proj", "linear", "softplus"], [None, "scan", "identity"],
        ["out", "linear", "identity"]]
case("scan", (steps,), scan)(lambda: Scan(False))
case("scan_joined", (steps,), scan)(lambda: Scan(True))


class Highway(nn.Module):
    """Gated layers whose gates depend on the state, which are no scan (Srivastava 2015)."""

    def __init__(self):
        super().__init__()
        self.values, self.gates = (nn.ModuleList(nn.Linear(8, 8) for _ in range(4)) for _ in range(2))

    def forward(self, x):
        states = []
        for value, gate in zip(self.values, self.gates):
            t = torch.sigmoid(gate(x))
            x = t * torch.tanh(value(x)) + (1 - t) * x
            states.append(x)
        return torch.cat(states, -1)


case("highway", (floats,), None)(Highway)


@case(
    "unrolled", (steps,),
    [["r.l0", "rnn", "identity"], ["r", "rnn", "identity"], ["cell", "gru", "identity"], [None, "rnn", "identity"],
     ["out", "linear", "identity"]])
class Unrolled(nn.Module):
    """Recurrent layers that an export writes out: nn.RNN, a cell in a loop, and one that is made of two linear layers."""

    def __init__(self):
        super().__init__()
        self.r = nn.RNN(8, 6, 2, batch_first=True, bidirectional=True)
        self.cell, self.wx, self.wh, self.out = nn.GRUCell(12, 5), nn.Linear(5, 7), nn.Linear(7, 7), nn.Linear(7, 3)

    def forward(self, x):
        x, h, states = self.r(x)[0], None, []
        self.signals, gates = {"r": x}, []
        for step in x.unbind(1):
            before, h = torch.zeros(x.shape[0], 5, dtype=x.dtype) if h is None else h, self.cell(step, h)
            gates.append(self.gates(step, before))
            states.append(h)
        # The states of nn.RNN are the tanh of what its gates read; the first half are those of the first direction.
        self.preactivations = {"r": torch.atanh(x[..., :6]), "cell": torch.stack(gates, 1)}
        x, h, gates = torch.stack(states, 1), x.new_zeros(x.shape[0], 7), []
        self.signals["cell"] = x
        for step in x.unbind(1):
            gates.append(self.wx(step) + self.wh(h))
            h = torch.tanh(gates[-1])
        self.signals["wx"], self.preactivations["wx"] = h, torch.stack(gates, 1)
        return self.out(h)

    def gates(self, x, h):
        """What the gates of torch.nn.GRUCell read, by the equations of its documentation."""
        i, s = F.linear(x, self.cell.weight_ih, self.cell.bias_ih), F.linear(h, self.cell.weight_hh, self.cell.bias_hh)
        (ir, iz, iN), (hr, hz, hn) = i.chunk(3, 1), s.chunk(3, 1)
        return torch.stack([ir + hr, iz + hz, iN + torch.sigmoid(ir + hr) * hn], 1)


@case(
    "group_norm", (images,),
    [["a", "convolution", "identity"], ["b", "group_norm", "relu"], ["c", "convolution", "identity"],
     ["d", "group_norm", "identity"], ["e", "linear", "identity"]])
class Grouped(nn.Module):
    """Group normalizations whose gains and shifts are not those of the start."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c, self.d = nn.Conv2d(4, 8, 3), nn.GroupNorm(4, 8), nn.Conv2d(8, 6, 3), nn.GroupNorm(2, 6)
        self.e = nn.Linear(24, 3)
        for norm in (self.b, self.d):
            nn.init.constant_(norm.weight, 3.0)
            nn.init.constant_(norm.bias, 0.5)

    def forward(self, x):
        b = torch.relu(self.b(self.a(x)))
        d = self.d(self.c(b))
        self.signals = {"b": b, "d": d}
        return self.e(d.flatten(1))


class ConvolutionalLSTM(nn.Module):
    """The gates of Shi et al. (2015), without peepholes."""

    def __init__(self):
        super().__init__()
        self.gates = nn.Conv2d(1 + 4, 16, 3, padding=1)

    def forward(self, x, state):
        h, c = state
        i, f, o, g = self.gates(torch.cat([x, h], 1)).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


@case(
    "stacked_cells", (steps, images),
    [["first", "lstm", "identity"], ["second", "lstm", "identity"], ["head", "linear", "identity"],
     ["film", "lstm", "identity"], ["out", "linear", "identity"]])
class StackedCells(nn.Module):
    """Two cells in one loop, whose output is read at every step, and a convolutional one."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.head = nn.LSTMCell(8, 6), nn.LSTMCell(6, 5), nn.Linear(5, 3)
        self.film, self.out = ConvolutionalLSTM(), nn.Linear(4 * 6 * 6 + 6 * 3, 3)

    def forward(self, x, frames):
        a = b = None
        outputs = []
        for step in range(x.shape[1]):
            a = self.first(x[:, step], a)
            b = self.second(a[0], b)
            outputs.append(b[0])
        outputs = self.head(torch.stack(outputs, 1))
        state = frames.new_zeros(4, 4, 6, 6), frames.new_zeros(4, 4, 6, 6)
        for frame in frames.unbind(1):
            state = self.film(frame.unsqueeze(1), state)
        self.signals = {"first": a[0], "film": state[0], "head": outputs}
        return self.out(torch.cat([outputs.flatten(1), state[0].flatten(1)], 1))


@case(
    "fed_back", (steps,),
    [["start", "linear", "tanh"], ["attend", "linear", "tanh"], ["attend#2", "linear", "tanh"],
     ["attend#3", "linear", "tanh"], ["attend#4", "linear", "tanh"], ["cell", "gru", "identity"],
     ["out", "linear", "identity"]])
class FedBack(nn.Module):
    """A decoder's cell that reads, beside its sequence, what a layer makes of its own state."""

    def __init__(self):
        super().__init__()
        self.start, self.attend = nn.Linear(8, 6), nn.Linear(6, 5, bias=False)
        self.cell, self.out = nn.GRUCell(8 + 5, 6), nn.Linear(6, 3)

    def forward(self, x):
        state, states = torch.tanh(self.start(x[:, 0])), []
        for step in range(4):
            state = self.cell(torch.cat([x[:, step], torch.tanh(self.attend(state))], -1), state)
            states.append(state)
        return self.out(torch.stack(states, 1))


@case(
    "shared_depth", (floats,),
    [["layer", "linear", "tanh"], ["layer#2", "linear", "tanh"], ["layer#3", "linear", "tanh"],
     ["layer#4", "linear", "tanh"], ["out", "linear", "identity"]])
class SharedDepth(nn.Module):
    """One layer that is used several times in depth, which is no recurrent one: every use has a row."""

    def __init__(self):
        super().__init__()
        self.layer, self.out = nn.Linear(8, 8), nn.Linear(8, 3)

    def forward(self, x):
        for _ in range(4):
            x = torch.tanh(self.layer(x))
        return self.out(x)


# Each function with the name that it has: PyTorch's, or its formula where a user wrote it.
FUNCTIONS = [
    (F.logsigmoid, "log_sigmoid"), (lambda z: F.softshrink(z, 0.3), "softshrink(lambda=0.3)"),
    (lambda z: F.hardshrink(z, 0.3), "hardshrink(lambda=0.3)"), (F.tanhshrink, "tanhshrink"),
    (lambda z: F.threshold(z, 0.1, 0.05), "threshold(threshold=0.1, value=0.05)"),
    (lambda z: F.softplus(z, 2), "softplus(beta=2)"), (lambda z: F.hardtanh(z, -2, 2), "hardtanh(min=-2, max=2)"),
    (lambda z: z * torch.sigmoid(1.5 * z), "swish(beta=1.5)"), (lambda z: torch.where(z > 0, z, 0.1 * z), "leaky_relu(slope=0.1)"),
    (lambda z: torch.exp(-(z**2)), "exp(-(x ^ 2))"), (lambda z: torch.log1p(torch.exp(z)), "softplus"),
    (lambda z: z.clamp(min=-1), "clip(min=-1)"), (lambda z: torch.maximum(z, 0.2 * z), "leaky_relu(slope=0.2)"),
    (lambda z: (z + torch.sqrt(z * z + 4)) / 2, "(x + sqrt((x * x) + 4)) / 2"), (lambda z: F.relu(z) ** 2, "relu_squared"),
    (lambda z: z + torch.sin(z) ** 2, "x + (sin(x) ^ 2)"), (lambda z: z * F.relu6(z + 3) / 6, "hard_swish"),
    (lambda z: 30 * torch.tanh(z / 30), "identity"),
]


@case(
    "functions", (floats,),
    [[f"layers.{place}", "linear", name] for place, (_, name) in enumerate(FUNCTIONS[:-1])]
    + [[f"layers.{len(FUNCTIONS) - 1}", "linear", "identity"], ["tanh", "tanh", "tanh"], ["out", "linear", "identity"]])
class Functions(nn.Module):
    """Activation functions that ONNX has no operator for, and one between a factor and its inverse, which is tanh's own."""

    def __init__(self):
        super().__init__()
        self.layers, self.out = nn.ModuleList(nn.Linear(8, 8) for _ in FUNCTIONS), nn.Linear(8, 4)
        for layer in self.layers:
            nn.init.normal_(layer.weight, std=0.6)

    def forward(self, x):
        self.signals = {}
        for place, (layer, (function, _)) in enumerate(zip(self.layers, FUNCTIONS)):
            x = function(layer(x))
            if place < len(FUNCTIONS) - 1:
                self.signals[f"layers.{place}"] = x
        return self.out(x)


@case(
    "modulated", (torch.randn(3, 12, 8, 8), torch.randn(3, 16)),
    [["style", "linear", "identity"], [None, "convolution", "leaky_relu(slope=0.2)"], ["colour", "convolution", "identity"]])
class Modulated(nn.Module):
    """StyleGAN 2: the kernel of each sample is scaled by its style, and the samples are groups of one convolution."""

    shape = (1, 8, 12, 3, 3)

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(self.shape) / 108**0.5)
        self.style, self.colour = nn.Linear(16, 12), nn.Conv2d(8, 3, 1)

    def forward(self, x, w):
        count, channels, height, width = x.shape
        kernel = self.weight if len(self.shape) == 5 else self.weight.unsqueeze(0)
        kernel = kernel * self.style(w).view(count, 1, channels, 1, 1)
        kernel = kernel * torch.rsqrt(kernel.pow(2).sum([2, 3, 4], keepdim=True) + 1e-8)
        y = F.conv2d(x.reshape(1, -1, height, width), kernel.reshape(-1, channels, 3, 3), padding=1, groups=count)
        return self.colour(F.leaky_relu(y.view(count, -1, height, width), 0.2))


@case("modulated_plain", (torch.randn(3, 12, 8, 8), torch.randn(3, 16)), cases["modulated"][2])
class ModulatedPlain(Modulated):
    """The same with a kernel of four axes, as NVIDIA's own StyleGAN 2 has it."""

    shape = (8, 12, 3, 3)


os.makedirs(folder, exist_ok=True)
wanted = sys.argv[1:] or list(cases)
signals = {}
for name, (make, inputs, _, options) in cases.items():
    torch.manual_seed(0)
    model = make().train()
    if name in wanted:
        program = torch.onnx.export(model, inputs, dynamo=True, optimize=False, verbose=False, **options)
        for node in program.model.graph:
            node.metadata_props.pop("pkg.torch.onnx.stack_trace", None)
        program.save(os.path.join(folder, f"{name}.onnx"))
    if name in ("unrolled", "stacked_cells", "group_norm", "functions"):
        names = [x.name for x in onnx.load(os.path.join(folder, f"{name}.onnx"), load_external_data=False).graph.input]
        numpy.savez(os.path.join(folder, f"{name}.npz"), **{n: x.numpy() for n, x in zip(names, inputs)})
        model.double()(*(x.double() for x in inputs))
        signals[name] = {key: (value**2).mean().item() for key, value in model.signals.items()}
        if name == "unrolled":
            signals["unrolled gates"] = {key: (value**2).mean().item() for key, value in model.preactivations.items()}
for file, content in ("points.json", {n: case[2] for n, case in cases.items() if case[2]}), ("signals.json", signals):
    with open(os.path.join(folder, file), "w") as target:
        json.dump(content, target, indent=1)
