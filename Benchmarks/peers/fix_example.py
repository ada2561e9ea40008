"""A network that does not start to learn, and the same with weights that `initscope fix` wrote: Reports/fix.md.

VGG's arrangement of 16 layers with weights (13 convolutions of 3 x 3 and 3 linear layers, no normalization), at an eighth of
its width, on Fashion-MNIST. Weights are drawn as its authors first drew them, from N(0, 0.01^2), biases are 0 (Simonyan and
Zisserman 2015, section 3.1: they had to begin with a shallower network, "since bad initialisation can stall learning").

    python Benchmarks/peers/fix_example.py --program .build/release/initscope > Reports/fix.md

Needs torch, onnxscript, safetensors and Debian's dataset-fashion-mnist.
"""
import argparse
import contextlib
import gzip
import io
import os
import subprocess
import tempfile

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

DATA = "/usr/share/datasets/fashion-mnist/"
RATES = (0.001, 0.01)
STEPS, BATCH = 300, 128


def images(name):
    with gzip.open(DATA + name + "-images-idx3-ubyte.gz") as file:
        pixels = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 1, 28, 28)
    with gzip.open(DATA + name + "-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8)
    x = torch.tensor(pixels[:20000] / 255.0, dtype=torch.float32)
    # 32 x 32, as VGG halves its images five times.
    x = nn.functional.pad((x - x.mean()) / x.std(), (2, 2, 2, 2))
    return x, torch.tensor(labels[:20000].astype(np.int64))


class VGG16(nn.Module):
    def __init__(self):
        super().__init__()
        layers, channels = [], 1
        for width, count in ((8, 2), (16, 2), (32, 3), (64, 3), (64, 3)):
            for _ in range(count):
                layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
                channels = width
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Linear(64, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.normal_(module.weight, 0, 0.01)
                nn.init.zeros_(module.bias)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


def train(state, rate, x, y):
    model = VGG16()
    model.load_state_dict(state)
    optimizer = torch.optim.SGD(model.parameters(), rate)
    order = torch.Generator().manual_seed(1)
    for _ in range(STEPS):
        batch = torch.randint(len(x), (BATCH,), generator=order)
        loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        scores = torch.cat([model(part) for part in x[:5000].split(1000)])
        return nn.functional.cross_entropy(scores, y[:5000]).item(), (scores.argmax(1) == y[:5000]).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    program = os.path.abspath(parser.parse_args().program)
    torch.manual_seed(0)
    x, y = images("train")
    model = VGG16()
    original = {name: value.clone() for name, value in model.state_dict().items()}
    with tempfile.TemporaryDirectory() as folder:
        path, fixed = os.path.join(folder, "vgg16.onnx"), os.path.join(folder, "fixed.safetensors")
        with contextlib.redirect_stdout(io.StringIO()):
            torch.onnx.export(model, (x[:64],), path, dynamo=True, optimize=False)
        audit = subprocess.run([program, "audit", path, "--no-png"], capture_output=True, text=True, check=True).stdout
        said = subprocess.run([program, "fix", path, "--output", fixed], capture_output=True, text=True, check=True).stderr
        model.load_state_dict(load_file(fixed))
    verdict = audit[audit.rindex("verdict:"):].strip()
    print("# A network that does not start to learn, and the same after `initscope fix`\n")
    print("VGG's 16 layers at an eighth of its width on Fashion-MNIST, with the first weights of its authors: N(0, 0.01^2), biases 0,")
    print("no normalization. They could not train it from there (Simonyan and Zisserman 2015, section 3.1).\n")
    print("    python Benchmarks/peers/fix_example.py --program .build/release/initscope > Reports/fix.md\n")
    print("`initscope audit vgg16.onnx` says:\n")
    print("".join("    %s\n" % line.rstrip() for line in verdict.splitlines()))
    print("`initscope fix vgg16.onnx --output fixed.safetensors` says:\n")
    print("".join("    %s\n" % line.replace(folder + "/", "") for line in said.strip().splitlines()))
    print("%d steps of plain SGD with batches of %d, then cross-entropy and accuracy over 5,000 training images:\n" % (STEPS, BATCH))
    print("| learning rate | loss before | accuracy before | loss after fix | accuracy after fix |")
    print("|---|---|---|---|---|")
    for rate in RATES:
        before, after = train(original, rate, x, y), train(model.state_dict(), rate, x, y)
        print("| %g | %.4f | %.1f%% | %.4f | %.1f%% |" % (rate, before[0], 100 * before[1], after[0], 100 * after[1]))
    print("\nA loss of ln 10 = 2.3026 is that of a guess. PyTorch %s." % torch.__version__.split("+")[0])


main()
