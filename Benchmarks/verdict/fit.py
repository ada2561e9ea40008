#!/usr/bin/env python3
"""Chooses the verdict's coefficients on the development part of its evidence. Needs numpy and torch.

    python3 Benchmarks/verdict/fit.py Reports/verdict Sources/CTrainability/coefficients.inc \
        Fixtures/verdict/predictions.csv

Reads development.csv and kinds-development.csv (what training did) and their -readings.csv (what the tangent kernel said), never
the held-out part. Each network was read twice, with a small batch and with a larger one; both readings count half. Fits an ensemble of small networks from the readings to the accuracy at each learning rate and to whether the
best of them trains: closes 5/9 of the way from always naming the commonest class to naming every one right (60% accuracy for ten
equal classes); 5/18 and less fails, and between is not scored for that output. Eight-fold cross-validation gives the temperature
of its probability. `TrainabilityModel.swift` evaluates the same function; the fixture holds what PyTorch makes of some of the
readings, for its test.

Networks that no gradient descent can teach anything (units that are all alike, a loss beyond Float, no gradient that tells classes
apart) get no prediction and are left out here.
"""
import csv
import math
import sys

import numpy as np
import torch

RATES = ["0.001", "0.01", "0.1", "1.0"]
HIDDEN, MEMBERS, FOLDS, STEPS, NOISE, DECAY = 32, 5, 8, 700, 0.2, 0.3
NAMES = [
    "loss", "signal", "noise", "gradient", "output_size", "output_spread", "readout_signal", "readout_noise", "largest_update",
    "smallest_update", "minority",
]
# Features whose absence says something by itself.
MISSABLE = [2, 5, 8, 12]
# Places of the minority's share and of the first yes or no.
MINORITY, FLAGS = 14, 15
TRAINS, FAILS, FARTHEST, NEIGHBOUR = 5 / 9, 5 / 18, 5.0, 3
# Farther than this from its third nearest neighbour a network is outside the evidence; and the farther, the surer the model must be
# to say anything (TrainabilityModel.leastConfidences). Chosen by the table of cross-validation that is printed.
OUTSIDE = 2.5
LEAST = lambda distance: np.where(distance <= 0.7, 0.85, np.where(distance <= 1.05, 0.92, 0.97))
# A verdict that is less sure on the small batch is made anew on the larger (VerdictMaker.sure).
SURE = 0.97
# The dense networks are four times as many as all others.
KIND_WEIGHT = 2.0


def load(directory, part):
    with open(f"{directory}/{part}.csv") as file:
        trained = {row["index"]: row for row in csv.DictReader(file)}
    with open(f"{directory}/{part}-readings.csv") as file:
        return [{"table": part, **row, **trained[row["index"]]} for row in csv.DictReader(file) if row["index"] in trained]


def readings(row):
    """A float for each name; None where it lies beyond what can be measured."""
    return {k: v if math.isfinite(v := float(row[k])) else None for k in NAMES}


def features(row):
    """Keep in step with TrainabilityModel.features; None for what is not known."""
    r = readings(row)
    clip = lambda x, low=-8, high=8: min(high, max(low, x))

    def of(names, f, low=-8, high=8):
        values = [r[n] for n in names]
        return None if any(v is None for v in values) else clip(f(*values), low, high)

    same = lambda x: x
    return [of([n], same) for n in NAMES[:6]] + [
        of(["signal", "noise"], lambda a, b: clip(a) - clip(b), -16, 16),
        of(["gradient", "output_size"], lambda a, b: clip(a) - clip(b), -16, 16),
        of(["readout_signal"], same),
        of(["readout_signal", "readout_noise"], lambda a, b: a - b, -1, 2),
        of(["signal", "readout_signal"], lambda a, b: clip(a) - b, -2, 6),
        of(["largest_update"], same, -12), of(["smallest_update"], same, -20),
        of(["largest_update", "smallest_update"], lambda a, b: a - b, 0, 12),
        clip(float(row["minority"]) if math.isfinite(float(row["minority"])) else -3, -3, 0), float(row["zeros"]),
    ]


