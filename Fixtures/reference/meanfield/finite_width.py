"""Simulated networks of finite width, for Tests/MeanFieldTests: mean and variance over replicas of log10 second moments.

    python3 finite_width.py > finite_width.json

Forward and backward passes in NumPy, Double, fresh weights, inputs N(0,1) and cotangents N(0,1) each replica (numpy PCG64,
seed 20260101). "law" says how weights are drawn: normal, uniform or orthogonal (Haar by QR with the sign fix of Mezzadri 2007).
Per layer, first to last: log10 of the mean over units and batch of z^2, a^2, (dL/da)^2, (dL/dz)^2. Made with numpy 2.4.6.
"""

import json
import sys

import numpy as np
from scipy.special import expit, ndtr

RNG = np.random.Generator(np.random.PCG64(20260101))
FUNCTIONS = {
    "identity": (lambda x: x, lambda x: np.ones_like(x)),
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0),
    "tanh": (np.tanh, lambda x: 4 * expit(2 * x) * expit(-2 * x)),
    "softplus": (lambda x: np.logaddexp(0, x), expit),
    "gelu": (lambda x: x * ndtr(x), lambda x: ndtr(x) + x * np.exp(-x * x / 2) / np.sqrt(2 * np.pi)),
}
# name, activation, widths (inputs first), sw2, sb2, batch, law, replicas
CASES = [
    ("he relu, single input", "relu", [96] * 16, 2.0, 0.0, 1, "normal", 800),
    ("he relu, batch", "relu", [96] * 16, 2.0, 0.0, 32, "normal", 800),
    ("he relu, uniform weights", "relu", [96] * 9, 2.0, 0.0, 8, "uniform", 800),
    ("orthogonal relu", "relu", [48] * 9, 2.0, 0.0, 4, "orthogonal", 800),
    ("orthogonal linear, tapering", "identity", [96, 64, 96, 48, 80], 1.0, 0.0, 1, "orthogonal", 800),
    ("critical tanh", "tanh", [96] * 26, 1.7609546, 0.05, 1, "normal", 800),
    ("critical tanh, batch", "tanh", [96] * 21, 1.7609546, 0.05, 16, "normal", 800),
    ("chaotic tanh", "tanh", [96] * 16, 25 / 9, 0.0, 8, "normal", 800),
    ("softplus at unit variance", "softplus", [96] * 21, 1.0831218815**2, 0.0, 1, "normal", 800),
    ("gelu, changing widths", "gelu", [64, 128, 96, 160, 96, 128], 1.5, 0.1, 16, "normal", 800),
    ("orthogonal tanh with biases", "tanh", [64] * 9, 2.0, 0.05, 4, "orthogonal", 800),
]


def weights(law, rows, columns, sw2):
    if law == "normal":
        return RNG.standard_normal((rows, columns)) * (sw2 / columns) ** 0.5
    if law == "uniform":
        return RNG.uniform(-1, 1, (rows, columns)) * (3 * sw2 / columns) ** 0.5
    q, r = np.linalg.qr(RNG.standard_normal((max(rows, columns), min(rows, columns))))
    q = q * np.sign(np.diag(r))
    q = q if rows >= columns else q.T
    # Entries of variance sw2 / columns: a matrix with orthonormal rows or columns has 1 / max(rows, columns).
    return q * (sw2 * max(rows, columns) / columns) ** 0.5


def simulate(activation, widths, sw2, sb2, batch, law):
    f, g = FUNCTIONS[activation]
    a = RNG.standard_normal((widths[0], batch))
    matrices, zs, rows = [], [], []
    for columns, units in zip(widths, widths[1:]):
        w = weights(law, units, columns, sw2)
        z = w @ a + sb2**0.5 * RNG.standard_normal((units, 1))
        a = f(z)
        matrices.append(w)
        zs.append(z)
        rows.append([np.mean(z * z), np.mean(a * a)])
    d = RNG.standard_normal((widths[-1], batch))
    for k in range(len(zs) - 1, -1, -1):
        rows[k].append(np.mean(d * d))
        d = d * g(zs[k])
        rows[k].append(np.mean(d * d))
        d = matrices[k].T @ d
    return np.log10(rows)


def main():
    cases = []
    for name, activation, widths, sw2, sb2, batch, law, replicas in CASES:
        samples = np.array([simulate(activation, widths, sw2, sb2, batch, law) for _ in range(replicas)])
        mean, variance = samples.mean(0), samples.var(0, ddof=1)
        kurtosis = ((samples - mean) ** 4).mean(0) / variance**2
        cases.append(dict(name=name, activation=activation, widths=widths, weightVariance=sw2, biasVariance=sb2, batch=batch,
                          law=law, replicas=replicas, mean=mean.tolist(), variance=variance.tolist(), kurtosis=kurtosis.tolist()))
        print(name, mean[-1], variance[-1], file=sys.stderr)
    json.dump({"generator": f"numpy {np.__version__}", "cases": cases}, sys.stdout)
    print()


main()
