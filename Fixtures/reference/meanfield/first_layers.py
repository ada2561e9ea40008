"""The first layers of wide networks by mean-field theory: squared gradients and the variance behind 20 layers.

Layer l multiplies squared gradients by sw2 E f'(sqrt(q_l) z)^2 and hands on q_{l+1} = sw2 E f(sqrt(q_l) z)^2 + sb2 (Poole et al.
2016; Schoenholz et al. 2017). q_1 = sw2 + sb2 is what standardized inputs give. Gauss-Hermite quadrature with 200 nodes, which
agrees with 120 nodes to 1e-7. The values stand in TheoryCommandTests.swift.

Made with Python 3.11, numpy 2.4.6, scipy 1.17.1.
"""

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.special import erf, expit

def first_layers(f, slope, sw2, sb2, count=20, nodes=200):
    x, w = hermegauss(nodes)
    w = w / w.sum()
    q, decades = sw2 + sb2, 0.0
    for _ in range(count):
        s = np.sqrt(q) * x
        decades += np.log10(sw2 * (w * slope(s) ** 2).sum())
        q = sw2 * (w * f(s) ** 2).sum() + sb2
    return decades, q

def normal(s):
    return (1 + erf(s / np.sqrt(2))) / 2

def density(s):
    return np.exp(-s * s / 2) / np.sqrt(2 * np.pi)

tanh = (np.tanh, lambda s: 1 - np.tanh(s) ** 2)
gelu = (lambda s: s * normal(s), lambda s: normal(s) + s * density(s))
softplus = (lambda s: np.logaddexp(0, s), expit)

if __name__ == "__main__":
    for name, activation, sw2, sb2 in [
        ("tanh", tanh, 1, 0), ("tanh", tanh, 1.69, 0.09), ("gelu", gelu, 1.98305826, 0.17292239), ("gelu", gelu, 1.98306, 0),
        ("softplus", softplus, 2, 0),
    ]:
        print(name, sw2, sb2, *first_layers(*activation, sw2, sb2), *first_layers(*activation, sw2, sb2, nodes=120))