def is_decided(row):
    r = readings(row)
    return row["symmetric"] == "1" or r["signal"] is None or r["loss"] is None or r["gradient"] is None


def closed(row):
    """How far each rate came between the commonest class's share and 1."""
    majority = float(row.get("majority", 0.1))
    return [max(0.0, (float(row[f"end_{rate}"]) - majority) / (1 - majority)) for rate in RATES]


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


def neighbours(z, evidence, networks, evidence_networks):
    """Distance of each row to the third nearest of the evidence's other networks."""
    square = lambda a: (a**2).sum(1)
    distances = np.sqrt(np.maximum(0, square(z)[:, None] + square(evidence)[None] - 2 * z @ evidence.T))
    distances[networks[:, None] == evidence_networks[None]] = np.inf
    return np.sort(distances, 1)[:, NEIGHBOUR - 1]


def main():
    directory, target, fixture = sys.argv[1:4]
    torch.set_num_threads(1)
    everything = load(directory, "development") + load(directory, "kinds-development")
    for row in everything:
        row["best"] = max(closed(row))
    larger = max(int(row["batch"]) for row in everything)
    rows = [row for row in everything if not is_decided(row)]
    decided = [row for row in everything if is_decided(row) and int(row["batch"]) < larger]
    print(f"{len(decided)} networks need no prediction; {sum(r['best'] <= FAILS for r in decided)} of them fail, "
          f"{sum(r['best'] >= TRAINS for r in decided)} train")
    for r in decided:
        if r["best"] > FAILS:
            print("  decided, yet", round(r["best"], 3), r["table"], r["index"], r.get("kind", ""), r.get("network", ""), r["init"])

    raw = [features(row) for row in rows]
    known = np.array([[v is not None for v in f] for f in raw])
    x = np.array([[v if v is not None else np.nan for v in f] for f in raw], dtype=float)
    missing = (~known[:, MISSABLE]).astype(float)
    x = np.concatenate([x, missing], 1)
    mean, deviation = np.nanmean(x, 0), np.nanstd(x, 0)
    # What hardly varies must not be blown up: a deviation of at least 0.2, 0.5 for the minority's share, 1 for yes and no.
    floors = np.full(x.shape[1], 0.2)
    floors[MINORITY], floors[FLAGS:] = 0.5, 1.0
    deviation = np.maximum(deviation, floors)
    z = np.clip(np.nan_to_num((x - mean) / deviation, nan=0.0), -FARTHEST, FARTHEST)
    y = np.array([[0.1 + 0.9 * c for c in closed(row)] for row in rows])
    best = np.array([row["best"] for row in rows])
    scored, trains = (best >= TRAINS) | (best <= FAILS), best >= TRAINS
    kinds = np.array([row.get("kind", "plain dense") for row in rows])
    inputs = torch.tensor(z, dtype=torch.float32)
    tensors = [torch.tensor(a.astype(np.float32)) for a in (y, scored, trains)]

    # Cross-validation: how good the choice is, and how sure it may be.
    names = sorted({(row["table"], int(row["index"])) for row in rows})
    network = np.array([names.index((row["table"], int(row["index"]))) for row in rows])
    isLarger = np.array([int(row["batch"]) == larger for row in rows])
    fold = torch.tensor((np.random.default_rng(0).permutation(len(names)) % FOLDS)[network])
    weight = torch.tensor(np.where(kinds == "plain dense", 0.5, 0.5 * KIND_WEIGHT).astype(np.float32))
    masks = torch.stack([(fold != f).float() * weight for f in range(FOLDS)])
    outputs = torch.stack([train(inputs.expand(FOLDS, -1, -1), *tensors, masks, s)[0] for s in range(MEMBERS)])
    own = outputs[:, fold, torch.arange(len(rows))]
    logit = own[..., -1].mean(0).numpy()
    rate = torch.sigmoid(own[..., :-1]).mean(0).numpy().argmax(1)
    temperatures = np.geomspace(0.3, 5, 200)
    loss = [np.log1p(np.exp(-np.clip(logit[scored] * (2 * trains[scored] - 1) / t, -50, 50))).mean() for t in temperatures]
    temperature = temperatures[int(np.argmin(loss))]
    right = (logit > 0) == trains
    distance = neighbours(z, z[isLarger], network, network[isLarger])
    bound = OUTSIDE
    sure = 1 / (1 + np.exp(-np.abs(logit) / temperature))
    # What a user gets: the small batch's verdict where that is sure, else the larger's.
    first = ~isLarger & (sure >= SURE) & (distance <= bound)
    asked = np.isin(network, network[first])
    taken = first | isLarger & ~asked
    print(f"sure on the small batch: {first.sum()} of {len(names)} networks")
    every = scored
    scored = scored & taken
    print(f"{len(names)} networks, {scored.sum()} scored, {(trains & taken).sum()} train")
    print(f"cross-validated: right {right[scored].mean():.4f}, false alarms {(~right[trains & taken]).mean():.4f}, "
          f"rate within a factor of ten {(abs(rate - y.argmax(1))[trains & taken] <= 1).mean():.4f}, temperature {temperature:.3f}")
    print(f"third nearest neighbour: median {np.median(distance[taken]):.3f}")
    for kind in sorted(set(kinds)):
        own_kind = scored & (kinds == kind)
        print(f"  {kind}: right {right[own_kind].mean():.4f} of {own_kind.sum()}, of which {(trains & own_kind).sum()} train; "
              f"false alarms {(~right & trains & own_kind).sum()}")
    print("by confidence and by distance to the third nearest neighbour: networks and share right, dense / others")
    edges = [0, 0.7, 1.05, 1.5, 2, 2.5, 99]
    for low, high in zip([0.5, 0.6, 0.7, 0.8, 0.9, 0.97], [0.6, 0.7, 0.8, 0.9, 0.97, 1.01]):
        cells = []
        for near, far in zip(edges, edges[1:]):
            own_cell = scored & (sure >= low) & (sure < high) & (distance >= near) & (distance < far)
            parts = [own_cell & (kinds == "plain dense"), own_cell & (kinds != "plain dense")]
            cells.append(" / ".join(f"{p.sum():4d} {right[p].mean():.2f}" if p.any() else "   -    -" for p in parts))
        print(f"  {low:.2f}  " + " | ".join(cells))
    print("  distances " + ", ".join(f"{a} to {b}" for a, b in zip(edges, edges[1:])))
    inside = scored & (sure >= LEAST(distance)) & (distance <= bound)
    for name, part in (("all", scored), ("plain dense", scored & (kinds == "plain dense")), ("others", scored & (kinds != "plain dense"))):
        told = inside & part
        print(f"told ({name}): {told.sum()} of {part.sum()}, right {right[told].mean():.4f}, "
              f"false alarms {(~right & trains & told).sum()} of {(trains & told).sum()}")
    for i in np.where(scored & ~right)[0]:
        r = rows[i]
        print(r["table"], r["index"], kinds[i], r.get("task", ""), r.get("network", f"{r.get('activation')} {r.get('depth')} x {r.get('width')}"),
              r["init"], np.round(y[i], 2), round(float(logit[i]), 2), f"distance {distance[i]:.2f}")

    # What fixed thresholds reach on the same networks, chosen on all of them.
    for chosen in (["output_size"], ["output_size", "gradient"], ["largest_update", "signal"]):
        columns = [np.array([(-9 if (v := readings(row)[name]) is None else v) for row in rows])[scored] for name in chosen]
        steps = np.linspace(0, 1, 21)
        grid = [[(a, b) for a in np.quantile(c, steps) for b in np.quantile(c, steps) if a < b] for c in columns]
        inside = [np.array([(c >= a) & (c <= b) for a, b in g]) for c, g in zip(columns, grid)]
        rows_of_first = inside[0] if len(inside) > 1 else [np.ones_like(inside[0][0])]
        score = max(((inside[-1] & row) == trains[scored]).mean(1).max() for row in rows_of_first)
        print(f"fixed thresholds on {' and '.join(chosen)}: right {score:.4f}")

    # The networks that are kept see everything.
    members = [train(inputs.expand(1, -1, -1), *tensors, weight[None], 100 + s) for s in range(MEMBERS)]
    numbers = []
    for _, weights, biases in members:
        for w, b in zip(weights, biases):
            numbers += w[0].flatten().tolist() + b[0].flatten().tolist()
    evidence = np.rint(z[isLarger] * 127 / FARTHEST).astype(int)
    write_fixture(fixture, rows, x, mean, deviation, members, temperature, evidence, bound)
    write_coefficients(target, len(names), temperature, bound, mean, deviation, numbers, evidence)


