"""Recurrent cells written out step by step, so that their gates' pre-activations and the gradients with respect to them can be
looked at; `check` holds them against torch.nn. Used by kernel_networks.py and recurrent_gates.py.
"""
import torch


def unroll(kind, x, w, u, b, d=None, forget=0.0):
    """Runs a cell of `kind` (lstm, gru, tanh, relu) over x, samples x steps x inputs.

    Returns the states, samples x steps x units, the pre-activations W x + U h + b of all gates (the GRU's candidate gate:
    W x + b + r (U h + d)), samples x steps x gates, without the constant `forget` that is added to an LSTM's forget gate, and
    a tensor of zeros that was added to them: its gradient is theirs.
    """
    units = u.shape[1]
    steps = x.shape[1]
    probe = torch.zeros(x.shape[0], steps, w.shape[0], requires_grad=True)
    h, c = torch.zeros(x.shape[0], units), torch.zeros(x.shape[0], units)
    states, gates = [], []
    for t in range(steps):
        if kind == "gru":
            inner, outer = h @ u.T + d, x[:, t] @ w.T + b
            rz = outer[:, :2 * units] + inner[:, :2 * units] + probe[:, t, :2 * units]
            r, z = torch.sigmoid(rz).split(units, 1)
            n = outer[:, 2 * units:] + r * inner[:, 2 * units:] + probe[:, t, 2 * units:]
            gates.append(torch.cat([rz, n], 1))
            h = (1 - z) * torch.tanh(n) + z * h
        else:
            gate = x[:, t] @ w.T + h @ u.T + b + probe[:, t]
            gates.append(gate)
            if kind == "lstm":
                i, f, g, o = gate.split(units, 1)
                c = torch.sigmoid(f + forget) * c + torch.sigmoid(i) * torch.tanh(g)
                h = torch.sigmoid(o) * torch.tanh(c)
            else:
                h = torch.tanh(gate) if kind == "tanh" else torch.relu(gate)
        states.append(h)
    return torch.stack(states, 1), torch.stack(gates, 1), probe


def check(kind, x, w, u, b, d, forget, states):
    """Holds the states against torch.nn's."""
    units = u.shape[1]
    extra = torch.zeros_like(b) if d is None else d
    if kind == "lstm":
        extra = extra.clone()
        extra[units:2 * units] += forget
    make = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}.get(kind)
    module = make(w.shape[1], units, batch_first=True) if make else torch.nn.RNN(
        w.shape[1], units, nonlinearity=kind, batch_first=True)
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    expected = torch.func.functional_call(module, dict(zip(names, (w, u, b, extra))), (x,))[0]
    assert torch.allclose(states, expected, rtol=1e-12, atol=1e-12), kind
