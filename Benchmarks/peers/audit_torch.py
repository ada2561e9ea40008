"""The audit of a ReLU MLP in PyTorch: autograd, and statistics of every layer's signals.

--statistics basic takes mean and variance of activations, gradients and weight gradients. --statistics all takes what InitScope's
audit takes: every layer's pre-activation, activation, both gradients and the weight gradient: count, mean, variance, second moment, skewness,
kurtosis, extremes, non-finite count, mean pairwise cosine, moments per unit; dead, saturated and duplicate units, spread;
histograms of a subsample for the first replica; weights with moments and the orthogonality defect (Hutchinson, as InitScope
estimates it). Prints one line of JSON with the seconds of the second of two runs (the first warms up).
    python audit_torch.py --depth 10 --width 100 --batch 1000 --seeds 10 --threads 2 --flush --statistics all
"""
import argparse
import json
import time

import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--depth", type=int, default=50)
parser.add_argument("--width", type=int, default=512)
parser.add_argument("--batch", type=int, default=1024)
parser.add_argument("--seeds", type=int, default=2)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--flush", action="store_true")
parser.add_argument("--statistics", choices=["basic", "all"], default="all")
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.set_flush_denormal(options.flush)

INITIALIZERS = {
    "normal001": lambda w: nn.init.normal_(w, std=0.01),
    "normal": nn.init.normal_,
    "xavier_uniform": nn.init.xavier_uniform_,
    "xavier_normal": nn.init.xavier_normal_,
    "kaiming_uniform": lambda w: nn.init.kaiming_uniform_(w, nonlinearity="relu"),
    "kaiming_normal": lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu"),
}


def moments(x, histogram, directions=True):
    unit_variance, unit_mean = torch.var_mean(x, dim=0)
    mean = unit_mean.mean()
    d = x - mean
    square = d * d
    m2, m3, m4 = square.mean(), (square * d).mean(), (square * square).mean()
    low, high = torch.aminmax(x)
    result = [
        mean, m2, m2 + mean * mean, m3 / m2**1.5, m4 / m2**2 - 3, low, high, (~torch.isfinite(x)).sum(), unit_variance.mean(),
    ]
    if directions:
        n = len(x)
        total = (x / x.norm(dim=1, keepdim=True)).sum(0)
        result.append((total @ total - n) / (n * (n - 1)))
    numbers = torch.stack([v.float() for v in result]).tolist()
    if histogram:
        sample = x[:: max(1, len(x) * x.shape[1] // 16384)]
        numbers.append(torch.histc(sample, 50).tolist())
    return numbers, unit_mean, unit_variance


def duplicates(mean, variance):
    order = mean.argsort()
    mean, variance = mean[order], variance[order]
    same = ((mean[1:] - mean[:-1]).abs() < 1e-6) & ((variance[1:] - variance[:-1]).abs() < 1e-6)
    return float(same.float().mean())


def defect(w):
    probes = max(1, min(16, 1024 // min(w.shape)))
    v = torch.randint(0, 2, (probes, w.shape[0])).float() * 2 - 1
    scale = (w * w).mean() * w.shape[1]
    return float((((v @ w) @ w.t()) / scale - v).square().mean().sqrt())


def basic(layers):
    return [
        tuple(float(v) for v in (a.mean(), a.var(), a.grad.mean(), a.grad.var(), w.grad.mean(), w.grad.var()))
        for w, _, a in layers
    ]


def everything(layers, histogram):
    rows = []
    for weight, z, a in layers:
        zs, z_mean, z_variance = moments(z, histogram)
        activation, a_mean, a_variance = moments(a, histogram)
        rows.append((
            activation[0], activation[1], zs, moments(weight, histogram, False)[0], defect(weight), moments(a.grad, histogram)[0],
            moments(z.grad, histogram)[0], moments(weight.grad, histogram, False)[0], float(weight.grad.norm() / weight.norm()),
            float(((a_mean == 0) & (a_variance == 0)).float().mean()),
            float(((z <= 0).float().mean(0) >= 0.95).float().mean()), duplicates(z_mean, z_variance),
        ))
    return rows


def audit():
    readings = {}
    for name, initialize in INITIALIZERS.items():
        for seed in range(options.seeds):
            torch.manual_seed(seed)
            weights = [torch.empty(options.width, options.width) for _ in range(options.depth)]
            for weight in weights:
                initialize(weight)
                weight.requires_grad_(True)
            x, layers = torch.randn(options.batch, options.width), []
            for weight in weights:
                z = x @ weight.t()
                if options.statistics == "all":
                    z.retain_grad()
                x = torch.relu(z)
                x.retain_grad()
                layers.append((weight, z, x))
            (x * torch.randn_like(x)).sum().backward()
            with torch.no_grad():
                readings[name, seed] = basic(layers) if options.statistics == "basic" else everything(layers, seed == 0)
    return readings


audit()
start = time.perf_counter()
readings = audit()
seconds = time.perf_counter() - start
last = readings["kaiming_normal", 0][-1]
print(json.dumps({
    "peer": "torch " + torch.__version__, "statistics": options.statistics, "seconds": seconds, "activationMean": last[0],
    "activationVariance": last[1],
}))