def short(values):
    """As the coefficients are written."""
    return torch.tensor([[float(f"{e:.5g}") for e in row] for row in values], dtype=torch.float64)


def write_fixture(fixture, rows, x, mean, deviation, members, temperature, evidence, bound):
    centre, scale = short([mean.tolist()]), short([deviation.tolist()])
    inputs = torch.nan_to_num((torch.tensor(x) - centre) / scale, nan=0.0).clamp(-FARTHEST, FARTHEST)
    outs = []
    for _, weights, biases in members:
        h = inputs
        for layer in range(3):
            h = h @ short(weights[layer][0].tolist()) + short(biases[layer][0].tolist())
            h = torch.tanh(h) if layer < 2 else h
        outs.append(h)
    outs = torch.stack(outs)
    probability = torch.sigmoid(outs[..., -1].mean(0) / float(f"{temperature:.4g}"))
    expected = torch.sigmoid(outs[..., :-1]).mean(0)
    stored = evidence * (FARTHEST / 127)
    with open(fixture, "w") as file:
        file.write(f"# PyTorch {torch.__version__}, coefficients of five digits as in coefficients.inc; made by Benchmarks/verdict/fit.py\n")
        file.write(",".join(NAMES + ["zeros", "probability"] + [f"accuracy_{rate}" for rate in RATES] + ["neighbour"]) + "\n")
        for i in range(0, len(rows), max(1, len(rows) // 61)):
            distance = np.sort(np.sqrt(((stored - inputs[i].numpy()) ** 2).sum(1)))[NEIGHBOUR - 1]
            numbers = [f"{v:.8f}" for v in [probability[i].item(), *expected[i].tolist(), distance / bound]]
            file.write(",".join([rows[i][n] for n in NAMES] + [rows[i]["zeros"]] + numbers) + "\n")


def write_coefficients(target, count, temperature, bound, mean, deviation, numbers, evidence):
    def lines(kind, name, values):
        rows, line = [], " "
        for value in values:
            if len(line) + len(f" {value:.5g},") > 125:
                rows.append(line)
                line = " "
            line += f" {value:.5g},"
        return f"static const {kind} {name}[] = {{\n" + "\n".join(rows + [line]) + "\n};\n"

    with open(target, "w") as file:
        file.write(f"// Made by Benchmarks/verdict/fit.py from {count} trained networks (Reports/verdict: development.csv and "
                   "kinds-development.csv).\n")
        file.write(f"static const float temperature = {temperature:.4g}f;\n")
        file.write(f"static const float farthest_neighbour = {bound:.3f}f;\n")
        file.write(lines("float", "means", mean) + lines("float", "deviations", deviation))
        file.write(lines("float", "coefficients", numbers))
        file.write(lines("signed char", "evidence", evidence.flatten()))


main()
