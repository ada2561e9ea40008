#!/usr/bin/env python3
"""Moments and quantiles of truncated normals to 17 digits: the oracle of WeightLaw's moments and of the sampler's tails.

Needs mpmath (made with 1.3.0): python3 truncated_normal.py > truncated_normal.json
"""
import json
import sys

import mpmath
from mpmath import mp

BOUNDS = [
    (-2, 2), (2, 3), (-3, -2), (-100, 100), (-1, 4), (0, 1), (1, 1.0001), (-0.001, 0.001), (6, 40), (30, 31), (36, 1000),
    (-1e6, -8), (0, 100), (-2, 0.5), (-37, 2.9),
]

def moments(low, high):
    low, high = mp.mpf(low), mp.mpf(high)
    mass = (mp.erfc(low / mp.sqrt(2)) - mp.erfc(high / mp.sqrt(2))) / 2
    if low < 0:
        mass = (mp.erf(high / mp.sqrt(2)) - mp.erf(low / mp.sqrt(2))) / 2
    density = lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)
    mean = (density(low) - density(high)) / mass
    variance = 1 + (low * density(low) - high * density(high)) / mass - mean**2
    return float(mean), float(variance)

mp.dps = 400  # mass and variance cancel by hundreds of digits in the far tails
cases = []
for low, high in BOUNDS:
    mean, variance = moments(low, high)
    cases.append({"low": low, "high": high, "mean": mean, "variance": variance})

quantiles = []
for p in ["1e-300", "1e-100", "1e-20", "2.3283064365386963e-10", "1e-5", "0.02275", "0.075", "0.3", "0.425", "0.5000001",
          "0.9", "0.97725", "0.999999"]:
    value = mp.mpf(float(p))
    mp.dps = 50
    root = mp.findroot(lambda x: mp.log(mp.erfc(-x / mp.sqrt(2)) / 2) - mp.log(value),
                       -mp.sqrt(-2 * mp.log(value)) if value < 0.1 else mp.mpf("0.1"))
    mp.dps = 400
    quantiles.append({"p": float(p), "z": float(root)})

json.dump({"generator": "truncated_normal.py", "versions": {"mpmath": mpmath.__version__},
           "moments": cases, "quantiles": quantiles}, sys.stdout, indent=1)
print()
