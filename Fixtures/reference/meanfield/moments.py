"""Gaussian moments of every activation to 17 digits, for Tests/MeanFieldTests.

    python3 moments.py > moments.json

E f, E f^2, E f'^2, E f^4, E f'^4, d(E f^2)/dq = E x f f' / q and E f^2 f'^2 for x ~ N(0, q), q = 1e-12 ... 1e12 by decades.
Independent of the Swift code: functions as their papers define them, 40 working digits, Gauss-Legendre of order 30 on panels
whose ends are the kinks and +-2^k. The sums are checked here against the same rule on halved panels (26 digits) for a part
of the cases and against mpmath's own tanh-sinh quadrature for some. The sine's moments are closed forms, checked likewise
where the integral can be formed. Regenerate only when an activation is added. Made with mpmath 1.3.0.
"""

import json
import sys

import mpmath
import numpy
from mpmath import mp, mpf

mp.dps = 40
half = mpf(1) / 2
ORDER = 30


def sigmoid(x):
    return 1 / (1 + mp.exp(-x)) if x >= 0 else mp.exp(x) / (1 + mp.exp(x))


def phi(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def Phi(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def softplus(x):
    return mp.log1p(mp.exp(x)) if x < 0 else x + mp.log1p(mp.exp(-x))


def rectifier(slope):
    return lambda x: (x, mpf(1)) if x > 0 else (slope * x, slope)


def exponential(scale, alpha, divisor=mpf(1)):
    """scale x on the right, scale alpha (exp(x / divisor) - 1) on the left."""
    return lambda x: (
        (scale * x, scale)
        if x > 0
        else (scale * alpha * mp.expm1(x / divisor), scale * alpha / divisor * mp.exp(x / divisor))
    )


def gelu(x):
    return x * Phi(x), Phi(x) + x * phi(x)


def gelu_tanh(x):
    c = mp.sqrt(2 / mp.pi)
    u, du = c * (x + mpf("0.044715") * x**3), c * (1 + 3 * mpf("0.044715") * x**2)
    s = sigmoid(2 * u)
    return x * s, s + 2 * x * s * sigmoid(-2 * u) * du


def silu(x):
    s = sigmoid(x)
    return x * s, s + x * s * sigmoid(-x)


def quick_gelu(x):
    v = mpf("1.702") * x
    s = sigmoid(v)
    return x * s, s + v * s * sigmoid(-v)


def mish(x):
    t = mp.tanh(softplus(x))
    return x * t, t + x * sigmoid(x) / mp.cosh(softplus(x)) ** 2


def clipped(low, high, value, slope):
    return lambda x: (value(low), mpf(0)) if x <= low else (value(high), mpf(0)) if x >= high else (value(x), slope)


def hard_swish(x):
    return (mpf(0), mpf(0)) if x <= -3 else (x, mpf(1)) if x >= 3 else (x * (x + 3) / 6, x / 3 + half)


def tanh(x):
    e = mp.exp(-2 * abs(x))
    return (1 - e) / (1 + e) * mp.sign(x), 4 * e / (1 + e) ** 2


def logistic(x):
    e = mp.exp(-abs(x))
    return sigmoid(x), e / (1 + e) ** 2


SELU = mpf("1.0507009873554804934193349852946"), mpf("1.6732632423543772848170429916717")
# name: (function to the pair f, f'; kinks)
FUNCTIONS = {
    "identity": (lambda x: (x, mpf(1)), ()),
    "relu": (rectifier(mpf(0)), ()),
    "leaky_relu": (rectifier(mpf(0.01)), ()),
    "leaky_relu(slope=-2)": (rectifier(mpf(-2)), ()),
    "prelu": (rectifier(mpf(0.25)), ()),
    "relu6": (clipped(mpf(0), mpf(6), lambda x: x, mpf(1)), (6,)),
    "elu": (exponential(mpf(1), mpf(1)), ()),
    "elu(alpha=2.5)": (exponential(mpf(1), mpf(2.5)), ()),
    "selu": (exponential(*SELU), ()),
    "celu": (exponential(mpf(1), mpf(1)), ()),
    "celu(alpha=0.0001)": (exponential(mpf(1), mpf(0.0001), mpf(0.0001)), ()),
    "celu(alpha=1000)": (exponential(mpf(1), mpf(1000), mpf(1000)), ()),
    "gelu": (gelu, ()),
    "gelu_tanh": (gelu_tanh, ()),
    "quick_gelu": (quick_gelu, ()),
    "silu": (silu, ()),
    "mish": (mish, ()),
    "softplus": (lambda x: (softplus(x), sigmoid(x)), ()),
    "softsign": (lambda x: (x / (1 + abs(x)), 1 / (1 + abs(x)) ** 2), ()),
    "tanh": (tanh, ()),
    "hardtanh": (clipped(mpf(-1), mpf(1), lambda x: x, mpf(1)), (1,)),
    "sigmoid": (logistic, ()),
    "hard_sigmoid": (clipped(mpf(-3), mpf(3), lambda x: (x + 3) / 6, mpf(1) / 6), (3,)),
    "hard_swish": (hard_swish, (3,)),
    "erf": (lambda x: (mp.erf(x), 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)), ()),
    "sin": (lambda x: (mp.sin(x), mp.cos(x)), ()),
    "relu_squared": (lambda x: (x * x, 2 * x) if x > 0 else (mpf(0), mpf(0)), ()),
}
KEYS = [
    "mean", "secondMoment", "derivativeSecondMoment", "fourthMoment", "derivativeFourthMoment", "secondMomentSlope",
    "mixedFourthMoment",
]


def integrands(x, q, f, g):
    return f, f * f, g * g, f**4, g**4, x * f * g / q, (f * g) ** 2


def legendre(order):
    """Nodes and weights on [-1, 1]: Newton's method from NumPy's nodes, to the working precision."""
    rule = []
    for start in numpy.polynomial.legendre.leggauss(order)[0]:
        x = mpf(float(start))
        for _ in range(4):
            before, value = mpf(1), x
            for k in range(2, order + 1):
                before, value = value, ((2 * k - 1) * x * value - (k - 1) * before) / k
            derivative = order * (before - x * value) / (1 - x * x)
            x -= value / derivative
        rule.append((x, 2 / ((1 - x * x) * derivative**2)))
    return rule


RULE = legendre(ORDER)


def moments(function, kinks, q, halvings=0):
    sigma = mp.sqrt(q)
    last = 16 * sigma
    smallest = mp.floor(mp.log(min(mpf(2) ** -16, sigma), 2)) if q > 1 else mp.floor(mp.log(sigma, 2)) - 1
    if function in (FUNCTIONS["celu(alpha=0.0001)"][0],):
        smallest = min(smallest, -18)
    else:
        smallest = max(smallest, -4) if q > 1 else smallest
    ends = [mpf(0)] + [mpf(2) ** int(k) for k in range(int(smallest), 80) if mpf(2) ** int(k) < last]
    ends = sorted(set(ends + [mpf(k) for k in kinks if k < last] + [last]))
    for _ in range(halvings):
        ends = sorted(ends + [(a + b) / 2 for a, b in zip(ends, ends[1:])])
    total = [mpf(0)] * len(KEYS)
    for a, b in zip(ends, ends[1:]):
        for t, w in RULE:
            x = (a + b) / 2 + (b - a) / 2 * t
            density = mp.exp(-x * x / (2 * q)) / mp.sqrt(2 * mp.pi * q) * w * (b - a) / 2
            for sign in (1, -1):
                for k, value in enumerate(integrands(sign * x, q, *function(sign * x))):
                    total[k] += density * value
    return total


def sine_moments(q):
    a, b = mp.exp(-2 * q), mp.exp(-8 * q)
    return [mpf(0), (1 - a) / 2, (1 + a) / 2, (3 - 4 * a + b) / 8, (3 + 4 * a + b) / 8, a, (1 - b) / 8]


def agree(left, right, digits, what):
    for key, l, r in zip(KEYS, left, right):
        scale = max(abs(l), abs(r), mpf("1e-60"))
        if key == "mean":
            scale = max(scale, mp.sqrt(abs(left[1])) * mpf("1e-12"))
        if abs(l - r) > scale * mpf(10) ** -digits:
            raise SystemExit(f"{what} {key}: {l} against {r}")


def main():
    out = {}
    for name, (function, kinks) in FUNCTIONS.items():
        rows = []
        for k in range(-12, 13):
            mp.dps = 70 if name == "sin" else 40
            q = mpf(10) ** k if k >= 0 else mpf(float(f"1e{k}"))
            if name == "sin":
                result = sine_moments(q)
                if k <= 0:
                    agree(result, moments(function, kinks, q), 18, (name, k))
            else:
                result = moments(function, kinks, q)
                if k in (-8, 0, 1, 6):
                    agree(result, moments(function, kinks, q, 1), 20, (name, k))
            rows.append([float(q)] + [float(mpmath.nstr(v, 25)) if abs(v) > mpf("1e-45") else 0.0 for v in result])
        out[name] = rows
        print(name, file=sys.stderr)
    # One case by a rule that shares nothing with the above.
    mp.dps = 30
    q = mpf(2)
    for name in ("gelu", "tanh", "mish"):
        f = FUNCTIONS[name][0]
        other = [
            mp.quad(lambda x: integrands(x, q, *f(x))[k] * mp.exp(-x * x / (2 * q)) / mp.sqrt(2 * mp.pi * q),
                    [-22, -8, -3, 0, 3, 8, 22]) for k in range(len(KEYS))
        ]
        agree(other, moments(f, (), q), 15, name)
    json.dump({"generator": f"mpmath {mpmath.__version__}", "columns": ["q"] + KEYS, "activations": out}, sys.stdout, indent=0)
    print()


main()
