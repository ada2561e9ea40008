"""Cases of convolutions, pools, normalizations, softmax and recurrent networks, by PyTorch in float64.

Run: python layers.py > layers.json, with PyTorch and NumPy (their versions are written into the fixture).
"""
import numpy as np
import torch
import torch.nn.functional as F

from writer import DOUBLE, case, draw, write

# Convolutions.

def convolution(name, x, w, bias, strides, pads, dilations=None, group=1, **more):
    rank = len(x) - 2
    dilations = dilations or [1] * rank
    begin, end = pads[:rank], pads[rank:]
    padding = [v for pair in zip(reversed(begin), reversed(end)) for v in pair]
    function = [F.conv1d, F.conv2d, F.conv3d][rank - 1]
    inputs = [draw(*x), draw(*w)] + ([draw(w[0])] if bias else [])
    case("conv " + name, "Conv", inputs,
         lambda x, w, b=None: function(F.pad(x, padding), w, b, strides, 0, dilations, group),
         strides=strides, pads=pads, dilations=dilations, group=group, **more)


convolution("1-D", (3, 4, 9), (6, 4, 3), True, [1], [1, 1])
convolution("1-D strided, grouped, dilated", (2, 4, 11), (6, 2, 3), False, [2], [2, 1], [2], 2)
convolution("2-D", (3, 3, 7, 6), (5, 3, 3, 3), True, [1, 1], [1, 1, 1, 1])
convolution("2-D uneven", (2, 3, 8, 7), (4, 3, 3, 2), True, [2, 3], [1, 0, 2, 1], [2, 1])
convolution("2-D in depth", (2, 4, 6, 6), (8, 1, 3, 3), True, [2, 2], [1, 1, 1, 1], None, 4)
convolution("2-D one by one", (2, 5, 3, 4), (3, 5, 1, 1), False, [1, 1], [0, 0, 0, 0])
convolution("2-D wide", (5, 16, 5, 5), (16, 16, 3, 3), False, [1, 1], [1, 1, 1, 1])
convolution("3-D", (2, 2, 4, 5, 3), (3, 2, 2, 3, 2), True, [1, 2, 1], [0, 1, 1, 1, 0, 0])
case("conv same upper", "Conv", [draw(2, 2, 5, 6), draw(3, 2, 2, 3)],
     lambda x, w: F.conv2d(F.pad(x, (0, 1, 0, 1)), w, None, [2, 2]), strides=[2, 2], auto_pad="SAME_UPPER")
case("conv same lower", "Conv", [draw(2, 2, 5, 6), draw(3, 2, 2, 3)],
     lambda x, w: F.conv2d(F.pad(x, (1, 0, 1, 0)), w, None, [2, 2]), strides=[2, 2], auto_pad="SAME_LOWER")
case("conv empty batch", "Conv", [draw(0, 2, 5), draw(3, 2, 3), draw(3)], lambda x, w, b: F.conv1d(x, w, b))


def transposed(name, x, w, bias, strides, pads, extra, dilations=None, group=1):
    rank = len(x) - 2
    dilations = dilations or [1] * rank
    function = [F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d][rank - 1]
    inputs = [draw(*x), draw(*w)] + ([draw(w[1] * group)] if bias else [])
    case("transposed " + name, "ConvTranspose", inputs,
         lambda x, w, b=None: function(x, w, b, strides, pads, extra, group, dilations),
         strides=strides, pads=pads + pads, output_padding=extra, dilations=dilations, group=group)


transposed("1-D", (2, 3, 5), (3, 4, 3), True, [2], [1], [1])
transposed("2-D", (2, 4, 4, 3), (4, 2, 3, 3), True, [2, 3], [1, 0], [1, 2], None, 2)
transposed("2-D dilated", (2, 2, 3, 4), (2, 3, 2, 3), False, [1, 2], [0, 1], [0, 1], [2, 2])
transposed("3-D", (1, 2, 2, 3, 2), (2, 3, 2, 2, 3), True, [2, 1, 2], [0, 0, 1], [0, 0, 1])

# Pools.


