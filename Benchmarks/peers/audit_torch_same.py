"""The audit in PyTorch with the statistics that InitScope's has: what it costs to learn the same in plain torch.

Every layer's pre-activation, activation, both gradients and the weight gradient: count, mean, variance, second moment, skewness,
kurtosis, extremes, non-finite count, mean pairwise cosine, moments per unit; dead, saturated and duplicate units, spread;
histograms of a subsample for the first replica; weights with moments and the orthogonality defect (Hutchinson, as InitScope
estimates it). Vectorized torch without gradients; one line of JSON with the seconds of the second of two runs.
    python audit_torch_same.py --depth 10 --width 100 --batch 1000 --seeds 10 --threads 2 --flush
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


def audit():
    readings = {}
    for name, initialize in INITIALIZERS.items():
        for seed in range(options.seeds):
            torch.manual_seed(seed)
            histogram = seed == 0
            weights = [torch.empty(options.width, options.width) for _ in range(options.depth)]
            for weight in weights:
                initialize(weight)
                weight.requires_grad_(True)
            x, layers = torch.randn(options.batch, options.width), []
            for weight in weights:
                z = x @ weight.t()
                z.retain_grad()
                x = torch.relu(z)
                x.retain_grad()
                layers.append((weight, z, x))
            (x * torch.randn_like(x)).sum().backward()
            with torch.no_grad():
                rows = []
                for weight, z, a in layers:
                    zs, z_mean, z_variance = moments(z, histogram)
                    as_, a_mean, a_variance = moments(a, histogram)
                    rows.append((
                        moments(weight, histogram, False)[0], defect(weight), zs, as_, moments(a.grad, histogram)[0],
                        moments(z.grad, histogram)[0], moments(weight.grad, histogram, False)[0],
                        float(weight.grad.norm() / weight.norm()), float(((a_mean == 0) & (a_variance == 0)).float().mean()),
                        float(((z <= 0).float().mean(0) >= 0.95).float().mean()), duplicates(z_mean, z_variance),
                    ))
                readings[name, seed] = rows
    return readings


audit()
start = time.perf_counter()
readings = audit()
seconds = time.perf_counter() - start
last = readings["kaiming_normal", 0]
print(json.dumps({"peer": "torch " + torch.__version__, "seconds": seconds, "activationVariance": last[-1][3][1], "gradientVariance": last[0][4][1]}))
