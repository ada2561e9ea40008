"""Every special function that the program calls, over the range in which it calls it, for Tests/SampleStatisticsTests.

    python3 special_functions.py > special_functions.json     # about two minutes

Independent of the program's series, fractions and expansions: chi-square, Student's t and the beta distribution are the
numerical integrals (Gauss and Legendre's rule, 22 digits) of their densities. Quantiles are told by the probability of a point near the
one that was asked for, or found by Newton's method on the integral. Digamma and trigamma, erfc and the nodes of Gauss and Legendre are mpmath's; Kolmogorov's law of a finite sample is
scipy.stats.kstwo. Made with mpmath 1.3.0, scipy 1.17.1, numpy 2.4.6.
"""
import json
import sys

import mpmath
import numpy as np
import scipy.special as sp
import scipy.stats as st
from mpmath import mp, mpf

mp.dps = 22


def gauss_legendre(n):
    """Nodes and weights on [-1, 1], by Newton's method on the polynomials' recurrence."""
    rows = []
    for k in range(1, n + 1):
        x = mpmath.cos(mp.pi * (k - mpf(1) / 4) / (n + mpf(1) / 2))
        for _ in range(8):
            below, value = mpf(1), x
            for j in range(2, n + 1):
                below, value = value, ((2 * j - 1) * x * value - (j - 1) * below) / j
            slope = n * (below - x * value) / (1 - x * x)
            x -= value / slope
        rows.append((x, 2 / ((1 - x * x) * slope ** 2)))
    return sorted(rows)


with mpmath.workdps(30):
    RULE = [((1 + x) / 2, weight / 2) for x, weight in gauss_legendre(40)]


class LogConcave:
    """A distribution on the line by the logarithm of its density, which is concave."""

    def __init__(self, log_density, slope, width):
        self.log_density, self.slope, self.width = log_density, slope, mpf(width)

    def tail(self, x, sign):
        """The integral from x outwards, to the left (-1) or right (+1), by Gauss and Legendre's rule on panels over which the
        density falls by e^10 or goes 4 deviations: 40 nodes then leave less than 1e-25."""
        x = mpf(x)
        decay = -sign * self.slope(x)
        panel = min(4 * self.width, 10 / decay) if decay > 0 else 4 * self.width
        shift, top, total = None, None, mpf(0)
        while True:
            values = [self.log_density(x + sign * panel * node) for node, _ in RULE]
            highest = max(values)
            if shift is None:
                shift = top = highest
            top = max(top, highest)
            total += panel * mpmath.fsum(weight * mpmath.exp(value - shift) for value, (_, weight) in zip(values, RULE))
            if values[-1] < top - 70:
                return total * mpmath.exp(shift)
            x += sign * panel

    def quantile(self, p, sign, start):
        x, p = mpf(start), mpf(p)
        for _ in range(60):
            tail = self.tail(x, sign)
            slope = -sign * mpmath.exp(self.log_density(x)) / tail
            step = (mpmath.log(tail) - mpmath.log(p)) / slope
            x -= step
            if abs(step) < mpf(10) ** -18:
                return x
        raise ArithmeticError(f"no quantile of {p} from {start}")


def rest(u):
    """(e^u - 1 - u) / u^2, for u up to 0.01."""
    return mpmath.fsum(u ** k / mpmath.factorial(k + 2) for k in range(12))


def chi_square(nu):
    """The law of u = log(chi^2 / nu)."""
    a = mpf(nu) / 2
    with mpmath.workdps(50):
        # Terms of size a log a that cancel; the density's mode is at 0.
        norm = a * mpmath.log(a) - mpmath.loggamma(a) - a
    # Beyond the mean the density falls by an exponential of an exponential: panels of that scale.
    return LogConcave(
        lambda u: norm - a * (mpmath.expm1(u) - u) if abs(u) > 0.01 else norm - a * u * u * rest(u),
        lambda u: -a * mpmath.expm1(u), min(1 / mpmath.sqrt(a), mpf(0.3)))


def beta_logit(a, b):
    """The law of w = log(x / (1 - x))."""
    a, b = mpf(a), mpf(b)
    with mpmath.workdps(50):
        norm = mpmath.loggamma(a + b) - mpmath.loggamma(a) - mpmath.loggamma(b)

    def log_density(w):
        return norm - a * mpmath.log1p(mpmath.exp(-w)) - b * mpmath.log1p(mpmath.exp(w))

    return LogConcave(
        log_density, lambda w: a / (1 + mpmath.exp(w)) - b / (1 + mpmath.exp(-w)), min(mpmath.sqrt(1 / a + 1 / b), mpf(0.5)))


PROBABILITIES = [0.999, 0.5, 0.05, 1e-3, 1e-6, 1e-9, 1e-12, 1e-30, 1e-100, 1e-300]


def wilson_hilferty(nu, z):
    a = nu / 2
    cube = 1 - 1 / (9 * a) + z / (3 * a ** 0.5)
    return 3 * np.log(cube) if cube > 0.1 else None


