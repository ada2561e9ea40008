"""Layers of images and sequences, normalizations among them, by PyTorch in float64, for Tests/LayerKernelsTests.

    python3 image_layers.py        writes conv2d.json, conv1d.json, max_pool.json, ... beside itself

Each case has a layer as a network file writes it, random inputs and parameters (exact in float32), what the layer makes of
them, a random gradient with respect to that, and autograd's gradients. Signals stand as InitScope has them: images batch x
channels x height x width, sequences batch x steps x features. Padding `same` with a stride, which PyTorch lacks, is written
out by F.pad after TensorFlow's rule: ceil(extent / stride) positions, the odd value behind. Made with torch 2.15.0, numpy
2.4.6. Numbers keep 9 significant digits, which are exact for float32.
"""
import json
import pathlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(20260107)


def draw(*shape, size=0.7):
    return (size * torch.randn(*shape, generator=generator)).float().double()


def numbers(tensor):
    return [float(f"{v:.9g}") for v in tensor.detach().reshape(-1).tolist()]


def case(kind, fields, shapes, parameters, function, batch=2, mode="training", state=None, next_state=None):
    """`function(inputs, parameters)` gives the layer's result; shapes are without the batch."""
    inputs = [draw(batch, *shape).requires_grad_() for shape in shapes]
    parameters = [p.requires_grad_() for p in parameters]
    result = function(inputs, parameters)
    gradient = draw(*result.shape, size=1)
    result.backward(gradient)
    made = {
        "kind": kind, "fields": fields, "batch": batch, "mode": mode, "inputShapes": [list(s) for s in shapes],
        "inputs": [numbers(x) for x in inputs], "parameters": [numbers(p) for p in parameters],
        "outputShape": list(result.shape[1:]), "outputs": numbers(result), "gradient": numbers(gradient),
        "inputGradients": [numbers(x.grad) for x in inputs], "parameterGradients": [numbers(p.grad) for p in parameters],
    }
    if state is not None:
        made["state"], made["nextState"] = state, next_state()
    return made


def write(kind, cases):
    text = json.dumps({"versions": {"torch": torch.__version__}, "cases": cases}, separators=(",", ":"))
    pathlib.Path(__file__).with_name(f"{kind}.json").write_text(text + "\n")


