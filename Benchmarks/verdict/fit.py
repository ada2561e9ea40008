#!/usr/bin/env python3
"""Chooses the verdict's coefficients on the development part of its evidence. Needs numpy and torch.

    python3 Benchmarks/verdict/fit.py Reports/verdict Sources/CTrainability/coefficients.inc \
        Fixtures/verdict/predictions.csv

Reads development.csv (what training did) and development-readings.csv (what the tangent kernel said), never the held-out
part. Fits an ensemble of small networks from the readings to the accuracy at each learning rate and to whether the best of
them reaches 0.60 (0.35 and less fails; between is not scored for that output), and a temperature for their probability by
eight-fold cross-validation. `TrainabilityModel.swift` evaluates the same function;
the fixture holds what PyTorch makes of thirty of the readings, for its test.
"""
import csv
import sys

import numpy as np
import torch

RATES = ["0.001", "0.01", "0.1", "1.0"]
HIDDEN, MEMBERS, FOLDS, STEPS, NOISE, DECAY = 32, 5, 8, 700, 0.2, 0.3


def load(directory, part):
    with open(f"{directory}/{part}.csv") as file:
        trained = {row["index"]: row for row in csv.DictReader(file)}
    with open(f"{directory}/{part}-readings.csv") as file:
        return [{**row, **trained[row["index"]]} for row in csv.DictReader(file) if row["index"] in trained]


def features(row):
    """Keep in step with TrainabilityModel.features."""
    r = {k: float(v) for k, v in row.items() if k in NAMES}
    clip = lambda x, low, high: min(high, max(low, x))
    v = [clip(r[k], -8, 8) for k in NAMES[:8]]
    loss, signal, noise, common, gradient, sharpness, size, spread = v
    readout = r["readout_signal"]
    return v + [
        signal - noise, common - signal, gradient - size, clip(readout, -8, 8), clip(readout - r["readout_noise"], -1, 2),
        clip(signal - readout, -2, 6), float(np.arcsinh(r["elasticity"])), clip(r["largest_update"], -12, 8),
        clip(r["smallest_update"], -20, 8), clip(r["largest_update"] - r["smallest_update"], 0, 12),
        clip(r["descent"], -2, 4),
    ]


NAMES = [
    "loss", "signal", "noise", "common", "gradient", "sharpness", "output_size", "output_spread", "readout_signal",
    "readout_noise", "elasticity", "largest_update", "smallest_update",
    "descent",
]


