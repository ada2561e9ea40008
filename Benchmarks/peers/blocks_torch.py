"""Replicas of an audit in PyTorch eager: a forward and a backward pass of a transformer or of ResNet-20 under He's
initialization, with mean and variance of every module's output and its gradient, and of every parameter and its gradient.

blocks_torch.py transformer|resnet THREADS BATCH DEPTH WIDTH REPLICAS: prints seconds per replica, and the peak memory in MiB.
"""
import resource
import sys
import time

import torch
from torch import nn

kind, threads, batch, depth, width, replicas = sys.argv[1], *map(int, sys.argv[2:])
torch.set_num_threads(threads)
torch.set_flush_denormal(True)


class Attention(nn.Module):
    def __init__(self, features, heads=4):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(features, features) for _ in range(4))

    def forward(self, x):
        samples, steps, features = x.shape

        def split(y):
            return y.view(samples, steps, self.heads, features // self.heads).transpose(1, 2)

        mixed = nn.functional.scaled_dot_product_attention(split(self.query(x)), split(self.key(x)), split(self.value(x)))
        return self.out(mixed.transpose(1, 2).reshape(samples, steps, features))


class Block(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.first, self.second = nn.LayerNorm(features), nn.LayerNorm(features)
        self.attention = Attention(features)
        self.up, self.relu, self.down = nn.Linear(features, 4 * features), nn.ReLU(), nn.Linear(4 * features, features)

    def forward(self, x):
        x = x + self.attention(self.first(x))
        return x + self.down(self.relu(self.up(self.second(x))))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(*[Block(width) for _ in range(depth)])
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, 10)

    def forward(self, x):
        return self.out(self.norm(self.blocks(x)).mean(1))


class BasicBlock(nn.Module):
    def __init__(self, inputs, channels, stride):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(inputs, channels, 3, stride, 1, bias=False), nn.BatchNorm2d(channels)
        self.conv2, self.norm2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels)
        self.relu1, self.relu2 = nn.ReLU(), nn.ReLU()
        self.shortcut = (
            nn.Sequential(nn.Conv2d(inputs, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))
            if stride > 1 else nn.Identity())

    def forward(self, x):
        y = self.norm2(self.conv2(self.relu1(self.norm1(self.conv1(x)))))
        return self.relu2(y + self.shortcut(x))


def resnet20():
    layers, inputs = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()], 16
    for channels in (16, 32, 64):
        for place in range(3):
            layers.append(BasicBlock(inputs, channels, 2 if channels != 16 and place == 0 else 1))
            inputs = channels
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def replica():
    model = Transformer() if kind == "transformer" else resnet20()
    for parameter in model.parameters():
        if parameter.dim() > 1:
            nn.init.kaiming_normal_(parameter)
    x = torch.randn(batch, 32, width) if kind == "transformer" else torch.randn(batch, 3, 32, 32)
    seen = []

    def hook(module, inputs, output):
        seen.append((output.mean(), output.var()))
        output.register_hook(lambda gradient: seen.append((gradient.mean(), gradient.var())))

    for module in model.modules():
        if not list(module.children()) and not isinstance(module, nn.Identity):
            module.register_forward_hook(hook)
    y = model(x)
    y.backward(torch.randn_like(y))
    seen.extend((p.grad.mean(), p.grad.var(), p.mean(), p.var()) for p in model.parameters())
    return len(seen)


replica()
start = time.perf_counter()
for _ in range(replicas):
    replica()
seconds = (time.perf_counter() - start) / replicas
print(f"{seconds:.4f} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10}")
