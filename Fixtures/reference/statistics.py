"""Student intervals, normal quantiles, slopes and sample quantiles, for Tests/SampleStatisticsTests.

    python3 statistics.py > statistics.json

Independent of GSL: Student's quantile is the root of mpmath's incomplete beta at 60 digits (and agrees with scipy.stats.t.isf
where that has the digits), the normal's the root of mpmath's erfc; slopes are scipy.stats.linregress's, sample quantiles
numpy.quantile's with its default, linear interpolation. Made with mpmath 1.3.0, scipy 1.17.1, numpy 2.4.6.
"""
import json
import sys

import mpmath
import numpy as np
import scipy.stats
from mpmath import mp, mpf

mp.dps = 60


def student_upper_tail(t, nu):
    """P(T > t) for t > 0: half the regularized incomplete beta function."""
    return mpmath.betainc(nu / mpf(2), mpf(1) / 2, 0, nu / (nu + t * t), regularized=True) / 2


def student_quantile(confidence, nu):
    tail = (1 - mpf(confidence)) / 2
    start = scipy.stats.t.isf(float(tail), nu)
    root = mpmath.findroot(lambda x: mpmath.log(student_upper_tail(mpmath.exp(x), nu)) - mpmath.log(tail), mpmath.log(start))
    return float(mpmath.exp(root))


def normal_quantile(two_sided):
    target = mpmath.log(mpf(two_sided))
    start = scipy.stats.norm.isf(two_sided / 2)
    return float(mpmath.findroot(lambda z: mpmath.log(mpmath.erfc(z / mpmath.sqrt(2))) - target, start))


def numbers(values):
    return [float(v) for v in values]


rng = np.random.default_rng(20240607)
samples = [rng.normal(3, 2, n) for n in (2, 3, 5, 10, 50, 400)] + [1e-200 * rng.normal(1, 5, 7), 1e150 * rng.normal(1, 5, 7)]
means = []
for values in samples:
    for confidence in (0.5, 0.95, 0.999):
        exact = [mpf(float(v)) for v in values]
        mean = mpmath.fsum(exact) / len(exact)
        deviation = mpmath.sqrt(mpmath.fsum((v - mean) ** 2 for v in exact) / (len(exact) - 1))
        half = student_quantile(confidence, len(exact) - 1) * deviation / mpmath.sqrt(len(exact))
        means.append({"values": numbers(values), "confidence": confidence, "mean": float(mean), "halfWidth": float(half)})

student = [
    {"confidence": c, "count": n, "quantile": student_quantile(c, n - 1)}
    for n in (2, 3, 4, 6, 11, 31, 101, 1001, 100001) for c in (0.01, 0.5, 0.9, 0.95, 0.99, 0.999999)
]
normal = [
    {"probability": p, "quantile": normal_quantile(p)}
    for p in (1e-300, 1e-100, 1e-30, 1e-16, 1e-9, 1e-6, 1e-3, 0.01, 0.05, 0.3173105078629141, 0.5, 0.9, 0.999)
]
lines = []
for n in (2, 3, 20, 200):
    x = np.arange(1, n + 1) + rng.normal(0, 0.1, n)
    y = -0.3 * x + rng.normal(0, 2, n)
    lines.append({"x": numbers(x), "y": numbers(y), "slope": float(scipy.stats.linregress(x, y).slope)})
data = rng.normal(0, 1, 41)
quantiles = [{"fraction": f, "value": float(np.quantile(data, f))} for f in (0, 0.025, 0.25, 0.5, 0.61803, 0.975, 1)]

json.dump(
    {"means": means, "student": student, "normal": normal, "lines": lines,
     "quantiles": {"values": numbers(data), "expected": quantiles}},
    sys.stdout, indent=1)
print()
