"""Fixed points of the variance and correlation maps, for Tests/MeanFieldTests.

    python3 theory.py > theory.json

q* by iterating the variance map from 1 and polishing with scipy's brentq, chi1 and slopes by Gauss-Legendre sums in NumPy, c*
by brentq on the correlation map over a fixed product grid (in the chaotic phase), slopes of maps by their integrals. Independent
of the Swift code, which searches a table and turns the axes. Made with numpy 2.4.6 and scipy 1.17.1.
"""

import json
import sys

import numpy as np
import scipy
from scipy.optimize import brentq
from scipy.special import erf, expit, ndtr


def pdf(x):
    return np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def sech2(x):
    return 4 * expit(2 * x) * expit(-2 * x)


def softplus(x):
    return np.logaddexp(0, x)


LAMBDA, LEFT = 1.05070098735548049342, 1.75809934084737685994
FUNCTIONS = {
    "tanh": (np.tanh, sech2, ()),
    "erf": (erf, lambda x: 2 / np.sqrt(np.pi) * np.exp(-x * x), ()),
    "sin": (np.sin, np.cos, ()),
    "sigmoid": (expit, lambda x: expit(x) * expit(-x), ()),
    "softsign": (lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2, (0,)),
    "hardtanh": (lambda x: np.clip(x, -1, 1), lambda x: (abs(x) < 1) * 1.0, (-1, 1)),
    "gelu": (lambda x: x * ndtr(x), lambda x: ndtr(x) + x * pdf(x), ()),
    "silu": (lambda x: x * expit(x), lambda x: expit(x) * (1 + x * expit(-x)), ()),
    "mish": (lambda x: x * np.tanh(softplus(x)), lambda x: np.tanh(softplus(x)) + x * expit(x) * sech2(softplus(x)), ()),
    "elu": (
        lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), lambda x: np.where(x > 0, 1, np.exp(np.minimum(x, 0))), (0,),
    ),
    "selu": (
        lambda x: np.where(x > 0, LAMBDA * x, LEFT * np.expm1(np.minimum(x, 0))),
        lambda x: np.where(x > 0, LAMBDA, LEFT * np.exp(np.minimum(x, 0))), (0,),
    ),
}
POINTS = [
    ("tanh", 1.69, 0.09), ("tanh", 6.25, 0.09), ("tanh", 16, 0.09), ("tanh", 25 / 9, 0), ("erf", 1.5, 0.1), ("erf", 4, 0.1),
    ("sin", 1.9, 0.1), ("sin", 4, 0.1), ("sigmoid", 4, 0.1), ("sigmoid", 200, 0.1), ("softsign", 1.5, 0.1), ("softsign", 8, 0.1),
    ("hardtanh", 1.2, 0.1), ("hardtanh", 4, 0.1), ("gelu", 1.5, 0.1), ("gelu", 1.97, 0.2), ("silu", 1.9, 0.5), ("mish", 1.9, 0.1),
    ("elu", 1.5, 0.1), ("elu", 1.9, 0.1), ("selu", 1.5, 0.1), ("selu", 1.0, 0.0),
]


def grid(sigma, kinks):
    ends = set(np.linspace(-11 * sigma, 11 * sigma, 133))
    ends |= {s * k / 2 for k in range(0, 40) for s in (-1, 1) if k / 2 < 11 * sigma}
    ends = np.array(sorted(ends | {float(k) for k in kinks if abs(k) < 11 * sigma}))
    t, w = np.polynomial.legendre.leggauss(12)
    half, middle = np.diff(ends) / 2, (ends[1:] + ends[:-1]) / 2
    return (middle[:, None] + half[:, None] * t).ravel(), (half[:, None] * w).ravel()


def mean(h, q, kinks):
    u, w = grid(q**0.5, kinks)
    return float(np.sum(w * h(u) * pdf(u / q**0.5)) / q**0.5)


def pair(h, q, c, kinks):
    u, w = grid(q**0.5, kinks)
    z = u / q**0.5
    density = np.exp(-(z[:, None] ** 2 - 2 * c * np.outer(z, z) + z**2) / (2 * (1 - c * c)))
    return float((h(u) * w) @ density @ (h(u) * w)) / (2 * np.pi * q * (1 - c * c) ** 0.5)


def main():
    rows = []
    for name, sw, sb in POINTS:
        f, g, kinks = FUNCTIONS[name]
        variance = lambda q: sw * mean(lambda x: f(x) ** 2, q, kinks) + sb
        q = 1.0
        for _ in range(5000):
            q, last = variance(q), q
            if abs(q - last) < 1e-4 * q:
                break
        if abs(variance(q) - q) > 1e-13 * q:
            q = brentq(lambda t: variance(t) - t, q * 0.8, q * 1.2, xtol=1e-15, rtol=1e-14)
        chi1 = sw * mean(lambda x: g(x) ** 2, q, kinks)
        slope = sw * mean(lambda x: x * f(x) * g(x), q, kinks) / q
        c, c_slope = 1.0, chi1
        if chi1 > 1:
            difference = lambda c: (sw * pair(f, q, c, kinks) + sb) / q - c
            c = 0.0 if abs(difference(0.0)) < 1e-14 else brentq(difference, 0.0, 0.97, xtol=1e-14)
            c_slope = sw * pair(g, q, c, kinks)
        rows.append(dict(activation=name, weightVariance=sw, biasVariance=sb, qStar=q, chi1=chi1, varianceMapSlope=slope,
                         cStar=c, correlationMapSlope=c_slope))
    json.dump({"generator": f"numpy {np.__version__}, scipy {scipy.__version__}", "points": rows}, sys.stdout, indent=0)
    print()


main()
