"""Writes mlp.json: audits of small multilayer perceptrons by PyTorch's autograd in float64.

The engine under test computes in float32 with derivatives of its own; here every gradient comes from autograd, and every
statistic is its definition written out on the raw array. All weights, biases, inputs and cotangents are multiples of 1/32,
so that float32 holds them exactly and both sides start from the same numbers.

Conventions (the same text stands in the JSON):
- Layer l: z = h W^T + b, a = f(z); the last layer is linear. W is [out, in], samples are rows, arrays are row-major.
- The objective is sum(cotangent * output), or the cross-entropy of the labels averaged over the batch.
- variance divides by n - 1; secondMoment is mean(x^2); skewness and kurtosis are GSL's gsl_stats_skew and
  gsl_stats_kurtosis: sum(((x - mean) / sd)^k) / n with the n - 1 deviation, minus 3 for k = 4.
- cosineSimilarity is the mean cosine over all pairs of different samples. No sample here has a zero vector.
- deadFraction: units whose activation is 0 for every sample. saturatedFraction: units with |f'(z)| < 0.05 max|f'| for at
  least 95% of the samples. No |f'| here is within 1% of that threshold and no argument of relu within 1e-4 of its kink, so
  that float32 cannot cross either.
- The weight gradient is summed over the batch as the objective has it; toWeightRatio is |dW| / |W|, Frobenius.

Made with Python 3.11, PyTorch 2.15.0 and NumPy 2.4.6.
"""
import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

ACTIVATIONS = {
    "relu": F.relu, "tanh": torch.tanh, "gelu": F.gelu, "softplus": F.softplus, "silu": F.silu, "identity": lambda x: x,
}


def derivative(name, z):
    z = z.detach().clone().requires_grad_(True)
    return torch.autograd.grad(ACTIVATIONS[name](z).sum(), z)[0]


# The supremum of |f'|: at a dense grid's maximum; beyond it every derivative here is monotone.
GRID = torch.linspace(-40, 40, 800_001, dtype=torch.float64)
SLOPE = {name: float(derivative(name, GRID).abs().max()) for name in ACTIVATIONS}


def exact(array):
    """To the nearest multiple of 1/32."""
    return np.round(np.asarray(array) * 32) / 32


def statistics(x, samples=True):
    x = x.detach().numpy()
    flat = x.ravel()
    n, mean = flat.size, flat.mean()
    deviation = np.sqrt(((flat - mean) ** 2).sum() / (n - 1))
    standardized = (flat - mean) / deviation
    result = {
        "count": n, "mean": mean, "variance": deviation**2, "secondMoment": (flat**2).mean(),
        "skewness": (standardized**3).sum() / n, "kurtosis": (standardized**4).sum() / n - 3,
        "min": flat.min(), "max": flat.max(),
    }
    if samples:
        norms = np.linalg.norm(x, axis=1)
        assert norms.min() > 0, "a sample has a zero vector"
        unit = x / norms[:, None]
        cosines = [unit[i] @ unit[j] for i in range(len(x)) for j in range(i)]
        result["cosineSimilarity"] = np.mean(cosines)
    return {key: value if key == "count" else float(value) for key, value in result.items()}


