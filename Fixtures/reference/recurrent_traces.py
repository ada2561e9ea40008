"""Gates and states of LSTM, GRU and RNN step by step, with gradients, in ONNX's order of gates, for RecurrentTraceTests.

    python3 recurrent_traces.py > recurrent_traces.json

Written out in PyTorch, float64, whose automatic differentiation gives the gradients with respect to the gates'
pre-activations and to the states through all later steps. Made with torch 2.15.0, numpy 2.4.6.
"""
import json

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
rng = np.random.default_rng(11)


def normal(*shape, scale=0.7):
    """Numbers that float32 holds exactly."""
    return torch.tensor(np.float32(scale * rng.standard_normal(shape)).astype(np.float64))


def step(kind, reset_after, x, h, c, w, r, wb, rb):
    """One step of one direction: the gates' pre-activations as one leaf of the graph, the new state and cell."""
    units = h.shape[-1]
    a, b = x @ w.T + wb, h @ r.T + rb
    if kind == "RNN":
        z = (a + b).clone()
        z.retain_grad()
        return z, torch.tanh(z), c
    if kind == "LSTM":
        z = (a + b).clone()
        z.retain_grad()
        i, o, f, g = z.split(units, dim=-1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return z, torch.sigmoid(o) * torch.tanh(c), c
    both = (a + b)[:, :2 * units].clone()
    both.retain_grad()
    update, reset = torch.sigmoid(both).split(units, dim=-1)
    if reset_after:
        n = (a[:, 2 * units:] + reset * b[:, 2 * units:]).clone()
    else:
        n = (a[:, 2 * units:] + (reset * h) @ r[2 * units:].T + rb[2 * units:]).clone()
    n.retain_grad()
    return (both, n), (1 - update) * torch.tanh(n) + update * h, c


def case(kind, direction, reset_after=False, batch=18, steps=4, inputs=3, units=2):
    gates = {"RNN": 1, "LSTM": 4, "GRU": 3}[kind] * units
    directions = 2 if direction == "bidirectional" else 1
    x = normal(steps, batch, inputs).requires_grad_()
    w, r, b = normal(directions, gates, inputs), normal(directions, gates, units), normal(directions, 2 * gates)
    cotangent = normal(steps, directions, batch, units, scale=1)
    traces, loss = [], 0
    for d in range(directions):
        order = range(steps) if not (direction == "reverse" or d == 1) else range(steps - 1, -1, -1)
        h, c, rows = torch.zeros(batch, units), torch.zeros(batch, units), []
        for t in order:
            z, h, c = step(kind, reset_after, x[t], h, c, w[d], r[d], b[d, :gates], b[d, gates:])
            h.retain_grad()
            rows.append((t, z, h))
            loss = loss + (h * cotangent[t, d]).sum()
        traces.append(rows)
    loss.backward()

    def values(z, gradient):
        parts = z if isinstance(z, tuple) else (z,)
        return torch.cat([p.grad if gradient else p.detach() for p in parts], dim=-1)

    def shown(gradient):
        result = torch.zeros(batch, steps, directions, gates)
        for d, rows in enumerate(traces):
            for t, z, _ in rows:
                result[:, t, d] = values(z, gradient)
        return result.flatten().tolist()

    def squares(gradient):
        rows = traces[0]
        return [float(((rows[p][2].grad if gradient else rows[p][2].detach()) ** 2).mean()) for p in range(steps)]

    return {"kind": kind, "direction": direction, "resetAfter": reset_after, "batch": batch, "steps": steps, "inputs": inputs,
            "units": units, "x": x.detach().flatten().tolist(), "w": w.flatten().tolist(), "r": r.flatten().tolist(),
            "b": b.flatten().tolist(), "cotangent": cotangent.flatten().tolist(), "gates": shown(False),
            "gateGradients": shown(True), "states": squares(False), "stateGradients": squares(True)}


cases = [case(kind, direction, after) for kind, after in [("RNN", False), ("LSTM", False), ("GRU", False), ("GRU", True)]
         for direction in ["forward", "reverse", "bidirectional"]]


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(v) for key, v in value.items()}
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


print(json.dumps(rounded({"cases": cases}), separators=(",", ":")))
