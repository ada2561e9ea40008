"""Writes recurrent_orthogonal.json: how a Keras-like LSTM carries gradients back through 50 steps, by PyTorch in float64.

64 units on 50 steps of 8 features N(0, 1), Glorot uniform input weights with the fans of the stacked matrix (8, 256), zero
biases and 1 added to the forget gate; N(0, 1) cotangents on the last state, 256 samples. `stacked` draws the recurrent
weights as torch.nn.init.orthogonal_ and Keras do, one 256 x 64 matrix with orthonormal columns; `gates` draws one orthogonal
64 x 64 matrix for each gate. Values are log10 of the mean square of the gradient with respect to the first state over that
with respect to the last: mean over 20 draws and its standard error.

Made with Python 3.11, PyTorch 2.15.0; `python recurrent_orthogonal.py` (two minutes) writes the file beside itself.
"""
import json
import math
import pathlib

import torch

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)


def decades(stacked, units=64, inputs=8, steps=50, batch=256):
    limit = math.sqrt(6 / (inputs + 4 * units))
    w = (torch.rand(4 * units, inputs) * 2 - 1) * limit
    if stacked:
        u = torch.nn.init.orthogonal_(torch.empty(4 * units, units))
    else:
        u = torch.cat([torch.nn.init.orthogonal_(torch.empty(units, units)) for _ in range(4)])
    x = torch.randn(batch, steps, inputs)
    h, c, states = torch.zeros(batch, units, requires_grad=True), torch.zeros(batch, units), []
    for t in range(steps):
        i, f, g, o = (x[:, t] @ w.T + h @ u.T).split(units, 1)
        c = torch.sigmoid(f + 1) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        h.retain_grad()
        states.append(h)
    (h * torch.randn(batch, units)).sum().backward()
    return math.log10(states[0].grad.square().mean()) - math.log10(states[-1].grad.square().mean())


def summary(stacked, draws=20):
    values = torch.tensor([decades(stacked) for _ in range(draws)])
    return {"mean": values.mean().item(), "standardError": (values.std() / math.sqrt(draws)).item(), "draws": draws}


content = {"conventions": __doc__, "stacked": summary(True), "gates": summary(False)}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(content, indent=1) + "\n")