def train(z, accuracy, scored, trains, masks, seed):
    """One network a mask, side by side; a mask says which rows a network may see."""
    torch.manual_seed(seed)
    models, inputs = masks.shape[0], z.shape[2]
    sizes = [(inputs, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, len(RATES) + 1)]
    weights = [torch.nn.Parameter((torch.rand(models, a, b) * 2 - 1) / a**0.5) for a, b in sizes]
    biases = [torch.nn.Parameter((torch.rand(models, 1, b) * 2 - 1) / a**0.5) for a, b in sizes]

    def forward(x):
        for layer in range(2):
            x = torch.tanh(torch.baddbmm(biases[layer], x, weights[layer]))
        return torch.baddbmm(biases[2], x, weights[2])

    optimizer = torch.optim.AdamW(weights + biases, lr=1e-2, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    count = masks.sum(1, keepdim=True)
    for _ in range(STEPS):
        optimizer.zero_grad()
        out = forward(z + NOISE * torch.randn_like(z))
        entropy = torch.nn.functional.binary_cross_entropy_with_logits(
            out[..., -1], trains.expand(models, -1), reduction="none")
        squares = ((torch.sigmoid(out[..., :-1]) - accuracy) ** 2).mean(-1)
        ((masks * (scored * entropy + 4 * squares) / count).sum()).backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():
        return forward(z), [w.detach() for w in weights], [b.detach() for b in biases]


def main():
    directory, target, fixture = sys.argv[1:4]
    torch.set_num_threads(1)
    rows = load(directory, "development")
    x = np.array([features(row) for row in rows])
    y = np.array([[float(row[f"end_{rate}"]) for rate in RATES] for row in rows])
    best = y.max(1)
    scored, trains = (best >= 0.6) | (best <= 0.35), best >= 0.6
    mean, deviation = x.mean(0), x.std(0) + 1e-6
    z = torch.tensor(np.clip((x - mean) / deviation, -5, 5), dtype=torch.float32)
    tensors = [torch.tensor(a.astype(np.float32)) for a in (y, scored, trains)]

    # Cross-validation: how good the choice is, and how sure it may be.
    fold = torch.tensor(np.random.default_rng(0).permutation(len(rows)) % FOLDS)
    masks = torch.stack([(fold != f).float() for f in range(FOLDS)])
    outputs = torch.stack([train(z.expand(FOLDS, -1, -1), *tensors, masks, s)[0] for s in range(MEMBERS)])
    own = outputs[:, fold, torch.arange(len(rows))]
    logit = own[..., -1].mean(0).numpy()
    rate = torch.sigmoid(own[..., :-1]).mean(0).numpy().argmax(1)
    temperatures = np.geomspace(0.3, 5, 200)
    loss = [np.log1p(np.exp(-np.clip(logit[scored] * (2 * trains[scored] - 1) / t, -50, 50))).mean() for t in temperatures]
    temperature = temperatures[int(np.argmin(loss))]
    right = (logit > 0) == trains
    print(f"{len(rows)} networks, {scored.sum()} scored, {trains.sum()} train")
    print(f"cross-validated: right {right[scored].mean():.4f}, false alarms {(~right[trains]).mean():.4f}, "
          f"rate within a factor of ten {(abs(rate - y.argmax(1))[trains] <= 1).mean():.4f}, temperature {temperature:.3f}")
    for threshold in (0.2, 0.3, 0.4, 0.5, 0.6):
        says = 1 / (1 + np.exp(-logit / temperature)) > threshold
        print(f"threshold {threshold}: right {(says == trains)[scored].mean():.4f}, false alarms {(~says[trains]).mean():.4f}")
    for i in np.where(scored & ~right)[0]:
        r = rows[i]
        print(r["index"], r["activation"], r["depth"], r["width"], r["init"], r["bias_std"], r["residual"], r["norm"], y[i], round(float(logit[i]), 2))

    # What fixed thresholds reach on the same networks, chosen on all of them.
    for names in (["output_size"], ["output_size", "gradient"], ["sharpness", "signal"]):
        columns = [np.array([float(row[name]) for row in rows])[scored] for name in names]
        steps = np.linspace(0, 1, 21)
        grid = [[(a, b) for a in np.quantile(c, steps) for b in np.quantile(c, steps) if a < b] for c in columns]
        inside = [np.array([(c >= a) & (c <= b) for a, b in g]) for c, g in zip(columns, grid)]
        rows_of_first = inside[0] if len(inside) > 1 else [np.ones_like(inside[0][0])]
        score = max(((inside[-1] & row) == trains[scored]).mean(1).max() for row in rows_of_first)
        print(f"fixed thresholds on {' and '.join(names)}: right {score:.4f}")

    # The networks that are kept see everything.
    members = [train(z.expand(1, -1, -1), *tensors, torch.ones(1, len(rows)), 100 + s) for s in range(MEMBERS)]
    numbers = []
    for _, weights, biases in members:
        for w, b in zip(weights, biases):
            numbers += w[0].flatten().tolist() + b[0].flatten().tolist()
    with open(fixture, "w") as file:
        file.write(f"# PyTorch {torch.__version__}, coefficients of five digits as in coefficients.inc; made by Benchmarks/verdict/fit.py\n")
        file.write(",".join(NAMES + ["probability"] + [f"accuracy_{rate}" for rate in RATES]) + "\n")
        short = lambda v: torch.tensor([[float(f"{e:.5g}") for e in row] for row in v.tolist()], dtype=torch.float64)
        centre, scale = short(torch.tensor(mean)[None]), short(torch.tensor(deviation)[None])
        inputs = ((torch.tensor(x) - centre) / scale).clamp(-5, 5)
        outs = []
        for _, weights, biases in members:
            h = inputs
            for layer in range(3):
                h = h @ short(weights[layer][0]) + short(biases[layer][0])
                h = torch.tanh(h) if layer < 2 else h
            outs.append(h)
        outs = torch.stack(outs)
        probability = torch.sigmoid(outs[..., -1].mean(0) / float(f"{temperature:.4g}"))
        expected = torch.sigmoid(outs[..., :-1]).mean(0)
        for i in range(0, len(rows), max(1, len(rows) // 30)):
            values = [rows[i][n] for n in NAMES] + [f"{v:.8f}" for v in [probability[i].item(), *expected[i].tolist()]]
            file.write(",".join(values) + "\n")
    def lines(name, values):
        rows, line = [], " "
        for value in values:
            if len(line) + len(f" {value:.5g},") > 125:
                rows.append(line)
                line = " "
            line += f" {value:.5g},"
        return f"static const float {name}[] = {{\n" + "\n".join(rows + [line]) + "\n};\n"

    with open(target, "w") as file:
        file.write(f"// Made by Benchmarks/verdict/fit.py from {len(rows)} trained networks (Reports/verdict/development.csv).\n")
        file.write(f"static const float temperature = {temperature:.4g}f;\n")
        file.write(lines("means", mean) + lines("deviations", deviation))
        file.write(lines("coefficients", numbers))


main()
