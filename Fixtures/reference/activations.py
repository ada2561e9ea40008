"""Values and derivatives of every activation to 50 digits, for Tests/NetworkGraphTests/Activations.

    python3 activations.py > activations.json

Independent of the Swift code: each function is written as its paper defines it and evaluated by mpmath with enough working
digits that cancellation in the textbook form does not matter. Derivatives are mpmath's of the definition's pieces, taken
analytically on each smooth piece; at a kink they are PyTorch's (checked against torch 2.15, see KINKS in the test).
Regenerate only when an activation is added or the grid changes. Made with mpmath 1.3.0.

Every number is written as a decimal that rounds to the nearest Double. A result below the least normal Double is kept: the
reader decides what it makes of subnormals.
"""

import json
import sys

import mpmath
from mpmath import mp, mpf

mp.dps = 400  # 1 - tanh(350) has 300 zeros before its first digit.

half = mpf(1) / 2
QUICK = mpf("1.702")


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def phi(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def Phi(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def sech2(x):
    return 1 / mp.cosh(x) ** 2


def gelu_tanh_argument(x):
    return mp.sqrt(2 / mp.pi) * (x + mpf("0.044715") * x**3)


def gelu_tanh(x):
    return half * x * (1 + mp.tanh(gelu_tanh_argument(x)))


def gelu_tanh_derivative(x):
    u = gelu_tanh_argument(x)
    du = mp.sqrt(2 / mp.pi) * (1 + 3 * mpf("0.044715") * x**2)
    return half * (1 + mp.tanh(u)) + half * x * sech2(u) * du


def softplus(x):
    return mp.log1p(mp.exp(x))


def mish_derivative(x):
    t = mp.tanh(softplus(x))
    return t + x * (1 - t * t) * sigmoid(x)


LAMBDA = mpf("1.0507009873554804934193349852946")
ALPHA = mpf("1.6732632423543772848170429916717")

# What PyTorch's float64 kernels use for the parameters is the Double nearest to the decimal.
SLOPE, A, TENTH = mpf(0.01), mpf(0.25), mpf(0.1)


def rectifier(slope):
    return (lambda x: x if x > 0 else slope * x, lambda x: mpf(1) if x > 0 else slope)


def elu(alpha):
    return (
        lambda x: x if x > 0 else alpha * mp.expm1(x),
        lambda x: mpf(1) if x > 0 else alpha * mp.exp(x),
    )


def celu(alpha):
    return (
        lambda x: x if x > 0 else alpha * mp.expm1(x / alpha),
        lambda x: mpf(1) if x > 0 else mp.exp(x / alpha),
    )


FUNCTIONS = {
    "identity": (lambda x: x, lambda x: mpf(1)),
    "relu": rectifier(mpf(0)),
    "leaky_relu": rectifier(SLOPE),
    "leaky_relu(slope=10)": rectifier(mpf(10)),
    "prelu": rectifier(A),
    "prelu(a=-0.5)": rectifier(-half),
    "relu6": (lambda x: min(max(mpf(0), x), mpf(6)), lambda x: mpf(0 < x < 6)),
    "elu": elu(mpf(1)),
    "elu(alpha=0.1)": elu(TENTH),
    "selu": (
        lambda x: LAMBDA * (x if x > 0 else ALPHA * mp.expm1(x)),
        lambda x: LAMBDA * (mpf(1) if x > 0 else ALPHA * mp.exp(x)),
    ),
    "celu": celu(mpf(1)),
    "celu(alpha=0.1)": celu(TENTH),
    "celu(alpha=3)": celu(mpf(3)),
    "gelu": (lambda x: x * Phi(x), lambda x: Phi(x) + x * phi(x)),
    "gelu_tanh": (gelu_tanh, gelu_tanh_derivative),
    "quick_gelu": (
        lambda x: x * sigmoid(QUICK * x), lambda x: sigmoid(QUICK * x) * (1 + QUICK * x * (1 - sigmoid(QUICK * x)))
    ),
    "silu": (lambda x: x * sigmoid(x), lambda x: sigmoid(x) * (1 + x * (1 - sigmoid(x)))),
    "mish": (lambda x: x * mp.tanh(softplus(x)), mish_derivative),
    "softplus": (softplus, sigmoid),
    "softsign": (lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2),
    "tanh": (mp.tanh, sech2),
    "hardtanh": (lambda x: min(max(mpf(-1), x), mpf(1)), lambda x: mpf(-1 < x < 1)),
    "sigmoid": (sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x))),
    "hard_sigmoid": (lambda x: min(max(mpf(0), x + 3), mpf(6)) / 6, lambda x: mpf(-3 < x < 3) / 6),
    "hard_swish": (
        lambda x: x * min(max(mpf(0), x + 3), mpf(6)) / 6,
        lambda x: mpf(0) if x <= -3 else mpf(1) if x >= 3 else x / 3 + half,
    ),
    "erf": (mp.erf, lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)),
    "sin": (mp.sin, mp.cos),
    "relu_squared": (lambda x: max(mpf(0), x) ** 2, lambda x: 2 * max(mpf(0), x)),
}


def grid():
    """Arguments, exact in Double: tiny, moderate, huge, and beside every kink and every change of formula."""
    magnitudes = [0.0, 1e-300, 1e-100, 1e-30, 1e-20, 1e-12, 1e-9, 6e-8, 1e-6, 1e-4, 1e-3, 0.01, 0.03125]
    magnitudes += [k / 8 + 1 / 97 for k in range(0, 80)]
    magnitudes += [0.5, 1.0, 1.4142135623730951, 2.0, 2.399357280515468, 3.0, 5.9, 6.0, 9.5, 12.0, 13.3, 14.9, 17.1]
    magnitudes += [18.4, 19.06, 20.0, 21.5, 25.7, 30.1, 36.6, 37.4, 44.4, 70.7, 88.7, 103.9, 177.3, 350.1, 500.5, 700.7]
    magnitudes += [750.5, 800.0, 1e3, 12345.678, 1e5, 1048577.3, 1e6, 1e9, 1e15, 1e22, 1e38, 1e100]
    for kink in (1.0, 3.0, 6.0):
        for step in (-1e-9, 1e-9, -(2.0**-50), 2.0**-50):
            magnitudes.append(kink + step)
    return sorted({s * m for m in magnitudes for s in (-1.0, 1.0)})


def write(number):
    # exp of an argument of 1e38 is a number that no decimal float holds: name it zero or infinity as Double would.
    if number == 0 or abs(number) < mpf("1e-330"):
        return 0.0
    if abs(number) > mpf("1e309"):
        return "Infinity" if number > 0 else "-Infinity"
    return float(mpmath.nstr(number, 50))


def main():
    xs = grid()
    activations = {}
    for name, (value, derivative) in FUNCTIONS.items():
        rows = {"value": [], "derivative": []}
        for x in xs:
            # Beyond 1e4 the exponentials have more zeros than working digits; every function is at its asymptote there.
            mp.dps = 400 if abs(x) <= 1e4 else 60
            for key, function in (("value", value), ("derivative", derivative)):
                rows[key].append(write(function(mpf(x))))
        activations[name] = rows
    json.dump({"generator": f"mpmath {mpmath.__version__}", "x": xs, "activations": activations}, sys.stdout, indent=0)
    print()


main()
