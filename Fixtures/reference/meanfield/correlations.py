"""Simulated networks of finite width, for Tests/MeanFieldTests: cosines between samples and growth per layer.

    python3 correlations.py > correlations.json

Forward and backward passes in NumPy, Double, fresh normal weights and biases, inputs N(0,1) and cotangents N(0,1) each
replica (numpy PCG64, seed 20260102). Per layer the mean over all pairs of samples of the cosine of z, and of a: its mean,
variance and kurtosis over replicas. "growth": the same of the least-squares slope over all layers of log10 of the mean
square of a, first to last, and of dL/da, last to first. Made with numpy 2.4.6.
"""

import json
import sys

import numpy as np
from scipy.special import expit, ndtr

RNG = np.random.Generator(np.random.PCG64(20260102))
FUNCTIONS = {
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0),
    "tanh": (np.tanh, lambda x: 4 * expit(2 * x) * expit(-2 * x)),
    "sigmoid": (expit, lambda x: expit(x) * expit(-x)),
    "gelu": (lambda x: x * ndtr(x), lambda x: ndtr(x) + x * np.exp(-x * x / 2) / np.sqrt(2 * np.pi)),
    "hardtanh": (lambda x: np.clip(x, -1, 1), lambda x: (np.abs(x) < 1) * 1.0),
}
# name, activation, width, depth, sw2, sb2, batch, replicas
CASES = [
    ("he relu", "relu", 192, 8, 2.0, 0.0, 8, 1500),
    ("he relu, two samples", "relu", 192, 6, 2.0, 0.0, 2, 1500),
    ("chaotic tanh", "tanh", 192, 8, 25 / 9, 0.0, 8, 1500),
    ("critical tanh with biases", "tanh", 192, 8, 1.7609546, 0.05, 16, 1500),
    ("ordered gelu", "gelu", 192, 6, 1.2, 0.1, 16, 1500),
    ("chaotic sigmoid", "sigmoid", 192, 6, 160.0, 0.05, 8, 1500),
    ("ordered hard tanh", "hardtanh", 192, 6, 1.2, 0.3, 8, 1500),
]


def cosine(x):
    u = x / np.linalg.norm(x, axis=0)
    b = x.shape[1]
    return (np.sum(np.sum(u, axis=1) ** 2) - b) / (b * (b - 1))


def slope(y):
    x = np.arange(len(y)) - (len(y) - 1) / 2
    return np.dot(x, y) / np.dot(x, x)


def simulate(activation, width, depth, sw2, sb2, batch):
    f, g = FUNCTIONS[activation]
    a = RNG.standard_normal((width, batch))
    matrices, zs, cosines, forward, backward = [], [], [], [], []
    for _ in range(depth):
        w = RNG.standard_normal((width, width)) * (sw2 / width) ** 0.5
        z = w @ a + sb2**0.5 * RNG.standard_normal((width, 1))
        a = f(z)
        matrices.append(w)
        zs.append(z)
        cosines.append([cosine(z), cosine(a)])
        forward.append(np.log10(np.mean(a * a)))
    d = RNG.standard_normal((width, batch))
    for k in range(depth - 1, -1, -1):
        backward.append(np.log10(np.mean(d * d)))
        d = matrices[k].T @ (d * g(zs[k]))
    return np.array([*np.ravel(cosines), slope(forward), slope(backward)])


def main():
    cases = []
    for name, activation, width, depth, sw2, sb2, batch, replicas in CASES:
        samples = np.array([simulate(activation, width, depth, sw2, sb2, batch) for _ in range(replicas)])
        mean, variance = samples.mean(0), samples.var(0, ddof=1)
        kurtosis = ((samples - mean) ** 4).mean(0) / variance**2
        case = dict(name=name, activation=activation, width=width, depth=depth, weightVariance=sw2, biasVariance=sb2,
                    batch=batch, replicas=replicas)
        for key, values in (("mean", mean), ("variance", variance), ("kurtosis", kurtosis)):
            case[key] = values[:-2].reshape(depth, 2).tolist()
            case["growth" + key.capitalize()] = values[-2:].tolist()
        cases.append(case)
        print(name, mean[-4:], variance[-4:], file=sys.stderr)
    json.dump({"generator": f"numpy {np.__version__}", "cases": cases}, sys.stdout)
    print()


main()
