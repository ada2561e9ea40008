"""Writes the layers on sequences, one JSON file each, by PyTorch's own modules and autograd in float64.

Conventions (the same text stands in the JSON):
- Arrays are row-major, samples first: batch x steps x features. Parameters stand in the order and layout of the layer's own
  description; the objective is sum(cotangent * output), gradients are sums over the batch.
- All inputs, parameters and cotangents are multiples of 1/32 below 4, so that float32 holds them exactly.
- lstm: PyTorch's two biases are the layer's bias and 0; the layer's forget_bias is added to PyTorch's second one.

Made with Python 3.11 and PyTorch 2.15.0; `python sequences.py` writes the files beside itself.
"""
import json
import pathlib

import torch

torch.set_default_dtype(torch.float64)
HERE = pathlib.Path(__file__).parent


def draw(generator, *shape, scale=1.0):
    """To the nearest multiple of 1/32."""
    values = torch.randn(*shape, generator=generator) * scale
    return (torch.round(values.clamp(-3.9, 3.9) * 32) / 32).requires_grad_(True)


def flat(tensor):
    return [float(f"{x:.9g}") for x in tensor.detach().reshape(-1).tolist()]


def record(name, fields, shape, inputs, parameters, run, generator, differentiable=True):
    """`run(inputs, parameters)` gives the output; `shape` is one sample's."""
    output = run(inputs, parameters)
    cotangent = draw(generator, *output.shape).detach()
    wanted = ([inputs] if differentiable else []) + parameters
    gradients = list(torch.autograd.grad((output * cotangent).sum(), wanted))
    return {
        "name": name, "fields": fields, "shape": list(shape), "batch": inputs.shape[0], "input": flat(inputs),
        "parameters": [flat(p) for p in parameters], "output": flat(output), "cotangent": flat(cotangent),
        "inputGradient": flat(gradients.pop(0)) if differentiable else None,
        "parameterGradients": [flat(g) for g in gradients],
    }


def embedding(generator):
    for batch, steps, vocabulary, dimension in ((3, 5, 7, 4), (1, 2, 3, 17), (2, 40, 5, 3)):
        ids = torch.randint(0, vocabulary, (batch, steps), generator=generator).double()
        table = draw(generator, vocabulary, dimension)
        run = lambda x, p: torch.nn.functional.embedding(x.long(), p[0])
        yield record(
            f"{batch}x{steps} of {vocabulary}x{dimension}", {"vocabulary": str(vocabulary), "dimension": str(dimension)},
            (steps,), ids, [table], run, generator, differentiable=False)


# Batch, steps, inputs, units, whether all states are returned, whether there is a bias.
SIZES = ((3, 6, 5, 4, False, True), (1, 1, 2, 3, True, True), (2, 5, 1, 1, True, False), (9, 3, 2, 17, True, True))


def recurrent(module, gates, sizes=SIZES, fields={}, forget=0.0, second_bias=False, **arguments):
    def cases(generator):
        for batch, steps, inputs, units, sequence, bias in sizes:
            network = module(inputs, units, batch_first=True, **arguments)
            weights = [draw(generator, gates * units, inputs, scale=0.7), draw(generator, gates * units, units, scale=0.5)]
            biases = [draw(generator, gates * units, scale=0.5) for _ in range(1 + second_bias)] if bias else []

            def run(x, p):
                first = p[2] if bias else torch.zeros(gates * units)
                second = p[3] if bias and second_bias else torch.zeros(gates * units)
                constant = torch.zeros(gates * units)
                constant[units:2 * units] = forget
                state = dict(zip(("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"),
                                 (p[0], p[1], first, second + constant)))
                states, _ = torch.func.functional_call(network, state, (x,))
                return states if sequence else states[:, -1]

            values = {"units": str(units)} | fields
            if sequence:
                values["return"] = "sequence"
            if not bias:
                values["bias"] = "none"
            yield record(
                f"{batch}x{steps}x{inputs} to {units}", values, (steps, inputs), draw(generator, batch, steps, inputs),
                weights + biases, run, generator)

    return cases


def simple_rnn(generator):
    yield from recurrent(torch.nn.RNN, 1, nonlinearity="tanh")(generator)
    yield from recurrent(torch.nn.RNN, 1, sizes=SIZES[:3], fields={"cell": "relu"}, nonlinearity="relu")(generator)


def lstm(generator):
    yield from recurrent(torch.nn.LSTM, 4, forget=1.0)(generator)
    yield from recurrent(torch.nn.LSTM, 4, sizes=SIZES[:1], fields={"forget_bias": "-0.5"}, forget=-0.5)(generator)


def gru(generator):
    yield from recurrent(torch.nn.GRU, 3, second_bias=True)(generator)


def softmax(generator):
    run = lambda x, p: torch.softmax(x, dim=-1)
    for batch, shape in ((3, (5,)), (1, (1,)), (2, (3, 33)), (4, (17,))):
        yield record("x".join(map(str, shape)), {}, shape, draw(generator, batch, *shape), [], run, generator)


def self_attention(generator):
    for batch, steps, features, heads, causal, bias in (
        (2, 5, 6, 1, False, True), (3, 4, 8, 4, True, True), (1, 1, 3, 1, True, True), (2, 19, 6, 2, True, False),
    ):
        module = torch.nn.MultiheadAttention(features, heads, batch_first=True)
        parameters = [draw(generator, features, features, scale=0.6) for _ in range(4)]
        if bias:
            parameters += [draw(generator, features, scale=0.5) for _ in range(4)]

        def run(x, p):
            vectors = p[4:] or [torch.zeros(features)] * 4
            state = {
                "in_proj_weight": torch.cat(p[:3]), "in_proj_bias": torch.cat(list(vectors[:3])),
                "out_proj.weight": p[3], "out_proj.bias": vectors[3],
            }
            mask = torch.triu(torch.ones(steps, steps, dtype=torch.bool), 1) if causal else None
            call = dict(need_weights=False, attn_mask=mask)
            return torch.func.functional_call(module, state, (x, x, x), call)[0]

        fields = {"heads": str(heads), "causal": "true" if causal else "false"} | ({} if bias else {"bias": "none"})
        yield record(
            f"{batch}x{steps}x{features}, {heads} heads{', causal' if causal else ''}", fields, (steps, features),
            draw(generator, batch, steps, features), parameters, run, generator)


conventions = __doc__[__doc__.index("- Arrays"):__doc__.index("\n\nMade with")].split("\n- ")
for kind, cases in dict(
    embedding=embedding, simple_rnn=simple_rnn, lstm=lstm, gru=gru, softmax=softmax, self_attention=self_attention,
).items():
    result = {
        "source": "Fixtures/reference/layers/sequences.py", "versions": {"torch": torch.__version__.split("+")[0]},
        "conventions": [" ".join(line.lstrip("- ").split()) for line in conventions], "kind": kind,
        "cases": list(cases(torch.Generator().manual_seed(20_000))),
    }
    text = json.dumps(result, allow_nan=False).replace('"cases": [', '"cases": [\n').replace('}, {"name"', '},\n{"name"')
    assert len(text) < 60_000, (kind, len(text))
    (HERE / f"{kind}.json").write_text(text + "\n")
