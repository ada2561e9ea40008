"""Peer baseline: train the textbook MLPs with PyTorch; prints seconds per epoch and accuracy."""
import argparse, gzip, json, time, numpy as np, torch, torch.nn as nn
p = argparse.ArgumentParser()
p.add_argument("--data", default="/usr/share/datasets/fashion-mnist"); p.add_argument("--hidden", default="64,32")
p.add_argument("--batch", type=int, default=32); p.add_argument("--lr", type=float, default=0.01)
p.add_argument("--momentum", type=float, default=0.0); p.add_argument("--epochs", type=int, default=1)
p.add_argument("--init", default="kaiming_normal"); p.add_argument("--threads", type=int, default=2); p.add_argument("--seed", type=int, default=0)
a = p.parse_args(); torch.set_num_threads(a.threads); torch.manual_seed(a.seed)
def idx(f):
    b = gzip.open(f"{a.data}/{f}").read(); n = b[3]; d = np.frombuffer(b, ">i4", n, 4)
    return np.frombuffer(b, np.uint8, offset=4+4*n).reshape(d)
X = torch.tensor(idx("train-images-idx3-ubyte.gz").reshape(-1, 784)/np.float32(255)); Y = torch.tensor(idx("train-labels-idx1-ubyte.gz").astype(np.int64))
T = torch.tensor(idx("t10k-images-idx3-ubyte.gz").reshape(-1, 784)/np.float32(255)); U = torch.tensor(idx("t10k-labels-idx1-ubyte.gz").astype(np.int64))
V, v, X, Y = X[:5000], Y[:5000], X[5000:], Y[5000:]
sizes = [784] + [int(h) for h in a.hidden.split(",")] + [10]; mods = []
for i, (m, n) in enumerate(zip(sizes, sizes[1:])):
    l = nn.Linear(m, n); nn.init.zeros_(l.bias); getattr(nn.init, a.init + "_")(l.weight); mods += [l, nn.ReLU()]
net = nn.Sequential(*mods[:-1]); opt = torch.optim.SGD(net.parameters(), lr=a.lr, momentum=a.momentum); ce = nn.CrossEntropyLoss()
for e in range(a.epochs):
    t = time.perf_counter(); perm = torch.randperm(len(X)); tot = 0.
    for i in range(0, len(X), a.batch):
        j = perm[i:i+a.batch]; opt.zero_grad(); l = ce(net(X[j]), Y[j]); l.backward(); opt.step(); tot += l.item()*len(j)
    dt = time.perf_counter() - t
    with torch.no_grad(): acc = (net(V).argmax(1) == v).float().mean().item(); tacc = (net(T).argmax(1) == U).float().mean().item()
    print(json.dumps({"peer": "torch", "epoch": e, "seconds": round(dt, 3), "loss": round(tot/len(X), 5), "val_acc": round(acc, 4), "test_acc": round(tacc, 4)}))
