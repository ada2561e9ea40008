"""Functions of single elements, activations among them, with gradients, for FunctionTests.

    python3 functions.py > functions.json

Computed by PyTorch in float64 at the Floats x; where PyTorch has no such function, by its formula and autograd. Made with
torch 2.15.0, numpy 2.4.6.
"""
import numpy as np
import torch
import torch.nn.functional as F

from cases import Cases

c = Cases(4)
line = np.float32([-30, -5.5, -3, -2.25, -1, -0.5, -0.01, 0, 0.01, 0.3, 0.5, 1, 1.75, 3, 4.5, 30]).reshape(4, 4)
above = np.float32([1e-6, 0.01, 0.3, 1, 1.5, 2, 7, 100])
inside = np.float32([-0.99, -0.5, -0.1, 0, 0.001, 0.25, 0.75, 0.9])
small = np.float32([-3, -1.25, -0.5, -0.01, 0, 0.2, 1.3, 2.8])
plain = {
    "Neg": (line, torch.neg), "Abs": (line, torch.abs), "Sqrt": (above, torch.sqrt), "Reciprocal": (above, torch.reciprocal),
    "Exp": (small, torch.exp), "Log": (above, torch.log), "Sin": (small, torch.sin), "Cos": (small, torch.cos),
    "Tan": (np.float32([-1.2, -0.5, 0, 0.1, 1.1]), torch.tan), "Sinh": (small, torch.sinh), "Cosh": (small, torch.cosh),
    "Asin": (inside, torch.asin), "Acos": (inside, torch.acos), "Atan": (line, torch.atan), "Asinh": (line, torch.asinh),
    "Acosh": (np.float32([1.001, 1.5, 3, 50]), torch.acosh), "Atanh": (inside, torch.atanh), "Erf": (small, torch.erf),
    "Sigmoid": (line, torch.sigmoid), "Tanh": (line, torch.tanh), "Softplus": (line, lambda x: F.softplus(x, threshold=700)),
    "Softsign": (line, F.softsign), "HardSwish": (line, F.hardswish), "Mish": (small, F.mish), "Relu": (line, torch.relu),
}
for op, (x, f) in plain.items():
    # Slopes near a pole or an end of the domain magnify the rounding of 1 - x^2.
    c.add(op, "line", [x], f, tolerance=2e-6 if op in ("Acos", "Asin", "Atanh", "Acosh", "Tan") else 1e-6)
c.add("HardSigmoid", "ONNX's", [line], lambda x: (0.2 * x + 0.5).clamp(0, 1))
c.add("HardSigmoid", "PyTorch's", [line], F.hardsigmoid, alpha=float(np.float32(1 / 6)), beta=0.5)
c.add("LeakyRelu", "0.2", [line], lambda x: F.leaky_relu(x, 0.2), alpha=0.2)
c.add("LeakyRelu", "ONNX's", [line], lambda x: F.leaky_relu(x, 0.01))
c.add("Elu", "1.5", [line], lambda x: F.elu(x, 1.5), alpha=1.5)
c.add("Celu", "0.5", [line], lambda x: F.celu(x, 0.5), alpha=0.5)
c.add("Selu", "the usual", [line], F.selu)
c.add("Selu", "alpha 2, gamma 3", [line], lambda x: 3 * F.elu(x, 2.0), alpha=2.0, gamma=3.0)
c.add("ThresholdedRelu", "1", [line], lambda x: F.threshold(x, 1.0, 0.0))
c.add("ThresholdedRelu", "-0.75", [line], lambda x: F.threshold(x, -0.75, 0.0), alpha=-0.75)
c.add("Gelu", "none", [line], F.gelu)
c.add("Gelu", "tanh", [line], lambda x: F.gelu(x, approximate="tanh"), approximate="tanh")
c.add("Swish", "1", [line], F.silu, version=24)
c.add("Swish", "1.5", [line], lambda x: x * torch.sigmoid(1.5 * x), version=24, alpha=1.5)
for op, f in [("Sign", torch.sign), ("Floor", torch.floor), ("Ceil", torch.ceil), ("Round", torch.round)]:
    c.add(op, "halves", [np.float32([-2.5, -1.5, -0.5, 0, 0.5, 1.5, 2.5, 7.1, -7.1])], f, gradient=False)
# No gradient arrives where the slope has no end: 0, and not NaN. PyTorch has NaN here, so that values are written down.
for op, x, y in [("Sqrt", 0.0, 0.0), ("Log", 0.0, float("-inf")), ("Reciprocal", 0.0, float("inf"))]:
    c.cases.append({"op": op, "name": "0 times an infinite slope", "version": 20, "attributes": {},
                    "inputs": [{"type": "float32", "shape": [1], "data": [x]}],
                    "outputs": [{"type": "float32", "shape": [1], "data": [y if y == 0 else str(y)]}],
                    "cotangents": [[0.0]], "gradients": [[0.0]]})
c.write()

