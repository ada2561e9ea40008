"""Critical points of GELU, SiLU and Mish, what depth does about them, and saturated shares, for Tests/MeanFieldTests.

    python3 critical_line.py > critical_line.json

The edge of chaos is the curve q -> (1 / E f'^2, q - E f^2 / E f'^2). All its points at a bias variance are found by scanning 4000
values of q from 1e-7 to 1e7 for changes of sign and polishing with scipy's brentq; the half-stable points by a double zero of
V(q) - q. Where iterates settle is the first zero of V(q) - q in the direction of its sign at the start, null where there is none up
to 1e8. Saturated shares are probabilities of
the intervals between the roots of |f'| = 0.05 max|f'|, found on a grid of 200001 points and polished. Moments are Gauss-Legendre
sums in NumPy on panels of their own, independent of the Swift code. Made with numpy 2.4.6 and scipy 1.17.1.
"""

import json
import sys

import numpy as np
import scipy
from scipy.optimize import brentq, minimize_scalar
from scipy.special import erf, expit, ndtr

NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)


def pdf(x):
    return np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def softplus(x):
    return np.logaddexp(0, x)


def sech2(x):
    return 4 * expit(2 * x) * expit(-2 * x)


FUNCTIONS = {
    "gelu": (lambda x: x * ndtr(x), lambda x: ndtr(x) + x * pdf(x)),
    "silu": (lambda x: x * expit(x), lambda x: expit(x) * (1 + x * expit(-x))),
    "mish": (lambda x: x * np.tanh(softplus(x)), lambda x: np.tanh(softplus(x)) + x * expit(x) * sech2(softplus(x))),
    "softplus": (softplus, expit),
    "sigmoid": (expit, lambda x: expit(x) * expit(-x)),
    "tanh": (np.tanh, sech2),
    "erf": (erf, lambda x: 2 / np.sqrt(np.pi) * np.exp(-x * x)),
    "softsign": (lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2),
    "elu": (
        lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), lambda x: np.where(x > 0, 1, np.exp(np.minimum(x, 0))),
    ),
    "hardtanh": (lambda x: np.clip(x, -1, 1), lambda x: (abs(x) < 1) * 1.0),
    "relu6": (lambda x: np.clip(x, 0, 6), lambda x: ((x > 0) & (x < 6)) * 1.0),
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0),
}


def moments(name, q):
    f, g = FUNCTIONS[name]
    s = q**0.5
    ends = set(np.linspace(-12 * s, 12 * s, 97)) | {0.0}
    ends |= {sign * a for sign in (-1, 1) for a in np.geomspace(1e-3, 60, 80) if a < 12 * s}
    ends = np.array(sorted(ends))
    half, middle = np.diff(ends) / 2, (ends[1:] + ends[:-1]) / 2
    x, w = (middle[:, None] + half[:, None] * NODES).ravel(), (half[:, None] * WEIGHTS).ravel()
    d = w * pdf(x / s) / s
    return float(d @ f(x) ** 2), float(d @ g(x) ** 2), float(d @ (x * f(x) * g(x)) / q)


def bias(name, q):
    m, d, _ = moments(name, q)
    return q - m / d


def critical_points(name, b):
    grid = np.geomspace(1e-7, 1e7, 4000)
    values = np.array([bias(name, q) for q in grid]) - b
    points = []
    for i in np.flatnonzero(np.sign(values[1:]) != np.sign(values[:-1])):
        q = brentq(lambda t: bias(name, t) - b, grid[i], grid[i + 1], xtol=1e-14, rtol=1e-14)
        _, d, slope = moments(name, q)
        points.append(dict(weightVariance=1 / d, variance=q, slope=slope / d))
    return points


def half_stable(name, low, high):
    q = brentq(lambda t: moments(name, t)[2] - moments(name, t)[1], low, high, xtol=1e-14)
    m, d, _ = moments(name, q)
    sw, sb = 1 / d, q - m / d
    excess = lambda t: sw * moments(name, t)[0] + sb - t
    # The sign of V - q beside the touch: the side on which it points to q* is the one that it attracts.
    below, above = excess(0.995 * q), excess(1.005 * q)
    limits = []
    for start in (1.0, 4 * q):
        up = excess(start) > 0
        # q* is no change of sign; it is passed only if it lies behind.
        met = q if (q > start) == up else None
        grid = np.geomspace(start, 1e8 if up else 1e-8, 4000)
        signs = np.sign([excess(t) for t in grid])
        change = np.flatnonzero(signs[1:] != signs[:-1])
        for i in change[:1]:
            low, high = sorted(grid[i : i + 2])
            # Rounding next to q* is not a crossing.
            if abs(low - q) > 0.01 * q or abs(high - q) > 0.01 * q:
                root = brentq(excess, low, high, xtol=1e-13)
                if met is None or abs(root - start) < abs(met - start):
                    met = root
        end = met
        limits.append(dict(start=start, limit=end, chi1=sw * moments(name, end)[1] if end else None))
    return dict(activation=name, weightVariance=sw, biasVariance=sb, variance=q, attractsFromBelow=bool(below > 0),
                attractsFromAbove=bool(above < 0), limits=limits)


def saturated(name, q):
    g = FUNCTIONS[name][1]
    grid = np.linspace(-60, 60, 200001)
    top = np.abs(g(grid)).max()
    if name in ("gelu", "silu", "mish"):
        peak = grid[np.argmax(g(grid))]
        top = -minimize_scalar(lambda x: -g(x), bounds=(peak - 1, peak + 1), method="bounded", options=dict(xatol=1e-12)).fun
    h = lambda x: np.abs(g(x)) - 0.05 * top
    values = h(grid)
    ends = [-np.inf]
    for i in np.flatnonzero(np.sign(values[1:]) != np.sign(values[:-1])):
        a, b = grid[i], grid[i + 1]
        for _ in range(80):
            c = (a + b) / 2
            a, b = (c, b) if np.sign(h(c)) == np.sign(values[i]) else (a, c)
        ends.append((a + b) / 2)
    ends.append(np.inf)
    share = [0.0, 0.0]
    for a, b in zip(ends, ends[1:]):
        inside = h((max(a, -61) + min(b, 61)) / 2)
        if inside < 0:
            s = q**0.5
            share[0] += float(ndtr(min(b, 0) / s) - ndtr(min(a, 0) / s))
            share[1] += float(ndtr(-max(a, 0) / s) - ndtr(-max(b, 0) / s))
    return dict(activation=name, variance=q, below=share[0], above=share[1])


def main():
    points = [
        dict(activation=name, biasVariance=b, points=critical_points(name, b))
        for name in ("gelu", "silu", "mish", "softplus", "sigmoid") for b in (1e-4, 0.01, 0.09, 0.3, 1.0)
    ]
    touches = [half_stable("gelu", 3.4, 3.7), half_stable("silu", 14.2, 14.45), half_stable("mish", 1, 3)]
    shares = [
        saturated(name, q) for name in ("tanh", "erf", "softsign", "hardtanh", "sigmoid", "softplus", "gelu", "silu", "mish",
                                        "elu", "relu", "relu6") for q in (0.3, 3.0, 45.0)
    ]
    json.dump(dict(generator=f"numpy {np.__version__}, scipy {scipy.__version__}", criticalPoints=points, halfStable=touches,
                   saturation=shares), sys.stdout, indent=0)
    print()


main()
