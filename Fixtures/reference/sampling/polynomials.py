#!/usr/bin/env python3
"""Derive the polynomials of Sources/CTensorKernels/sampling_math.h.

Each approximates `f(x) = lead(x) + x^n P(x^step)` with the maximum of the weighted error of P least (Remez exchange in 60
digits), where the weight makes it the relative error of f; a little is added to the weight near x = 0, where it vanishes.
Prints the coefficients, rounded to Float, with the relative error of f before and after the rounding.

Needs mpmath (fits made with 1.3.0): python3 polynomials.py
"""
import struct

import mpmath as mp

mp.mp.dps = 60


def to_float(x):
    return struct.unpack("f", struct.pack("f", float(x)))[0]


def grid(low, high, count=4000):
    return [low + (high - low) * (1 - mp.cos(mp.pi * (2 * k + 1) / (2 * count))) / 2 for k in range(count)]


def extrema(curve, points, count):
    """The largest point of each run of equal sign, `count` of them."""
    runs = []
    for x in points:
        value = curve(x)
        if runs and mp.sign(runs[-1][1]) == mp.sign(value):
            if abs(value) > abs(runs[-1][1]):
                runs[-1] = (x, value)
        else:
            runs.append((x, value))
    while len(runs) > count:
        runs.pop(0 if abs(runs[0][1]) < abs(runs[-1][1]) else -1)
    assert len(runs) == count, (len(runs), count)
    return [x for x, _ in runs]


def remez(target, weight, count, low, high):
    points = grid(low, high)
    nodes = grid(low, high, count + 1)
    for _ in range(10):
        matrix, right = mp.matrix(count + 1, count + 1), mp.matrix(count + 1, 1)
        for row, x in enumerate(nodes):
            for power in range(count):
                matrix[row, power] = x**power
            matrix[row, count] = (-1) ** row / weight(x)
            right[row] = target(x)
        coefficients = list(mp.lu_solve(matrix, right)[:count])
        nodes = extrema(lambda x: (mp.polyval(coefficients[::-1], x) - target(x)) * weight(x), points, count + 1)
    return coefficients


def report(name, function, lead, first, step, count, low, high):
    # Grids have an even number of points, so that x = 0 with its cancellation is never one of them.
    def x_of(t):
        return t if step == 1 else mp.sqrt(t)

    def target(t):
        x = x_of(t)
        return (function(x) - lead(x)) / x**first

    def weight(t):
        x = x_of(t)
        return abs(x**first / function(x)) + abs(high) ** 2 / 50

    coefficients = remez(target, weight, count, low, high)
    rounded = [mp.mpf(to_float(c)) for c in coefficients]
    print(f"{name}")
    for label, values in (("exact", coefficients), ("Float", rounded)):
        worst = 0
        for t in grid(low, high):
            x = x_of(t)
            worst = max(worst, abs((lead(x) + x**first * mp.polyval(values[::-1], t)) / function(x) - 1))
        print(f"  relative error with {label} coefficients: {mp.nstr(worst, 3)}")
    for power, value in enumerate(rounded):
        print(f"  x^{first + power * step}: {mp.nstr(value, 10)}f")


third, quarter = mp.mpf(1) / 3, mp.pi / 4
tiny = mp.mpf("1e-20")
report("log(1 + x), |x| <= 1/3", mp.log1p, lambda x: x - x * x / 2, 3, 1, 7, -third, third)
report("sin x, |x| <= pi/4", mp.sin, lambda x: x, 3, 2, 3, tiny, quarter**2)
report("cos x, |x| <= pi/4", mp.cos, lambda x: 1 - x * x / 2, 4, 2, 3, tiny, quarter**2)
