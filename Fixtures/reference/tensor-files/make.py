"""Writes small files of tensors with PyTorch, NumPy and safetensors, and what they hold, as the programs themselves say.

Run in this directory: python make.py (torch 2.15.0, numpy 2.4.6, safetensors as printed into expected.json).
"""
import collections
import json

import numpy as np
import safetensors
import safetensors.torch
import torch

torch.manual_seed(7)
state = collections.OrderedDict()
w = torch.randn(40, 60)
state["plain"] = w
state["transposed"] = w.t()
state["sliced"] = w[3:30:2, 5:50]
state["column"] = w[:, 7]
state["tied"] = w
state["half"] = torch.randn(33).half()
state["brain"] = torch.randn(33).bfloat16()
state["e4m3"] = torch.randn(65).to(torch.float8_e4m3fn)
state["e5m2"] = torch.randn(65).to(torch.float8_e5m2)
state["double"] = torch.randn(9, dtype=torch.float64) * 1e300
state["counter"] = torch.tensor(12345678901)
state["flags"] = torch.tensor([True, False, True])
state["unsigned"] = torch.tensor([1, 65535], dtype=torch.uint16)
state["parameter"] = torch.nn.Parameter(torch.arange(6.0).reshape(2, 3).permute(1, 0))
state["empty"] = torch.zeros(0, 4)
state["odd"] = torch.tensor([float("nan"), float("inf"), -float("inf"), 1e-40, -0.0, 2.5])


def moments(value):
    x = value.detach().to(torch.float64).flatten() if value.dtype.is_floating_point else value.flatten().to(torch.float64)
    finite = x[torch.isfinite(x)]
    return {
        "shape": list(value.shape), "dtype": str(value.dtype).replace("torch.", ""), "count": x.numel(), "nan": int(torch.isnan(x).sum()),
        "inf": int(torch.isinf(x).sum()), "zeros": int((x == 0).sum()), "mean": float(finite.mean()) if finite.numel() else None,
        "min": float(finite.min()) if finite.numel() else None, "max": float(finite.max()) if finite.numel() else None,
        # About the mean, scaled first so that squares stay within the range of doubles.
        "std": float((finite / 2 ** 10).std(correction=0) * 2 ** 10) if finite.numel() and float(finite.abs().max()) < 1e150 else None,
        "first": [float(v) for v in x[:8]] if bool(torch.isfinite(x[:8]).all()) else None,
    }


expected = {"versions": {"torch": torch.__version__, "numpy": np.__version__, "safetensors": safetensors.__version__}}
torch.save(state, "state.pt")
torch.save({"epoch": 3, "model_state_dict": state, "optimizer": {"state": {0: {"exp_avg": torch.zeros(3)}}, "lr": 1e-3}}, "checkpoint.pt")
# A score beside the weights, and two networks with an optimizer each (beside.pt, pair.pt): the optimizers' moments are no weights.
optimizer = {"state": {0: {"step": torch.tensor(3.0), "exp_avg": torch.ones(2, 3)}}, "param_groups": [{"lr": 1e-3, "params": [0]}]}
torch.save({"model": {"w": torch.ones(2, 3)}, "optimizer": optimizer, "best": torch.tensor(0.5)}, "beside.pt")
torch.save({"generator": {"w": torch.ones(2, 3)}, "discriminator": {"w": torch.ones(3)}, "optimizer_g": optimizer}, "pair.pt")
torch.save(state, "legacy.pt", _use_new_zipfile_serialization=False)
torch.save(torch.nn.Linear(2, 3), "module.pt")
torch.jit.script(torch.nn.Linear(2, 3)).save("script.pt")
plain = {k: v.detach().contiguous().clone() for k, v in state.items()}
safetensors.torch.save_file(plain, "state.safetensors", metadata={"format": "pt"})
arrays = {k: v.numpy() for k, v in plain.items() if v.dtype not in (torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2)}
arrays["fortran"] = np.asfortranarray(w.numpy())
arrays["big"] = w.numpy().astype(">f4")
np.savez("arrays.npz", **arrays)
np.savez_compressed("packed.npz", **{k: v for k, v in arrays.items() if k != "fortran"})
np.savez("objects.npz", a=np.array([{}], dtype=object))
# Texts and objects beside numbers, and an optimizer's state alone.
np.savez("mixed.npz", w=np.arange(6, dtype=np.float32).reshape(2, 3), classes=np.array(["cat", "dog"]), extra=np.array([{}], dtype=object))
torch.save(optimizer, "optimizer.pt")
expected["state"] = {k: moments(v) for k, v in state.items()}
expected["arrays"] = {k: moments(torch.from_numpy(v.astype(v.dtype.newbyteorder("="), order="C"))) for k, v in arrays.items()}
with open("expected.json", "w") as file:
    json.dump(expected, file, indent=1)

# Tensors that are harmless and cannot be judged.
dense = torch.tensor([[0.0, 2.0], [3.0, 0.0]])
torch.save({"w": torch.complex(dense, dense)}, "complex.pt")
torch.save({"w": dense.to_sparse()}, "sparse.pt")
torch.save({"w": torch.quantize_per_tensor(dense, 0.1, 0, torch.qint8)}, "quantized.pt")