chi = []
for nu in (0.4, 1, 2, 3, 5, 10, 19.5, 20, 50, 199, 200, 201, 1e3, 9999, 19999, 30395.742955519734, 65535, 99999, 100001, 394497.5,
           1e6, 1e8, 1e10, 1e12):
    law = chi_square(nu)
    for p in PROBABILITIES:
        half = p / 2
        z = st.norm.isf(half)
        for sign in (-1, 1):
            start = wilson_hilferty(nu, sign * z)
            if start is None:
                a = nu / 2
                start = (np.log(half) + sp.gammaln(a + 1)) / a - np.log(a)
            # The ratio is rounded first, so that the probability is that of the number in the table.
            ratio = float(np.exp(start))
            if ratio > 0:
                tail = law.tail(mpmath.log(mpf(ratio)), sign)
                if 1e-307 < tail < 0.5:
                    chi.append([nu, float(2 * tail), sign, ratio])

chi_probability = []
for n in (1, 2, 5, 199, 200, 10_000, 100_000, 1_000_000, 100_000_000):
    for z in (-12, -3, -0.5, 0.5, 3, 12, 30):
        ratio = float(1 + z * (2 / n) ** 0.5)
        if ratio > 0:
            law, u = chi_square(n), mpmath.log(mpf(ratio))
            chi_probability.append([ratio, n, float(min(1, 2 * min(law.tail(u, -1), law.tail(u, 1))))])

student, student_probability = [], []
for nu in (0.5, 1, 2, 3, 4, 5, 9, 19, 29, 30, 31, 99, 999, 9999, 1e6, 1e8, 1e12):
    law = beta_logit(nu / 2, 0.5)
    # P(|T| > t) is the beta law's lower tail at log(nu / t^2).
    for p in PROBABILITIES:
        t = float(st.t.isf(p / 2, nu)) if p > 1e-13 or nu < 6 else float(np.sqrt(nu * np.expm1(st.norm.isf(p / 2) ** 2 / nu)))
        if 0 < t < 1e300:
            tail = law.tail(mpmath.log(nu) - 2 * mpmath.log(mpf(t)), -1)
            if 1e-307 < tail < 1:
                student.append([nu, float(tail), t])
    for t in (1e-8, 0.1, 3, 30):
        value = law.tail(mpmath.log(nu) - 2 * mpmath.log(mpf(t)), -1)
        if value > 1e-300:
            student_probability.append([t, nu, float(value)])

intervals = []
for n in (1, 2, 10, 500, 10_000, 1_000_000):
    for k in sorted({0, 1, 2, n // 10, n // 2, n - 1, n}):
        if not 0 <= k <= n:
            continue
        for confidence in (0.95, 1 - 1e-6):
            # As in the program, in Double.
            tail = (1 - confidence) / 2
            low, high = 0.0, 1.0
            z = st.norm.isf(tail)

            def logit(a, b, sign):
                start = np.log(a / b) + sign * z * (1 / a + 1 / b) ** 0.5
                return beta_logit(a, b).quantile(tail, sign, start)

            if k > 0:
                low = float(1 / (1 + mpmath.exp(-logit(k, n - k + 1, -1))))
            if k < n:
                high = float(1 / (1 + mpmath.exp(-logit(k + 1, n - k, 1))))
            intervals.append([k, n, confidence, low, high])

gamma_logarithm = []
for v in (1e-12, 1e-9, 1e-6, 1e-4, 5e-4, 9.99e-4, 1e-3, 1.01e-3, 2e-3, 0.01, 0.1, 0.5, 1, 2, 10, 1e3, 1e6):
    x = 1 / mpf(v)
    with mpmath.workdps(60):
        gamma_logarithm.append([v, float(mpmath.psi(0, x) - mpmath.log(x)), float(mpmath.psi(1, x))])

normal = [[z, float(mpmath.erfc(mpf(z) / mpmath.sqrt(2)))] for z in (1e-9, 0.01, 0.5, 1, 2, 4, 7, 12, 20, 37)]
kolmogorov = []
for n in (100, 128, 1000, 4096, 50_000, 99_999, 100_001, 1_000_000, 100_000_000):
    for p in (0.5, 0.1, 0.05, 0.01, 1e-3, 1e-6, 1e-7, 1e-9, 1e-12):
        d = float(st.kstwo.isf(p, n))
        kolmogorov.append([d, n, float(st.kstwo.sf(d, n))])


def cut_normal_kurtosis(b):
    moment = [mpmath.quad(lambda z: z ** k * mpmath.exp(-z * z / 2), mpmath.linspace(-min(b, 40), min(b, 40), 41)) for k in (0, 2, 4)]
    return float(moment[2] * moment[0] / moment[1] ** 2)


correlation = []
for pairs in (3, 4, 33, 64, 1024):
    for r in (0.01, 0.5, 0.9, 0.977):
        t2 = mpf(r) ** 2 * (pairs - 2) / (1 - mpf(r) ** 2)
        value = beta_logit(mpf(pairs - 2) / 2, 0.5).tail(mpmath.log((pairs - 2) / t2), -1)
        if value > 1e-300:
            correlation.append([r, pairs, float(value)])

json.dump(
    {"chiSquare": chi, "chiSquareProbability": chi_probability, "student": student,
     "studentProbability": student_probability, "clopperPearson": intervals, "gammaLogarithm": gamma_logarithm,
     "normalProbability": normal, "kolmogorov": kolmogorov, "correlation": correlation,
     "legendre": {str(n): [[float(x), float(w)] for x, w in gauss_legendre(n)] for n in (8, 10, 14, 16)},
     "cutNormalKurtosis": [[b, cut_normal_kurtosis(b)] for b in (0.51, 0.6, 1, 1.5, 2, 3, 5, 10, 30, 1000)]},
    sys.stdout)
print()
