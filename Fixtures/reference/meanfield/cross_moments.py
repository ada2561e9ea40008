"""Product moments under a bivariate normal, for Tests/MeanFieldTests.

    python3 cross_moments.py > cross_moments.json

"grid": E f(u1)f(u2), E f'(u1)f'(u2), E f(u1)^2 f(u2)^2, E f'(u1)^2 f'(u2)^2 by NumPy in Double: f on a fixed product grid of
Gauss-Legendre panels in (u1, u2), weighted by the bivariate density. (The Swift rule turns the axes and has no fixed grid.)
Halving the panels changes no value by more than 3e-13 of its natural size; that is checked here.
"closed": 1 - c, E f f, E f'f' and E (f(u1) - f(u2))^2 / 2 from closed forms with 60 digits (mpmath): arc-cosine kernels (Cho
and Saul 2009), arcsine kernel (Williams 1998), the sine's characteristic function.
Made with numpy 2.4.6, scipy 1.17.1 and mpmath 1.3.0.
"""

import json
import sys

import mpmath
import numpy as np
import scipy
from mpmath import mp, mpf
from scipy.special import expit, ndtr

mp.dps = 60


def pdf(x):
    return np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def softplus(x):
    return np.logaddexp(0, x)


def sech2(x):
    return 4 * expit(2 * x) * expit(-2 * x)


FUNCTIONS = {
    "tanh": (np.tanh, sech2, ()),
    "gelu": (lambda x: x * ndtr(x), lambda x: ndtr(x) + x * pdf(x), ()),
    "quick_gelu": (
        lambda x: x * expit(1.702 * x), lambda x: expit(1.702 * x) * (1 + 1.702 * x * expit(-1.702 * x)), (),
    ),
    "silu": (lambda x: x * expit(x), lambda x: expit(x) * (1 + x * expit(-x)), ()),
    "mish": (
        lambda x: x * np.tanh(softplus(x)), lambda x: np.tanh(softplus(x)) + x * expit(x) * sech2(softplus(x)), (),
    ),
    "softplus": (softplus, expit, ()),
    "sigmoid": (expit, lambda x: expit(x) * expit(-x), ()),
    "elu": (lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), lambda x: np.where(x > 0, 1, np.exp(np.minimum(x, 0))), (0,)),
    "softsign": (lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2, (0,)),
    "hardtanh": (lambda x: np.clip(x, -1, 1), lambda x: (abs(x) < 1) * 1.0, (-1, 1)),
    "relu6": (lambda x: np.clip(x, 0, 6), lambda x: ((x > 0) & (x < 6)) * 1.0, (0, 6)),
    "hard_swish": (
        lambda x: x * np.clip(x + 3, 0, 6) / 6, lambda x: np.where(x <= -3, 0, np.where(x >= 3, 1, x / 3 + 0.5)), (-3, 3),
    ),
    "relu_squared": (lambda x: np.maximum(x, 0) ** 2, lambda x: 2 * np.maximum(x, 0), (0,)),
    "leaky_relu(slope=-2)": (lambda x: np.where(x > 0, x, -2 * x), lambda x: np.where(x > 0, 1.0, -2.0), (0,)),
    "sin": (np.sin, np.cos, ()),
}
POINTS = [(1, 1, 0.5), (0.01, 0.01, 0.9), (2, 0.3, -0.6), (20, 20, 0.7), (400, 1, 0.3), (5, 5, 0.95), (3, 3, -0.9), (1, 1, 0)]


def grid(sigma, kinks, parts):
    ends = set(np.linspace(-11 * sigma, 11 * sigma, 88 * parts + 1))
    if sigma > 1:
        ends |= {s * k / 2 for k in range(0, 40 * parts) for s in (-1, 1) if k / 2 < 11 * sigma}
    ends = np.array(sorted(ends | {float(k) for k in kinks if abs(k) < 11 * sigma}))
    t, w = np.polynomial.legendre.leggauss(12)
    half, middle = np.diff(ends) / 2, (ends[1:] + ends[:-1]) / 2
    return (middle[:, None] + half[:, None] * t).ravel(), (half[:, None] * w).ravel()


def products(name, q1, q2, c, parts=1):
    f, g, kinks = FUNCTIONS[name]
    (u1, w1), (u2, w2) = grid(q1**0.5, kinks, parts), grid(q2**0.5, kinks, parts)
    z1, z2 = u1 / q1**0.5, u2 / q2**0.5
    determinant = 1 - c * c
    density = np.exp(-(z1[:, None] ** 2 - 2 * c * np.outer(z1, z2) + z2**2) / (2 * determinant))
    density *= np.outer(w1, w2) / (2 * np.pi * (q1 * q2 * determinant) ** 0.5)
    return [float(h(u1) @ density @ h(u2)) for h in (f, g, lambda x: f(x) ** 2, lambda x: g(x) ** 2)]


def closed(name, q, gap):
    c = 1 - gap
    if name == "erf":
        t = 2 * q / (1 + 2 * q)
        a, b = mp.asin(t), mp.asin(t * c)
        derivative = 4 / mp.pi / mp.sqrt((1 + 2 * q) ** 2 - 4 * q * q * c * c)
        return 2 / mp.pi * b, derivative, 2 / mp.pi * (a - b)
    if name == "sin":
        product, derivative = mp.exp(-q) * mp.sinh(c * q), mp.exp(-q) * mp.cosh(c * q)
        return product, derivative, (1 - mp.exp(-2 * q)) / 2 - product
    theta = mp.acos(c)
    j = [mp.pi - theta, mp.sin(theta) + (mp.pi - theta) * c, 3 * mp.sin(theta) * c + (mp.pi - theta) * (1 + 2 * c * c)]
    if name == "relu":
        return q * j[1] / (2 * mp.pi), j[0] / (2 * mp.pi), q * (mpf(1) / 2 - j[1] / (2 * mp.pi))
    return q * q * j[2] / (2 * mp.pi), 4 * q * j[1] / (2 * mp.pi), q * q * (mpf(3) / 2 - j[2] / (2 * mp.pi))


def main():
    rows = []
    for name in FUNCTIONS:
        for q1, q2, c in POINTS:
            values, check = products(name, q1, q2, c), products(name, q1, q2, c, 2)
            for k, (l, r) in enumerate(zip(values, check)):
                size = (values[k + 2] if k < 2 else values[k] ** 2) ** 0.5
                if abs(l - r) > 3e-13 * size:
                    raise SystemExit(f"{name} {q1} {q2} {c} [{k}]: {l} against {r}")
            rows.append({"activation": name, "q1": q1, "q2": q2, "c": c, "values": values})
    forms = []
    for name in ("erf", "sin", "relu", "relu_squared"):
        for q in ("1e-3", "0.5", "1", "30"):
            for gap in ("1e-14", "1e-12", "1e-9", "1e-6", "1e-3", "0.3", "1", "1.7", "1.999999"):
                # The Double nearest to each decimal is the argument.
                values = closed(name, mpf(float(q)), mpf(float(gap)))
                forms.append({"activation": name, "q": float(q), "separation": float(gap), "values": [float(mpmath.nstr(v, 25)) for v in values]})
    generator = f"numpy {np.__version__}, scipy {scipy.__version__}, mpmath {mpmath.__version__}"
    json.dump({"generator": generator, "grid": rows, "closed": forms}, sys.stdout, indent=0)
    print()


main()