def pool(name, x, size, strides, pads, ceil=0, dilations=None, places=False):
    rank = len(x) - 2
    function = [F.max_pool1d, F.max_pool2d, F.max_pool3d][rank - 1]
    dilations = dilations or [1] * rank

    def reference(x):
        y, where = function(x, size, strides, pads, dilations, bool(ceil), True)
        if not places:
            return y
        count = int(np.prod(x.shape[2:]))
        planes = torch.arange(x.shape[0] * x.shape[1]).reshape(x.shape[0], x.shape[1], *[1] * rank)
        return y, where + planes * count

    case("max pool " + name, "MaxPool", [draw(*x)], reference, kernel_shape=size, strides=strides, pads=pads + pads,
         dilations=dilations, ceil_mode=ceil)


pool("1-D", (2, 3, 9), [3], [2], [1], places=True)
pool("2-D pairs", (2, 3, 6, 8), [2, 2], [2, 2], [0, 0])
pool("2-D", (2, 3, 7, 8), [3, 2], [2, 1], [1, 1], places=True)
pool("2-D round up", (2, 2, 7, 8), [3, 3], [3, 3], [1, 1], 1)
pool("2-D dilated", (2, 2, 9, 8), [2, 3], [1, 2], [1, 0], 0, [3, 2], True)
pool("3-D", (1, 2, 4, 5, 6), [2, 3, 2], [1, 2, 2], [1, 1, 0], 1, places=True)


def average(name, x, size, strides, pads, ceil=0, include=0):
    rank = len(x) - 2
    function = [F.avg_pool1d, F.avg_pool2d, F.avg_pool3d][rank - 1]
    case("average pool " + name, "AveragePool", [draw(*x)],
         lambda x: function(x, size, strides, pads, bool(ceil), bool(include)),
         kernel_shape=size, strides=strides, pads=pads + pads, ceil_mode=ceil, count_include_pad=include)


average("1-D", (2, 3, 9), [3], [2], [1])
average("2-D", (2, 3, 7, 8), [3, 2], [2, 1], [1, 1])
average("2-D padding counts", (2, 3, 7, 8), [3, 2], [2, 1], [1, 1], 0, 1)
average("2-D round up", (2, 2, 7, 8), [3, 3], [2, 3], [1, 1], 1, 0)
average("2-D round up, padding counts", (2, 2, 7, 8), [3, 3], [2, 3], [1, 1], 1, 1)
average("2-D plain", (2, 2, 6, 6), [2, 2], [2, 2], [0, 0])
average("3-D", (1, 2, 4, 5, 6), [2, 3, 2], [1, 2, 2], [1, 1, 0], 0, 1)
case("global average", "GlobalAveragePool", [draw(2, 3, 4, 5)], lambda x: x.mean((2, 3), keepdim=True))
case("global max", "GlobalMaxPool", [draw(2, 3, 4, 5)], lambda x: F.adaptive_max_pool2d(x, 1))
case("lp pool", "LpPool", [draw(2, 3, 8, 6)], lambda x: F.lp_pool2d(x.abs(), 3, [2, 3], [2, 1]),
     kernel_shape=[2, 3], strides=[2, 1], p=3)

# Normalizations.


def batch_norm(x, gain, shift, mean, variance, training, epsilon=1e-5, momentum=0.9):
    axes = [0] + list(range(2, x.dim()))
    view = [1, -1] + [1] * (x.dim() - 2)
    if training:
        m, v = x.mean(axes), x.var(axes, unbiased=False)
    else:
        m, v = mean, variance
    y = (x - m.view(view)) / torch.sqrt(v.view(view) + epsilon) * gain.view(view) + shift.view(view)
    if training:
        return y, momentum * mean + (1 - momentum) * m, momentum * variance + (1 - momentum) * v
    return y


for shape in [(4, 3, 5, 2), (6, 3), (3, 3, 40)]:
    parameters = [draw(3), draw(3), draw(3), draw(3).abs() + 0.5]
    case(f"batch norm {shape}", "BatchNormalization", [draw(*shape)] + parameters,
         lambda *a: batch_norm(*a, False, 1e-3), epsilon=1e-3)
    case(f"batch norm of the batch {shape}", "BatchNormalization", [draw(*shape)] + parameters,
         lambda *a: batch_norm(*a, True, 1e-3, 0.8), epsilon=1e-3, momentum=0.8, training_mode=1, tolerance=4e-5)


