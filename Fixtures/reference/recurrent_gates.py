"""Writes recurrent_gates.json: what happens inside LSTM, GRU and plain recurrent cells, by PyTorch in float64.

Each case is one recurrent layer that returns all states, on a batch of sequences. The objective is sum(cotangent * states).
Arrays are row-major, samples first; gates are samples x steps x gates (i, f, g, o; r, z, n; the only one). "preactivation" is
W x + U h + b without the constant that is added to the LSTM's forget gate. "saturatedEntries" and "saturatedUnits" are the
shares of entries, and of units of one step for at least 95% of the samples, whose nonlinearity has a slope below 5% of its
largest. Inputs and parameters are multiples of 1/32, so that float32 holds them exactly; no slope lies within 1e-5 of that
bound, some unit is saturated (relu apart), and no argument of a relu within 1e-4 of 0. "gradients" are mean squares of the gradients of the parameters.

Made with Python 3.11, PyTorch 2.15.0; `python recurrent_gates.py` writes the file beside itself.
"""
import json
import pathlib

import torch

from recurrent_cells import check, unroll

torch.set_default_dtype(torch.float64)
GATES = {"lstm": ["s", "s", "t", "s"], "gru": ["s", "s", "t"], "tanh": ["t"], "relu": ["r"]}


def flat(tensor):
    return [float(f"{x:.8g}") for x in tensor.detach().reshape(-1).tolist()]


def slopes(kind, gates, units, forget):
    parts = list(gates.split(units, 2))
    if kind == "lstm":
        parts[1] = parts[1] + forget
    result = []
    for name, z in zip(GATES[kind], parts):
        if name == "s":
            result.append(4 * torch.sigmoid(z) * (1 - torch.sigmoid(z)))
        elif name == "t":
            result.append(1 - torch.tanh(z) ** 2)
        else:
            if z.abs().min() < 1e-4:
                return None
            result.append((z > 0).double())
    return torch.cat(result, 2)


def case(kind, seed, batch=20, steps=5, inputs=4, units=5, forget=1.0):
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape, scale=1.0):
        return torch.round(torch.randn(*shape, generator=generator).mul(scale).clamp(-3.9, 3.9) * 32) / 32

    count = len(GATES[kind]) * units
    x = draw(batch, steps, inputs)
    w, u, b = draw(count, inputs, scale=0.5), draw(count, units, scale=0.7), draw(count, scale=3.0)
    d = draw(count, scale=0.8) if kind == "gru" else None
    parameters = [p.requires_grad_(True) for p in (w, u, b, d) if p is not None]
    states, gates, probe = unroll(kind, x, w, u, b, d, forget)
    check(kind, x, w, u, b, d, forget, states)
    flatness = slopes(kind, gates.detach(), units, forget)
    if flatness is None or (flatness - 0.05).abs().min() < 1e-5:
        return None
    if kind != "relu" and not ((flatness < 0.05).double().mean(0) >= 0.95).any():
        return None
    cotangent = draw(batch, steps, units)
    (states * cotangent).sum().backward()
    flat_entries = flatness < 0.05
    names = ["weight", "recurrent", "bias", "recurrent_bias"]
    return {
        "kind": kind, "seed": seed, "batch": batch, "steps": steps, "inputs": inputs, "units": units, "forgetBias": forget,
        "input": flat(x), "cotangent": flat(cotangent),
        "parameters": {name: flat(p) for name, p in zip(names, parameters)},
        "state": flat(states), "preactivation": flat(gates), "preactivationGradient": flat(probe.grad),
        "saturatedEntries": flat_entries.double().mean().item(),
        "saturatedUnits": (flat_entries.double().mean(0) >= 0.95).double().mean().item(),
        "gradients": {name: p.grad.square().mean().item() for name, p in zip(names, parameters)},
    }


cases = [next(c for c in (case(kind, seed) for seed in range(1000)) if c is not None) for kind in GATES]
pathlib.Path(__file__).with_suffix(".json").write_text(
    json.dumps({"conventions": __doc__, "cases": cases}, separators=(",", ":")) + "\n")
for c in cases:
    print(c["kind"], c["seed"], c["saturatedEntries"], c["saturatedUnits"], c["gradients"])