def case(
    name, activation, sizes, batch, seed, loss="cotangent", gain=1.5, bias=0.5, dead=(), saturated=(), offset=8,
    tensors=False
):
    """`dead` and `saturated` list units of the first layer that a bias of -offset or +offset drives out of range."""
    random = np.random.default_rng(seed)
    inputs = exact(random.normal(size=(batch, sizes[0])))
    cotangent = exact(random.normal(size=(batch, sizes[-1])))
    labels = random.integers(0, sizes[-1], batch)
    weights = [exact(random.normal(size=(m, n)) * gain / np.sqrt(n)) for n, m in zip(sizes, sizes[1:])]
    biases = [exact(random.normal(size=m) * bias) for m in sizes[1:]]
    for units, sign in ((dead, -1), (saturated, 1)):
        for unit in units:
            weights[0][unit] = exact(weights[0][unit] / 4)
            biases[0][unit] = sign * offset

    double = lambda a: torch.tensor(a, dtype=torch.float64)
    parameters = [(double(w).requires_grad_(True), double(b)) for w, b in zip(weights, biases)]
    h, record = double(inputs), []
    for index, (w, b) in enumerate(parameters):
        kind = activation if index + 1 < len(parameters) else "identity"
        z = (h @ w.T + b).requires_grad_(True)
        a = ACTIVATIONS[kind](z) if kind != "identity" else z
        z.retain_grad()
        a.retain_grad()
        record.append((kind, w, b, z, a))
        h = a
    objective = F.cross_entropy(h, torch.tensor(labels)) if loss == "cross_entropy" else (h * double(cotangent)).sum()
    objective.backward()

    layers = []
    for kind, w, b, z, a in record:
        slope = derivative(kind, z).abs() / SLOPE[kind]
        assert kind == "identity" or not ((slope > 0.0495) & (slope < 0.0505)).any(), "a slope at the threshold"
        assert kind != "relu" or z.abs().min() > 1e-4, "a pre-activation at the kink"
        flat = (slope < 0.05).double().mean(dim=0) >= 0.95
        values = {"preactivation": z, "activation": a, "gradient": a.grad, "preactivationGradient": z.grad}
        layer = {
            "activationName": kind, "weight": w.detach().numpy().ravel().tolist(), "bias": b.numpy().tolist(),
            "statistics": {key: statistics(value) for key, value in values.items()}
            | {"weightGradient": statistics(w.grad, samples=False)},
            "deadFraction": float((a == 0).all(dim=0).double().mean()),
            "saturatedFraction": float(flat.double().mean()),
            "toWeightRatio": float(w.grad.norm() / w.detach().norm()),
        }
        if tensors:
            full = values | {"weightGradient": w.grad}
            layer["tensors"] = {key: value.detach().numpy().ravel().tolist() for key, value in full.items()}
        layers.append(layer)
    result = {
        "name": name, "activation": activation, "loss": loss, "sizes": list(sizes), "batch": batch,
        "inputs": inputs.ravel().tolist(), "objective": objective.item(), "layers": layers,
    }
    return result | ({"labels": labels.tolist()} if loss == "cross_entropy" else {"cotangent": cotangent.ravel().tolist()})


def first_valid(*arguments, **keywords):
    """The case with the first seed that meets what the conventions promise."""
    for seed in range(1000):
        try:
            return case(*arguments, seed=seed, **keywords) | {"seed": seed}
        except AssertionError:
            continue
    raise SystemExit(f"no seed for {arguments}")


DEEP, WIDE = (5, 7, 6, 4, 3), (17, 33, 19, 10)
cases = [
    first_valid(f"{activation}-tensors", activation, (3, 4, 2), 4, tensors=True) for activation in ("relu", "tanh")
] + [
    first_valid(f"{activation}-{loss}", activation, DEEP, 9, loss=loss)
    for activation in ("relu", "tanh", "gelu", "softplus", "silu") for loss in ("cotangent", "cross_entropy")
] + [
    # Units out of range, where dead and saturated fractions differ from 0.
    first_valid("relu-dead", "relu", DEEP, 9, dead=(1, 4)),
    first_valid("tanh-saturated", "tanh", DEEP, 9, dead=(0,), saturated=(2, 5)),
    # At -8 float32 may round gelu's 1 + erf to 0 and call the unit dead; at -3.5 it cannot.
    first_valid("gelu-saturated", "gelu", DEEP, 9, dead=(3,), offset=3.5),
    # Sizes that are no multiple of a vector's width.
    first_valid("relu-wide", "relu", WIDE, 35),
    first_valid("gelu-wide-cross_entropy", "gelu", WIDE, 35, loss="cross_entropy"),
]
for c in cases:
    arrays = [c["inputs"], c.get("cotangent", [])] + [a for l in c["layers"] for a in (l["weight"], l["bias"])]
    assert all(float(np.float32(x)) == x for a in arrays for x in a)

conventions = __doc__[__doc__.index("- Layer l"):__doc__.index("\n\nMade with")].split("\n- ")
result = {
    "source": "Fixtures/reference/mlp.py",
    "versions": {"torch": torch.__version__.split("+")[0], "numpy": np.__version__},
    "conventions": [" ".join(line.lstrip("- ").split()) for line in conventions],
    "cases": cases,
}


def render(value, indent=0):
    """Objects one key a line, arrays of numbers on one line: diffs stay readable and the file small."""
    pad = " " * (indent + 1)
    if isinstance(value, dict) and any(isinstance(v, (dict, list)) for v in value.values()):
        lines = (f"{pad}{json.dumps(k)}: {render(v, indent + 1)}" for k, v in value.items())
        return "{\n" + ",\n".join(lines) + "\n" + pad[1:] + "}"
    if isinstance(value, list) and any(isinstance(v, (dict, str)) for v in value):
        return "[\n" + ",\n".join(pad + render(v, indent + 1) for v in value) + "\n" + pad[1:] + "]"
    return json.dumps(value, allow_nan=False)


text = render(result) + "\n"
assert json.loads(text) == result
pathlib.Path(__file__).with_suffix(".json").write_text(text)
