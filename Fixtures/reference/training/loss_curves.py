"""Loss of the first 100 steps of three textbook networks in PyTorch, from starting weights that both sides read.

    python3 loss_curves.py [directory of Fashion-MNIST's files]

Writes loss_curves.json beside this script, and the starting weights as int8 files: a weight is the stored number times the
scale that the JSON names, so that both programs start from the same floats. Biases start at zero in the first network and
from torch's default in the others. The versions used are written into the JSON.
"""
import gzip, json, os, sys
import numpy as np, torch, torch.nn as nn

here = os.path.dirname(os.path.abspath(__file__))
data = sys.argv[1] if len(sys.argv) > 1 else "/usr/share/datasets/fashion-mnist"
torch.manual_seed(20)
torch.set_num_threads(1)
rng = np.random.default_rng(20)
STEPS = 100


def idx(name, count):
    raw = gzip.open(f"{data}/{name}").read()
    rank = raw[3]
    shape = np.frombuffer(raw, ">i4", rank, 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape)[:count]


images = idx("train-images-idx3-ubyte.gz", 60000).reshape(-1, 784)
labels = torch.tensor(idx("train-labels-idx1-ubyte.gz", 60000).astype(np.int64))


def quantized(tensor, scale):
    """The tensor's values rounded to multiples of scale that fit a signed byte."""
    return np.clip(np.round(tensor.detach().numpy() / scale), -127, 127).astype(np.int8)


def case(name, sizes, features, targets, order, batch, optimizer, init, default_bias, penalties=None):
    layers, stored, scales = [], [], {}
    for index, (fan_in, units) in enumerate(zip(sizes, sizes[1:])):
        linear = nn.Linear(fan_in, units)
        init[index if index < len(init) else -1](linear.weight)
        key = f"dense_{index + 1}" if index < len(sizes) - 2 else "output"
        for what, tensor in (("weight", linear.weight), ("bias", linear.bias)):
            scale = 2.0 ** np.ceil(np.log2(max(tensor.abs().max().item(), 1e-6) / 127))
            if what == "bias" and not default_bias:
                values = np.zeros(units, np.int8)
            else:
                values = quantized(tensor, scale)
            with torch.no_grad():
                tensor.copy_(torch.tensor(values.astype(np.float32) * np.float32(scale)))
            scales[f"{key}/{what}"] = scale
            stored.append(values.ravel())
        layers += [linear, nn.ReLU()]
    net = nn.Sequential(*layers[:-1])
    linears = [l for l in net if isinstance(l, nn.Linear)]
    np.concatenate(stored).tofile(f"{here}/{name}.int8")
    step_optimizer = optimizer(net.parameters())
    losses = []
    for step in range(STEPS):
        chosen = order[step * batch:(step + 1) * batch]
        step_optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(features[chosen]), targets[chosen])
        for linear, (l1, l2) in zip(linears, penalties or []):
            loss = loss + l1 * linear.weight.abs().sum() + l2 * (linear.weight ** 2).sum()
        losses.append(loss.item())
        loss.backward()
        step_optimizer.step()
    return {"name": name, "sizes": sizes, "scales": scales, "batch": batch, "order": [int(i) for i in order[:STEPS * batch]],
            "losses": losses, "penalties": penalties or []}


he = lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu")
glorot = nn.init.xavier_uniform_
unit = torch.tensor(images.astype(np.float32) / 255)
signed = unit * 2 - 1
cases = [
    case("keras-mnist", [784, 64, 32, 10], unit, labels, rng.permutation(60000)[:3200], 32,
         lambda p: torch.optim.SGD(p, lr=0.01), [he], False),
    case("keras-mnist-penalties", [784, 40, 20, 10], unit, labels, rng.permutation(60000)[:3200], 32,
         lambda p: torch.optim.SGD(p, lr=0.01), [he], False, [(0, 1e-4), (1e-5, 1e-4), (0, 0)]),
    case("torch-mnist", [784, 256, 128, 10], signed, labels, rng.permutation(60000)[:6400], 64,
         lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9), [he], True),
]
# Iris: four features of 120 flowers, standardized; the whole set is each step's batch.
x = rng.normal(size=(120, 4)).astype(np.float32)
y = np.argmax(x @ rng.normal(size=(4, 3)) + 0.3 * rng.normal(size=(120, 3)), axis=1)
iris = case("iris", [4, 64, 32, 3], torch.tensor(x), torch.tensor(y), np.tile(np.arange(120), STEPS), 120,
            lambda p: torch.optim.Adam(p, lr=0.01), [he, he, glorot], True)
iris["order"] = []
iris["features"] = [float(v) for v in x.ravel()]
iris["labels"] = [int(v) for v in y]
cases.append(iris)
with open(f"{here}/loss_curves.json", "w") as file:
    json.dump({"torch": torch.__version__.split("+")[0], "numpy": np.__version__, "cases": cases}, file, separators=(",", ":"))
    file.write("\n")