def layer_norm(x, gain, shift=None, axis=-1, epsilon=1e-5, statistics=False):
    axes = list(range(axis % x.dim(), x.dim()))
    mean = x.mean(axes, keepdim=True)
    inverse = 1 / torch.sqrt(x.var(axes, unbiased=False, keepdim=True) + epsilon)
    y = (x - mean) * inverse * gain
    y = y if shift is None else y + shift
    return (y, mean, inverse) if statistics else y


case("layer norm", "LayerNormalization", [draw(3, 4, 7), draw(7), draw(7)], layer_norm)
case("layer norm wide", "LayerNormalization", [draw(5, 70) * 3 + 2, draw(70), draw(70)], layer_norm)
case("layer norm without shift", "LayerNormalization", [draw(3, 4, 7), draw(4, 7)],
     lambda x, g: layer_norm(x, g, None, 1, 1e-2), axis=1, epsilon=1e-2)
case("layer norm of all", "LayerNormalization", [draw(2, 3, 4), draw(4), draw(3, 1)],
     lambda x, g, b: layer_norm(x, g, b, 0, 1e-5, True), axis=0)
case("layer norm with statistics", "LayerNormalization", [draw(3, 4, 7), draw(7), draw(7)],
     lambda x, g, b: layer_norm(x, g, b, -1, 1e-5, True))
case("rms norm", "RMSNormalization", [draw(3, 4, 7), draw(7)],
     lambda x, g: x / torch.sqrt((x * x).mean(-1, keepdim=True) + 1e-3) * g, epsilon=1e-3)
case("rms norm of two axes", "RMSNormalization", [draw(3, 4, 7), draw(1, 7)],
     lambda x, g: x / torch.sqrt((x * x).mean((1, 2), keepdim=True) + 1e-5) * g, axis=1)
for shape in [(2, 3, 4, 5), (3, 3, 30)]:
    case(f"instance norm {shape}", "InstanceNormalization", [draw(*shape), draw(3), draw(3)],
         lambda x, g, b: F.instance_norm(x, None, None, g, b, True, 0.1, 1e-2), epsilon=1e-2)
case("group norm", "GroupNormalization", [draw(2, 6, 4, 3), draw(6), draw(6)],
     lambda x, g, b: F.group_norm(x, 3, g, b, 1e-3), num_groups=3, epsilon=1e-3)
case("group norm with parameters per group", "GroupNormalization", [draw(2, 6, 5), draw(2), draw(2)],
     lambda x, g, b: F.group_norm(x, 2, g.repeat_interleave(3), b.repeat_interleave(3), 1e-5), version=18, num_groups=2)
case("lp norm 2", "LpNormalization", [draw(3, 4, 5)], lambda x: x / x.norm(2, 1, keepdim=True), axis=1)
case("lp norm 1", "LpNormalization", [draw(3, 4, 5)], lambda x: x / x.abs().sum(-1, keepdim=True), p=1)
case("local response norm", "LRN", [draw(2, 7, 3, 4)], lambda x: F.local_response_norm(x, 3, 0.3, 0.6, 1.5),
     size=3, alpha=0.3, beta=0.6, bias=1.5)


def mean_variance(x, axes):
    d = x - x.mean(axes, keepdim=True)
    return d / (torch.sqrt((d * d).mean(axes, keepdim=True)) + 1e-9)


case("mean variance norm", "MeanVarianceNormalization", [draw(3, 2, 4, 5)], lambda x: mean_variance(x, [0, 2, 3]))
case("mean variance norm of one axis", "MeanVarianceNormalization", [draw(3, 4, 5)], lambda x: mean_variance(x, [1]),
     axes=[1])

# Softmax.

for axis in [0, 1, -1]:
    case(f"softmax {axis}", "Softmax", [3 * draw(3, 4, 5)], lambda x: x.softmax(axis), axis=axis)
    case(f"log softmax {axis}", "LogSoftmax", [3 * draw(3, 4, 5)], lambda x: x.log_softmax(axis), axis=axis)
