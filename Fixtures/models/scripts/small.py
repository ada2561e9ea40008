"""Writes ../small/*.onnx: models of a few weights, each with one feature that an audit once mistook.

masked.onnx      token ids and a mask, and an output layer that starts at zero
single.onnx      a probability for each sample, (batch), behind a layer of one unit
normed.onnx      a linear layer under weight normalization: its weight is computed from two others
recurrent.onnx   an LSTM with PyTorch's defaults
drowned.onnx     an LSTM of two directions whose input biases are 40 times as large
shared.onnx      an LSTM of two directions whose input biases are 6 times as large
closed.onnx      a GRU whose weights are 40 times as large
clipped.onnx     a tanh layer whose weights are 40 times as large, which the export writes out
forgetful.onnx   a tanh layer of 40 steps, which the export writes out
unused.onnx      a module that the output does not depend on
tables.onnx      three columns of ids, each for a table of its own
edges.onnx       a sum over the edges of a graph, whose ends are ids
typed.onnx       attention whose weights are computed in float32 and given the scores' type again
chain.onnx       dense layers with ReLU behind a flattened image, which theory covers
blocks.onnx      residual blocks with layer normalization behind a batch normalization, which theory covers
repeated.onnx    one linear layer that is applied twice, which theory does not cover
halved.onnx      a product between two layers, which theory does not cover

Made with torch 2.15.0, onnx 1.23.2: python small.py [name ...]
"""
import os
import sys

import torch
from torch import nn


class Masked(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.hidden, self.out = nn.Embedding(50, 16), nn.Linear(16, 16), nn.Linear(16, 5)
        nn.init.zeros_(self.out.weight)

    def forward(self, ids, mask):
        h = self.embedding(ids) * mask.unsqueeze(-1).float()
        return self.out(torch.tanh(self.hidden(h)).mean(1))


class Single(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.out = nn.Linear(12, 32), nn.Linear(32, 1)

    def forward(self, x):
        return torch.sigmoid(self.out(torch.relu(self.hidden(x)))).squeeze(1)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.out = nn.LSTM(8, 16, batch_first=True), nn.Linear(16, 4)

    def forward(self, x):
        return self.out(self.lstm(x)[0][:, -1])


class Cell(nn.Module):
    def __init__(self, cell, factors, **options):
        super().__init__()
        self.cell, self.out = cell(8, 16, batch_first=True, **options), nn.Linear(32 if options else 16, 4)
        with torch.no_grad():
            for name, tensor in self.cell.named_parameters():
                for part, factor in factors.items():
                    if part in name:
                        tensor *= factor

    def forward(self, x):
        return self.out(self.cell(x)[0][:, -1])


class Unused(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.unused, self.out = nn.Linear(8, 16), nn.Linear(8, 3), nn.Linear(16, 4)

    def forward(self, x):
        return self.out(torch.relu(self.hidden(x)))


class Tables(nn.Module):
    def __init__(self):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(rows, 4) for rows in (30, 20, 40))
        self.out = nn.Linear(12, 3)

    def forward(self, ids):
        return self.out(torch.cat([table(ids[:, place]) for place, table in enumerate(self.tables)], 1))


class Edges(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp, self.out = nn.Linear(6, 8), nn.Linear(8, 3)

    def forward(self, x, edges):
        h = torch.relu(self.inp(x))
        ends = edges[1].unsqueeze(-1).expand(-1, h.shape[1])
        return self.out(torch.zeros_like(h).scatter_add(0, ends, h[edges[0]]))


class Typed(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.out = (nn.Linear(8, 8) for _ in range(4))

    def forward(self, x):
        scores = self.q(x) @ self.k(x).transpose(1, 2)
        weights = torch.softmax(scores.float(), dim=-1).type_as(scores)
        return self.out(weights @ self.v(x)).mean(1)


class Blocks(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp, self.norm, self.out = nn.Linear(48, 64), nn.BatchNorm1d(64), nn.Linear(64, 10)
        self.norms = nn.ModuleList(nn.LayerNorm(64) for _ in range(2))
        self.layers = nn.ModuleList(nn.Linear(64, 64) for _ in range(2))

    def forward(self, x):
        h = self.norm(self.inp(x.flatten(1)))
        for norm, layer in zip(self.norms, self.layers):
            h = h + torch.relu(layer(norm(h)))
        return self.out(h)


class Repeated(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.out = nn.Linear(16, 16), nn.Linear(16, 4)

    def forward(self, x):
        return self.out(torch.tanh(self.hidden(torch.tanh(self.hidden(x)))))


class Halved(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.out = nn.Linear(16, 16), nn.Linear(16, 4)

    def forward(self, x):
        return self.out(0.5 * torch.tanh(self.hidden(x)))


def chain():
    widths = [48, 64, 64, 64, 64]
    hidden = [part for a, b in zip(widths, widths[1:]) for part in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(nn.Flatten(), *hidden, nn.Linear(64, 10))


folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "small")
os.makedirs(folder, exist_ok=True)
cases = {
    "masked": (Masked, (torch.randint(0, 50, (4, 6)), torch.ones(4, 6, dtype=torch.int64))),
    "single": (Single, (torch.randn(64, 12),)),
    "normed": (lambda: nn.utils.parametrizations.weight_norm(nn.Linear(8, 8)), (torch.randn(16, 8),)),
    "recurrent": (Recurrent, (torch.randn(32, 10, 8),)),
    "drowned": (lambda: Cell(nn.LSTM, {"bias_ih": 40, "bias_hh": 0}, bidirectional=True), (torch.randn(32, 10, 8),)),
    "shared": (lambda: Cell(nn.LSTM, {"bias_ih": 6, "bias_hh": 0}, bidirectional=True), (torch.randn(32, 10, 8),)),
    "closed": (lambda: Cell(nn.GRU, {"weight": 40}), (torch.randn(32, 10, 8),)),
    "clipped": (lambda: Cell(nn.RNN, {"weight": 40}), (torch.randn(32, 10, 8),)),
    "forgetful": (lambda: Cell(nn.RNN, {}), (torch.randn(32, 40, 8),)),
    "tables": (Tables, (torch.randint(0, 20, (16, 3)),)),
    "edges": (Edges, (torch.randn(12, 6), torch.randint(0, 12, (2, 40)))),
    "typed": (Typed, (torch.randn(6, 5, 8),)),
    "unused": (Unused, (torch.randn(32, 8),)),
    "chain": (chain, (torch.randn(64, 3, 4, 4),)),
    "blocks": (Blocks, (torch.randn(64, 3, 4, 4),)),
    "repeated": (Repeated, (torch.randn(64, 16),)),
    "halved": (Halved, (torch.randn(64, 16),)),
    "open": (lambda: nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 3)), (torch.randn(4, 8),)),
}
# What is left open: the number of samples.
dynamic = {"open": ({0: "samples"},)}
wanted = sys.argv[1:] or list(cases)
for name in wanted:
    make, inputs = cases[name]
    torch.manual_seed(0)
    program = torch.onnx.export(make().train(), inputs, dynamo=True, optimize=False, dynamic_shapes=dynamic.get(name))
    for node in program.model.graph:
        node.metadata_props.pop("pkg.torch.onnx.stack_trace", None)
    program.save(os.path.join(folder, f"{name}.onnx"))
