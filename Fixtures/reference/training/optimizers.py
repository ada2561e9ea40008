"""Loss of 40 full-batch steps of a small network in PyTorch under every optimizer, schedule, clipping, penalty and loss.

    python3 -I optimizers.py

Writes optimizers.json beside this script, with the versions used. All in float32, from weights that the JSON holds.
"""
import json, math, os
import numpy as np, torch, torch.nn as nn

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(3)
STEPS = 40
x = rng.normal(size=(24, 5)).astype(np.float32)
regression = (x @ rng.normal(size=(5, 1)) + 0.1 * rng.normal(size=(24, 1))).astype(np.float32)
classes = (regression[:, 0] > 0).astype(np.int64)
w1, b1 = rng.normal(size=(8, 5)).astype(np.float32) * 0.6, rng.normal(size=8).astype(np.float32) * 0.1
w2, b2 = rng.normal(size=(1, 8)).astype(np.float32) * 0.5, rng.normal(size=1).astype(np.float32) * 0.1


def run(name, spec, make, loss="mean_squared_error", schedule=None, factor=lambda t: 1.0, clip=None, penalty=None):
    net = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1))
    with torch.no_grad():
        for tensor, value in zip(net.parameters(), (w1, b1, w2, b2)):
            tensor.copy_(torch.tensor(value))
    optimizer = make(net.parameters())
    rate = optimizer.param_groups[0]["lr"]
    losses = []
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = rate * factor(step)
        optimizer.zero_grad()
        output = net(torch.tensor(x))
        if loss == "mean_squared_error":
            value = nn.functional.mse_loss(output, torch.tensor(regression))
        else:
            value = nn.functional.binary_cross_entropy_with_logits(output[:, 0], torch.tensor(classes.astype(np.float32)))
        if penalty:
            for layer in (net[0], net[2]):
                value = value + penalty[0] * layer.weight.abs().sum() + penalty[1] * (layer.weight ** 2).sum()
        losses.append(value.item())
        value.backward()
        if clip and clip[0] == "norm":
            # Without torch's 1e-6 in the denominator.
            norm = math.sqrt(sum(float((p.grad.double() ** 2).sum()) for p in net.parameters()))
            if norm > clip[1]:
                for p in net.parameters():
                    p.grad *= clip[1] / norm
        if clip and clip[0] == "value":
            nn.utils.clip_grad_value_(net.parameters(), clip[1])
        optimizer.step()
    return {"name": name, "optimizer": spec, "loss": loss, "schedule": schedule or "constant",
            "clip": f"{clip[0]}(limit={clip[1]})" if clip else None, "penalty": penalty, "losses": losses}


sgd = lambda p: torch.optim.SGD(p, lr=0.1)
cases = [
    run("sgd", "sgd(lr=0.1)", sgd),
    run("momentum", "sgd(lr=0.02,momentum=0.9)", lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9)),
    run("nesterov", "sgd(lr=0.02,momentum=0.9,nesterov=true)",
        lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9, nesterov=True)),
    run("adam", "adam(lr=0.02)", lambda p: torch.optim.Adam(p, lr=0.02)),
    run("adamw", "adamw(lr=0.02,decay=0.5)", lambda p: torch.optim.AdamW(p, lr=0.02, weight_decay=0.5)),
    run("rmsprop", "rmsprop(lr=0.01,rho=0.9,epsilon=1e-7)",
        lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-7)),
    run("step", "sgd(lr=0.1)", sgd, schedule="step(every=10,factor=0.5)", factor=lambda t: 0.5 ** (t // 10)),
    run("cosine", "sgd(lr=0.1)", sgd, schedule="cosine(final=0.1)",
        factor=lambda t: 0.1 + 0.9 * (1 + math.cos(math.pi * t / STEPS)) / 2),
    run("clip-norm", "sgd(lr=0.1)", sgd, clip=("norm", 0.5)),
    run("clip-value", "sgd(lr=0.1)", sgd, clip=("value", 0.05)),
    run("l1", "sgd(lr=0.1)", sgd, penalty=(0.01, 0.0)),
    run("l2", "sgd(lr=0.1)", sgd, penalty=(0.0, 0.02)),
    run("l1l2", "sgd(lr=0.1)", sgd, penalty=(0.01, 0.02)),
    run("binary", "sgd(lr=0.5)", lambda p: torch.optim.SGD(p, lr=0.5), loss="binary_cross_entropy"),
]
document = {
    "torch": torch.__version__.split("+")[0], "numpy": np.__version__, "features": x.ravel().tolist(),
    "targets": regression.ravel().tolist(), "labels": classes.tolist(),
    "parameters": {"dense_1/weight": w1.ravel().tolist(), "dense_1/bias": b1.tolist(), "output/weight": w2.ravel().tolist(),
                   "output/bias": b2.tolist()}, "cases": cases}
with open(f"{here}/optimizers.json", "w") as file:
    json.dump(document, file, separators=(",", ":"))
    file.write("\n")
