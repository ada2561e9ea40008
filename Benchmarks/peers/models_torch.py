"""Writes ResNet-50 (224 x 224, batch 8) and GPT-2 small (128 tokens, batch 4) with random weights as ONNX, and times PyTorch
eager taking means and variances of every leaf module's output and gradient, of every parameter and its gradient.

    python3 models_torch.py export resnet50 DIR      writes DIR/resnet50.onnx
    python3 models_torch.py time resnet50            seconds of one step with statistics, best of three, and peak memory
    python3 models_torch.py once resnet50            seconds from the start of Python to the end of the first step

torch 2.15.0, torchvision 0.29.2, transformers 5.24.0.
"""
import resource
import sys
import time

began = time.time()

import torch

torch.set_flush_denormal(True)


def resnet50():
    import torchvision

    return torchvision.models.resnet50(weights=None).train(), {"x": torch.randn(8, 3, 224, 224)}


def gpt2():
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(attn_implementation="sdpa", resid_pdrop=0, embd_pdrop=0, attn_pdrop=0, use_cache=False)
    return GPT2LMHeadModel(config).train(), {"input_ids": torch.randint(0, 50257, (4, 128)), "use_cache": False}


what, name = sys.argv[1:3]
model, inputs = {"resnet50": resnet50, "gpt2": gpt2}[name]()
if what == "export":
    torch.onnx.export(model, (), f"{sys.argv[3]}/{name}.onnx", kwargs=inputs, dynamo=True, optimize=False)
    sys.exit()

statistics = []


def hook(module, given, result):
    result = result[0] if isinstance(result, tuple) else result
    if not torch.is_tensor(result):
        return
    statistics.append((result.mean(), result.var()))
    if result.requires_grad:
        result.register_hook(lambda g: statistics.append((g.mean(), g.var())) and None)


for module in model.modules():
    if not list(module.children()):
        module.register_forward_hook(hook)
for threads in (1, 2) if what == "time" else (2,):
    torch.set_num_threads(threads)
    best = float("inf")
    for _ in range(3 if what == "time" else 1):
        statistics.clear()
        model.zero_grad()
        start = time.time()
        output = model(**inputs)
        output = output if torch.is_tensor(output) else output.logits
        output.backward(torch.randn_like(output))
        for p in model.parameters():
            statistics.append((p.mean(), p.var(), p.grad.mean(), p.grad.var()))
        best = min(best, time.time() - start)
    print(f"{name}, {threads} threads: {best:.2f} s, {len(statistics)} statistics")
if what == "once":
    print(f"{name}, 2 threads, from the start of Python: {time.time() - began:.2f} s")
print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB")