case("softmax wide", "Softmax", [3 * draw(2, 70)], lambda x: x.softmax(-1))
case("softmax of columns", "Softmax", [3 * draw(2, 3, 70)], lambda x: x.softmax(1), axis=1)
case("softmax of the rest", "Softmax", [draw(2, 3, 4)], lambda x: x.reshape(2, 12).softmax(-1).reshape(2, 3, 4), version=11)
case("log softmax of the rest", "LogSoftmax", [draw(2, 3, 4)],
     lambda x: x.reshape(6, 4).log_softmax(-1).reshape(2, 3, 4), version=11, axis=2)
masked = draw(3, 5)
masked[0, 2:] = -float("inf")
masked[1, 0] = -float("inf")
case("softmax masked", "Softmax", [masked], lambda x: x.softmax(-1))
case("softmax fully masked", "Softmax", [torch.full((2, 3), -float("inf"), **DOUBLE)], lambda x: x.softmax(-1))
case("softmax empty", "Softmax", [draw(0, 3)], lambda x: x.softmax(-1))

# Recurrent networks, written out: PyTorch's own have their gates in another order.

FUNCTIONS = dict(Sigmoid=torch.sigmoid, Tanh=torch.tanh, Relu=torch.relu, Softsign=F.softsign, Softplus=F.softplus,
                 HardSigmoid=lambda x: torch.clamp(0.2 * x + 0.5, 0, 1), LeakyRelu=lambda x: F.leaky_relu(x, 0.1),
                 Elu=lambda x: F.elu(x, 0.7), Affine=lambda x: 0.8 * x + 0.1,
                 ScaledTanh=lambda x: 1.2 * torch.tanh(0.7 * x))


def recurrent(kind, functions, direction, linear_before_reset=0, layout=0):
    gates = dict(LSTM=4, GRU=3, RNN=1)[kind]

    def run(x, w, r, bias=None, lengths=None, hidden=None, cell=None, peepholes=None):
        if layout:
            x = x.transpose(0, 1)
            hidden = None if hidden is None else hidden.transpose(0, 1)
            cell = None if cell is None else cell.transpose(0, 1)
        steps, batch, _ = x.shape
        units = r.shape[2]
        count = 2 if direction == "bidirectional" else 1
        each = len(functions) // count
        all_states, last_states, last_cells = [], [], []
        for d in range(count):
            f = [FUNCTIONS[n] for n in functions[d * each:(d + 1) * each]]
            h = torch.zeros(batch, units, **DOUBLE) if hidden is None else hidden[d]
            c = torch.zeros(batch, units, **DOUBLE) if cell is None else cell[d]
            wb, rb = (bias[d][:gates * units], bias[d][gates * units:]) if bias is not None else (0, 0)
            p = peepholes[d].split(units) if peepholes is not None else [0, 0, 0]
            states = [None] * steps
            order = reversed(range(steps)) if direction == "reverse" or d == 1 else range(steps)
            for t in order:
                if kind == "LSTM":
                    i, o, g, n = (x[t] @ w[d].T + h @ r[d].T + wb + rb).split(units, -1)
                    i, g, n = f[0](i + p[0] * c), f[0](g + p[2] * c), f[1](n)
                    c = g * c + i * n
                    h = f[0](o + p[1] * c) * f[2](c)
                elif kind == "GRU":
                    a = (x[t] @ w[d].T + wb).split(units, -1) if bias is not None else (x[t] @ w[d].T).split(units, -1)
                    rb_ = rb.split(units) if bias is not None else (0, 0, 0)
                    rz, rr, rn = r[d].split(units)
                    z = f[0](a[0] + h @ rz.T + rb_[0])
                    reset = f[0](a[1] + h @ rr.T + rb_[1])
                    if linear_before_reset:
                        n = f[1](a[2] + reset * (h @ rn.T + rb_[2]))
                    else:
                        n = f[1](a[2] + (reset * h) @ rn.T + rb_[2])
                    h = (1 - z) * n + z * h
                else:
                    h = f[0](x[t] @ w[d].T + h @ r[d].T + wb + rb)
                states[t] = h
            all_states.append(torch.stack(states))
            last_states.append(h)
            last_cells.append(c)
        y, last = torch.stack(all_states, 1), torch.stack(last_states)
        cells = torch.stack(last_cells)
        if layout:
            y, last, cells = y.permute(2, 0, 1, 3), last.transpose(0, 1), cells.transpose(0, 1)
        return (y, last, cells) if kind == "LSTM" else (y, last)

    return run


