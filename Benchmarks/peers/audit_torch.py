"""The audit in PyTorch: mean and variance of every layer's activations, gradients and weight gradients of a ReLU MLP.

Prints one line of JSON with the seconds of the second of two runs (the first warms up). It does less than InitScope's audit:
no higher moments, no quantities per unit, no cosines, no histograms.
    python audit_torch.py --depth 10 --width 100 --batch 1000 --seeds 10 --threads 2 --flush
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


def audit():
    readings = {}
    for name, initialize in INITIALIZERS.items():
        for seed in range(options.seeds):
            torch.manual_seed(seed)
            weights = [torch.empty(options.width, options.width) for _ in range(options.depth)]
            for weight in weights:
                initialize(weight)
                weight.requires_grad_(True)
            x, activations = torch.randn(options.batch, options.width), []
            for weight in weights:
                x = torch.relu(x @ weight.t())
                x.retain_grad()
                activations.append(x)
            (x * torch.randn_like(x)).sum().backward()
            with torch.no_grad():
                readings[name, seed] = [
                    tuple(float(v) for v in (a.mean(), a.var(), a.grad.mean(), a.grad.var(), w.grad.mean(), w.grad.var()))
                    for a, w in zip(activations, weights)
                ]
    return readings


audit()
start = time.perf_counter()
readings = audit()
seconds = time.perf_counter() - start
last = readings["kaiming_normal", 0]
print(json.dumps({"peer": "torch " + torch.__version__, "seconds": seconds, "activationVariance": last[-1][1], "gradientVariance": last[0][3]}))
