"""Losses with their gradients, and the cross entropy of random logits, for LayerKernelsTests and DiagnosisTests.

    python3 losses.py > losses.json

The formulas are those of torch.nn.functional's cross_entropy, binary_cross_entropy_with_logits and mse_loss (mean), written down
in float64: cross entropy -log_softmax(o)[y], its gradient (softmax(o) - onehot) / n; binary -(t log p + (1 - t) log(1 - p)) with
p = sigmoid(o), its gradient (p - t) / (n C); squared error mean((o - t)^2), its gradient 2 (o - t) / (n C). mpmath evaluates
them at 50 digits, so that nothing overflows or cancels. The expected loss of N(0, v) logits is a mean over draws of numpy's
PCG64, seed 0, with its standard error. Made with mpmath 1.3.0, numpy 2.4.6.
"""
import json

import numpy as np
from mpmath import mp, mpf

mp.dps = 50


def cross_entropy(rows, labels):
    n, loss, gradient = len(rows), mpf(0), []
    for row, label in zip(rows, labels):
        top = max(row)
        weights = [mp.exp(x - top) for x in row]
        total = sum(weights)
        loss += mp.log(total) - (row[label] - top)
        gradient += [(w / total - (c == label)) / n for c, w in enumerate(weights)]
    return loss / n, gradient


def binary(rows, targets):
    count, loss, gradient = sum(map(len, rows)), mpf(0), []
    for row, answers in zip(rows, targets):
        for o, t in zip(row, answers):
            # log(1 + exp(o)) - t o, by the larger of the two exponentials.
            loss += (o if o > 0 else 0) + mp.log1p(mp.exp(-abs(o))) - t * o
            p = 1 / (1 + mp.exp(-o)) if o >= 0 else mp.exp(o) / (1 + mp.exp(o))
            gradient.append((p - t) / count)
    return loss / count, gradient


def squared(rows, targets):
    count = sum(map(len, rows))
    pairs = [(o, t) for row, answers in zip(rows, targets) for o, t in zip(row, answers)]
    return sum((o - t) ** 2 for o, t in pairs) / count, [2 * (o - t) / count for o, t in pairs]


def case(loss, exponent, outputs, answers):
    """Outputs are float32 numbers in units of 2^exponent."""
    outputs = np.float32(outputs)
    rows = [[mpf(float(x)) * mpf(2) ** exponent for x in row] for row in outputs]
    width = outputs.shape[1]
    if loss == "cross_entropy":
        value, gradient = cross_entropy(rows, answers)
    else:
        targets = answers
        if np.ndim(answers) == 1:
            targets = [[float(a)] if width == 1 else [float(c == a) for c in range(width)] for a in answers]
        value, gradient = (binary if loss == "binary_cross_entropy" else squared)(rows, targets)
    def log2(x):
        """Nothing for a zero, and for what is smaller than 2^(-1e6)."""
        return float(mp.log(abs(x), 2)) if x != 0 and mp.log(abs(x), 2) > -1e6 else None

    return {
        "loss": loss, "exponent": exponent, "outputs": outputs.tolist(), "answers": answers,
        "log2Value": log2(value),
        # Sign and binary logarithm: the gradient of a huge output is beyond Double.
        "gradient": [[int(mp.sign(g)), log2(g)] for g in gradient],
    }


def expected(classes, deviation, rng):
    draws = 400_000 if classes <= 10 else 4_000_000 // classes + 400
    values = []
    for _ in range(0, draws, 400):
        z = rng.standard_normal((400, classes)) * deviation
        if classes == 1:
            values += list(np.logaddexp(0, z[:, 0]))
        else:
            top = z.max(axis=1)
            values += list(top + np.log(np.exp(z - top[:, None]).sum(axis=1)))
    return {
        "classes": classes, "deviation": deviation, "mean": float(np.mean(values)),
        "standardError": float(np.std(values, ddof=1) / np.sqrt(len(values))),
    }


def main():
    rng = np.random.default_rng(0)
    cases = []
    logits = (rng.standard_normal((4, 5)) * 3).astype(np.float32)
    labels = [0, 4, 2, 2]
    for exponent in (0, 3, -40, 140, 1000, 3000):
        cases.append(case("cross_entropy", exponent, logits, labels))
        cases.append(case("mean_squared_error", exponent, logits, labels))
        cases.append(case("binary_cross_entropy", exponent, logits[:, :1], [0, 1, 1, 0]))
    # A label that is nearly certain: 1 - p is 1e-26.
    cases.append(case("cross_entropy", 0, [[60.0, 0.0, 1.0], [0.0, 0.0, 0.0]], [0, 1]))
    cases.append(case("binary_cross_entropy", 0, [[60.0], [-60.0]], [1, 0]))
    targets = rng.standard_normal((4, 5)).astype(np.float32).tolist()
    cases.append(case("mean_squared_error", 0, logits, targets))
    cases.append(case("mean_squared_error", 20, logits, targets))
    cases.append(case("mean_squared_error", 0, logits[:, :1], [0, 1, 1, 0]))
    cases.append(case("binary_cross_entropy", 0, logits, rng.uniform(0, 1, (4, 5)).astype(np.float32).tolist()))
    losses = [expected(c, d, rng) for c in (1, 2, 10, 1000, 8192, 50257) for d in (1.0, 8.0)]
    print(json.dumps({"cases": cases, "expected": losses}, indent=1))


main()