def cells(name, kind, functions, direction="forward", bias=True, state=True, peepholes=False, layout=0, sizes=(4, 3, 2, 5),
          **attributes):
    steps, batch, features, units = sizes
    gates = dict(LSTM=4, GRU=3, RNN=1)[kind]
    count = 2 if direction == "bidirectional" else 1
    x = draw(batch, steps, features) if layout else draw(steps, batch, features)
    shape = (batch, count, units) if layout else (count, batch, units)
    inputs = [x, draw(count, gates * units, features) / 2, draw(count, gates * units, units) / 2,
              draw(count, 2 * gates * units) / 2 if bias else None, None, draw(*shape) if state else None]
    if kind == "LSTM":
        inputs += [draw(*shape) if state else None, draw(count, 3 * units) / 2 if peepholes else None]
    while inputs[-1] is None:
        inputs.pop()
    before = attributes.get("linear_before_reset", 0)
    case(f"{kind} {name}", kind, inputs, recurrent(kind, functions, direction, before, layout), direction=direction,
         layout=layout, hidden_size=units, tolerance=4e-5, **attributes)


LSTM, GRU = ["Sigmoid", "Tanh", "Tanh"], ["Sigmoid", "Tanh"]
cells("forward", "LSTM", LSTM)
cells("plain", "LSTM", LSTM, bias=False, state=False)
cells("reverse", "LSTM", LSTM, "reverse")
cells("bidirectional", "LSTM", LSTM * 2, "bidirectional", sizes=(3, 2, 4, 3))
cells("bidirectional, batch first", "LSTM", LSTM * 2, "bidirectional", layout=1, sizes=(3, 2, 4, 3))
cells("peepholes", "LSTM", LSTM, peepholes=True)
cells("peepholes both ways", "LSTM", LSTM * 2, "bidirectional", peepholes=True, sizes=(3, 2, 2, 3))
cells("many rows", "LSTM", LSTM, sizes=(2, 19, 2, 3))
cells("other functions", "LSTM", ["HardSigmoid", "ScaledTanh", "Softsign"],
      activations=["HardSigmoid", "ScaledTanh", "Softsign"], activation_alpha=[0.2, 1.2], activation_beta=[0.5, 0.7])
for before in [0, 1]:
    cells(f"forward {before}", "GRU", GRU, linear_before_reset=before)
    cells(f"plain {before}", "GRU", GRU, bias=False, state=False, linear_before_reset=before)
    cells(f"reverse {before}", "GRU", GRU, "reverse", linear_before_reset=before)
    cells(f"bidirectional {before}", "GRU", GRU * 2, "bidirectional", linear_before_reset=before, sizes=(3, 2, 4, 3))
    cells(f"batch first {before}", "GRU", GRU * 2, "bidirectional", layout=1, linear_before_reset=before, sizes=(3, 2, 2, 3))
    cells(f"many rows {before}", "GRU", GRU, linear_before_reset=before, sizes=(2, 19, 2, 3))
cells("other functions", "GRU", ["Softplus", "LeakyRelu"], activations=["Softplus", "LeakyRelu"], activation_alpha=[0.1])
cells("forward", "RNN", ["Tanh"])
cells("relu", "RNN", ["Relu"], activations=["Relu"])
cells("elu", "RNN", ["Elu"], activations=["Elu"], activation_alpha=[0.7])
cells("affine", "RNN", ["Affine"], activations=["Affine"], activation_alpha=[0.8], activation_beta=[0.1])
cells("both ways", "RNN", ["Tanh"] * 2, "bidirectional", sizes=(3, 2, 2, 3))
cells("batch first", "RNN", ["Tanh"], "reverse", layout=1)
cells("one step", "RNN", ["Tanh"], sizes=(1, 2, 2, 3))

if __name__ == "__main__":
    write()