def same(extents, size, stride, dilation=1):
    """F.pad's list, last axis first."""
    amounts = []
    for n in reversed(extents):
        positions = -(-n // stride)
        total = max(0, (positions - 1) * stride + dilation * (size - 1) + 1 - n)
        amounts += [total // 2, total - total // 2]
    return amounts


def swapped(x):
    """Between batch x steps x features and PyTorch's batch x features x steps."""
    return x.transpose(1, 2)


write("conv2d", [
    case("conv2d", {"channels": "4", "kernel": "3", "padding": "1"}, [(3, 6, 5)], [draw(4, 3, 3, 3), draw(4)],
         lambda x, w: F.conv2d(x[0], w[0], w[1], padding=1)),
    case("conv2d", {"channels": "6", "kernel": "[3, 2]", "stride": "[2, 1]", "padding": "[1, 0]", "dilation": "[1, 2]",
                    "groups": "2", "bias": "none"}, [(4, 7, 6)], [draw(6, 2, 3, 2)],
         lambda x, w: F.conv2d(x[0], w[0], None, stride=(2, 1), padding=(1, 0), dilation=(1, 2), groups=2)),
    case("conv2d", {"channels": "3", "kernel": "4", "stride": "2", "padding": "same"}, [(2, 7, 5)],
         [draw(3, 2, 4, 4), draw(3)],
         lambda x, w: F.conv2d(F.pad(x[0], same((7, 5), 4, 2)), w[0], w[1], stride=2)),
    case("conv2d", {"channels": "5", "kernel": "3", "groups": "5"}, [(5, 5, 4)], [draw(5, 1, 3, 3), draw(5)],
         lambda x, w: F.conv2d(x[0], w[0], w[1], groups=5), batch=1),
    # As many channels as a vector register has lanes, for which oneDNN lays arrays out in blocks.
    case("conv2d", {"channels": "16", "kernel": "[1, 2]"}, [(16, 2, 3)], [draw(16, 16, 1, 2), draw(16)],
         lambda x, w: F.conv2d(x[0], w[0], w[1]), batch=1),
])

write("conv1d", [
    case("conv1d", {"channels": "4", "kernel": "3", "padding": "1"}, [(7, 3)], [draw(4, 3, 3), draw(4)],
         lambda x, w: swapped(F.conv1d(swapped(x[0]), w[0], w[1], padding=1))),
    case("conv1d", {"channels": "6", "kernel": "2", "stride": "2", "dilation": "3", "groups": "2", "bias": "none"}, [(9, 4)],
         [draw(6, 2, 2)],
         lambda x, w: swapped(F.conv1d(swapped(x[0]), w[0], None, stride=2, dilation=3, groups=2))),
    case("conv1d", {"channels": "2", "kernel": "4", "stride": "3", "padding": "same"}, [(8, 3)], [draw(2, 3, 4), draw(2)],
         lambda x, w: swapped(F.conv1d(F.pad(swapped(x[0]), same((8,), 4, 3)), w[0], w[1], stride=3))),
])

write("max_pool", [
    case("max_pool", {"size": "2"}, [(3, 6, 5)], [], lambda x, w: F.max_pool2d(x[0], 2)),
    case("max_pool", {"size": "3", "stride": "2", "padding": "1"}, [(2, 7, 6)], [],
         lambda x, w: F.max_pool2d(x[0], 3, stride=2, padding=1)),
    case("max_pool", {"size": "[2, 3]", "stride": "[1, 2]"}, [(2, 5, 7)], [],
         lambda x, w: F.max_pool2d(x[0], (2, 3), stride=(1, 2))),
    case("max_pool", {"size": "3", "stride": "2", "padding": "same"}, [(1, 6, 7)], [],
         lambda x, w: F.max_pool2d(F.pad(x[0], same((6, 7), 3, 2), value=-torch.inf), 3, stride=2)),
    case("max_pool", {"size": "3", "stride": "2"}, [(8, 3)], [],
         lambda x, w: swapped(F.max_pool1d(swapped(x[0]), 3, stride=2))),
])

write("average_pool", [
    case("average_pool", {"size": "2"}, [(3, 6, 5)], [], lambda x, w: F.avg_pool2d(x[0], 2)),
    case("average_pool", {"size": "3", "stride": "2", "padding": "1"}, [(2, 7, 6)], [],
         lambda x, w: F.avg_pool2d(x[0], 3, stride=2, padding=1, count_include_pad=False)),
    case("average_pool", {"size": "[2, 3]", "stride": "[1, 2]"}, [(2, 5, 7)], [],
         lambda x, w: F.avg_pool2d(x[0], (2, 3), stride=(1, 2))),
    case("average_pool", {"size": "3", "stride": "2", "padding": "1"}, [(8, 3)], [],
         lambda x, w: swapped(F.avg_pool1d(swapped(x[0]), 3, stride=2, padding=1, count_include_pad=False))),
])

write("global_average_pool", [
    case("global_average_pool", {}, [(3, 4, 5)], [], lambda x, w: F.adaptive_avg_pool2d(x[0], 1).flatten(1)),
    case("global_average_pool", {}, [(6, 4)], [], lambda x, w: F.adaptive_avg_pool1d(swapped(x[0]), 1).flatten(1)),
])

write("flatten", [case("flatten", {}, [(2, 3, 4)], [], lambda x, w: torch.flatten(x[0], 1))])
write("concatenate", [
    case("concatenate", {}, [(3,), (4,), (1,)], [], lambda x, w: torch.cat(x, 1)),
    case("concatenate", {}, [(2, 3, 2), (1, 3, 2)], [], lambda x, w: torch.cat(x, 1)),
    case("concatenate", {}, [(4, 3), (4, 2)], [], lambda x, w: torch.cat(x, 2)),
])


def batch_norm(fields, shape, mode, batch, epsilon=1e-5, momentum=0.1, affine=True):
    units = shape[1] if len(shape) == 2 else shape[0]
    mean, variance = draw(units), draw(units).abs() + 0.3
    variance = variance.float().double()
    state = numbers(mean) + numbers(variance)
    parameters = [1 + draw(units), draw(units)] if affine else []
    parameters = [p.float().double() for p in parameters]
    turn = swapped if len(shape) == 2 else (lambda x: x)

    def function(x, w):
        gain, shift = (w + [None, None])[:2]
        return turn(F.batch_norm(turn(x[0]), mean, variance, gain, shift, mode == "training", momentum, epsilon))

    return case("batch_norm", fields, [shape], parameters, function, batch=batch, mode=mode, state=state,
                next_state=lambda: numbers(mean) + numbers(variance))


write("batch_norm", [
    batch_norm({}, (4,), "training", 5),
    batch_norm({}, (4,), "inference", 3),
    batch_norm({"epsilon": "0.01", "momentum": "0.3"}, (3, 4, 3), "training", 3, 0.01, 0.3),
    batch_norm({}, (3, 4, 3), "inference", 2),
    batch_norm({}, (5, 3), "training", 2),
    batch_norm({"gain": "none", "shift": "none"}, (2, 3, 2), "training", 2, affine=False),
])


def layer_norm(fields, shape, over, epsilon=1e-5, affine=True):
    parameters = [(1 + draw(*over)).float().double(), draw(*over)] if affine else []
    return case("layer_norm", fields, [shape], parameters,
                lambda x, w: F.layer_norm(x[0], over, *(w if affine else [None, None]), epsilon), batch=3)


write("layer_norm", [
    layer_norm({}, (7,), (7,)),
    layer_norm({"epsilon": "0.02"}, (3, 4, 2), (3, 4, 2), 0.02),
    layer_norm({}, (4, 5), (5,)),
    layer_norm({"gain": "none", "shift": "none"}, (6,), (6,), affine=False),
])

write("dense", [
    case("dense", {"units": "3"}, [(5,)], [draw(3, 5), draw(3)], lambda x, w: F.linear(x[0], w[0], w[1])),
    case("dense", {"units": "3"}, [(4, 5)], [draw(3, 5), draw(3)], lambda x, w: F.linear(x[0], w[0], w[1])),
])
