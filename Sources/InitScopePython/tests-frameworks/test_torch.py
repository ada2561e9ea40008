"""PyTorch models, against PyTorch's own numbers."""

import json
import os
import stat
import sys

import initscope
import pytest
import torch
from initscope import ExportFailed, ExtraMissing, HealthError, InvalidFile, UnsupportedModel
from torch import nn


class Inputs(nn.Module):
    """Takes its inputs in every way that a forward method can."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.norm = nn.BatchNorm1d(8)
        self.dropout = nn.Dropout(0.5)
        self.last = nn.Linear(8, 3)

    def forward(self, x, mask=None, scale=1.0, *, pair=None):
        hidden = self.dropout(torch.relu(self.norm(self.first(x))))
        if self.training:
            # As stochastic depth and layers of noise do.
            hidden = hidden + torch.rand_like(hidden)
        if mask is not None:
            hidden = hidden * mask
        if pair is not None:
            hidden = hidden + pair[0] + pair[1]["more"]
        return {"logits": self.last(hidden) * scale}


def classifier(depth=3):
    torch.manual_seed(0)
    hidden = [layer for _ in range(depth) for layer in (nn.Linear(32, 32), nn.ReLU())]
    model = nn.Sequential(*hidden, nn.Linear(32, 10))
    for parameter in model.parameters():
        if parameter.dim() == 2:
            nn.init.kaiming_normal_(parameter)
        else:
            nn.init.zeros_(parameter)
    return model


def snapshot(model):
    modes = [module.training for module in model.modules()]
    return {name: value.clone() for name, value in model.state_dict().items()}, modes, torch.get_rng_state()


def assert_unchanged(model, before):
    state, modes, generator = before
    assert [module.training for module in model.modules()] == modes
    assert torch.equal(torch.get_rng_state(), generator)
    now = model.state_dict()
    assert list(now) == list(state)
    for name, value in state.items():
        assert torch.equal(now[name], value), name


def second_moments(model, example, names):
    """Mean squares of what modules put out, by PyTorch itself."""
    found = {}
    modules = dict(model.named_modules())
    hooks = [
        modules[name].register_forward_hook(
            lambda _, __, output, name=name: found.update({name: output.square().mean().item()})
        )
        for name in names
    ]
    with torch.no_grad():
        model(example)
    for hook in hooks:
        hook.remove()
    return found


def test_an_audit_measures_what_pytorch_computes_and_changes_nothing():
    model, x = classifier(), torch.randn(64, 32) * 2
    before = snapshot(model)
    result = initscope.audit(model, x, seeds=2)
    assert_unchanged(model, before)
    assert result.network == "Sequential"
    assert {parameter["name"] for parameter in result.runs[0].data["parameters"]} == set(model.state_dict())
    for parameter in result.runs[0].data["parameters"]:
        expected = model.state_dict()[parameter["name"]].double()
        # A float's rounding, of values up to about 1.
        assert parameter["mean"] == pytest.approx(expected.mean().item(), abs=2**-23)
        assert parameter["secondMoment"] == pytest.approx(expected.square().mean().item(), rel=1e-6)
    # No activation function follows the last layer, so that both mean the same. Sums of 32 floats differ in the sixth digit.
    assert result.runs[0].layers[-1].activation == pytest.approx(second_moments(model, x, ["6"])["6"], rel=1e-5)
    assert result.verdict.trains
    assert set(result.pictures) >= {"overview", "growth"}
    assert "base64" in result._repr_html_()


def test_batch_normalization_takes_the_batch_and_dropout_is_off():
    torch.manual_seed(0)
    model, x = Inputs().train(), torch.randn(64, 4)
    before = snapshot(model)
    result = initscope.audit(model, x, seeds=2, pictures=False)
    assert_unchanged(model, before)
    quiet = Inputs().eval()
    quiet.load_state_dict(model.state_dict())
    quiet.norm.train()
    measured = {layer.name: layer.activation for layer in result.runs[0].layers}
    with torch.no_grad():
        expected = quiet(x)["logits"].square().mean().item()
    assert measured["last"] == pytest.approx(expected, rel=1e-4)
    running = initscope.audit(model, x, seeds=2, batch_norm="file", pictures=False)
    with torch.no_grad():
        expected = model.eval()(x)["logits"].square().mean().item()
    assert running.runs[0].layers[-1].activation == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    "example",
    [
        (torch.randn(8, 4), torch.ones(8, 8)),
        {"pair": (torch.randn(8, 8), {"more": torch.randn(8, 8)}), "x": torch.randn(8, 4), "scale": 3.0},
        (torch.randn(8, 4), None, 2.0),
    ],
)
def test_inputs_reach_the_graph_in_every_form(example):
    torch.manual_seed(0)
    model = Inputs().eval()
    keywords = example if isinstance(example, dict) else {}
    with torch.no_grad():
        expected = model(*(() if keywords else example), **keywords)["logits"].square().mean().item()
    result = initscope.audit(model, example, seeds=2, batch_norm="file", pictures=False)
    assert result.runs[0].layers[-1].activation == pytest.approx(expected, rel=1e-4)


def test_labels_start_the_backward_pass_from_the_cross_entropy():
    model, x = classifier(), torch.randn(64, 32)
    labels = torch.arange(64) % 10
    result = initscope.audit(model, x, labels=labels, seeds=2, pictures=False)
    assert result.data["input"]["backward"] == "cross_entropy"
    loss = nn.functional.cross_entropy(model(x), labels)
    loss.backward()
    measured = next(one for one in result.runs[0].data["parameters"] if one["name"] == "0.weight")
    assert measured["gradient"]["secondMoment"] == pytest.approx(model[0].weight.grad.square().mean().item(), rel=1e-3)


def test_initializers_are_compared_with_the_weights_that_are_there():
    result = initscope.audit(classifier(), torch.randn(64, 32), init=["file", "zeros"], seeds=2, pictures=False)
    assert [run.initializer for run in result.runs] == ["file", "zeros"]
    assert [run.verdict.trains for run in result.runs] == [True, False]


def test_a_failure_names_layer_rule_verdict_and_remedy(tmp_path):
    model = classifier(20)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(0.2)
    with pytest.raises(HealthError, match="(?s)not healthy.*vanishing-.*verdict: vanishing.*picture: ") as caught:
        initscope.assert_healthy(model, torch.randn(64, 32), pictures_to=str(tmp_path))
    assert (tmp_path / "overview-Sequential_file.png").read_bytes() == caught.value.result.pictures["overview"]
    assert initscope.assert_healthy(classifier(), torch.randn(64, 32)).healthy


def test_weights_take_every_tensor_once_and_in_its_own_type():
    model = nn.ModuleDict({"embed": nn.Embedding(50, 16), "head": nn.Linear(16, 50, bias=False), "norm": nn.BatchNorm1d(16)})
    model["head"].weight = model["embed"].weight
    model["short"] = nn.Linear(16, 16).to(torch.bfloat16)
    result = initscope.weights(model, pictures=False)
    found = {tensor.name: tensor for tensor in result.tensors}
    assert set(found) == set(model.state_dict()) - {"head.weight"}
    assert found["short.weight"].type == "bfloat16"
    expected = model["embed"].weight.detach().double()
    assert found["embed.weight"].standard_deviation == pytest.approx(expected.std().item(), rel=1e-3)


def test_strided_views_are_written_in_order():
    values = torch.randn(30, 20)
    result = initscope.weights({"a.weight": values.t()}, pictures=False)
    other = initscope.weights({"a.weight": values.t().contiguous().clone()}, pictures=False)
    assert result.tensors[0].shape == (20, 30)
    assert result.tensors[0].data == other.tensors[0].data


def test_models_without_values_are_refused():
    with pytest.raises(UnsupportedModel, match="meta device"):
        initscope.weights(nn.Linear(3, 3, device="meta"))
    with pytest.raises(UnsupportedModel, match="lazy"):
        initscope.weights(nn.LazyLinear(3))
    with pytest.raises(UnsupportedModel, match="needs example_input"):
        initscope.audit(nn.Linear(3, 3))
    with pytest.raises(UnsupportedModel, match="holds no tensor"):
        initscope.audit(nn.Linear(3, 3), (1.0,))


def test_an_example_that_does_not_fit_is_told_from_a_failed_export():
    with pytest.raises(UnsupportedModel, match="Linear itself fails on example_input.*shapes"):
        initscope.audit(nn.Linear(3, 3), torch.randn(2, 4))
    # The exporter takes integers where the layer itself does not.
    with pytest.raises(UnsupportedModel, match="Linear itself fails on example_input"):
        initscope.audit(nn.Linear(3, 3), torch.ones(2, 3, dtype=torch.int64))


class Branching(nn.Linear):
    def forward(self, x):
        noise = torch.rand(1)
        return super().forward(x) if (x + noise).sum().item() > 0 else x


def test_weights_that_are_wrong_fail_a_model_whose_signal_passes():
    network, x = classifier(), torch.randn(64, 32, generator=torch.Generator().manual_seed(1))
    layers = [layer for layer in network if isinstance(layer, nn.Linear)]
    initscope.assert_healthy(network, x)
    with torch.no_grad():
        layers[2].weight.copy_(layers[1].weight)
        layers[2].bias.copy_(layers[1].bias)
    with pytest.raises(HealthError, match="the weights of.*\n.*equal-tensors"):
        initscope.assert_healthy(network, x)
    # One layer in two places is written once.
    layers[2].weight, layers[2].bias = layers[1].weight, layers[1].bias
    initscope.assert_healthy(network, x)


def test_arrays_of_numpy_are_examples_and_nan_is_named():
    numpy = pytest.importorskip("numpy")
    network, x = classifier(), numpy.random.default_rng(0).normal(size=(32, 32))
    given = initscope.audit(network, x, pictures=False, remedies=False)
    same = initscope.audit(network, torch.tensor(x, dtype=torch.float32), pictures=False, remedies=False)
    assert given.data["runs"][0]["layers"] == same.data["runs"][0]["layers"]
    x[3, 5] = float("nan")
    with pytest.raises(UnsupportedModel, match="1 value of NaN"):
        initscope.audit(network, x)


def test_a_failed_export_says_what_to_try_and_weights_still_work():
    model = Branching(3, 3).train()
    before = snapshot(model)
    with pytest.raises(ExportFailed, match="(?s)could not write Branching.*What to try.*dynamo=False.*initscope.weights"):
        initscope.audit(model, torch.ones(2, 3))
    assert_unchanged(model, before)
    assert len(initscope.weights(model, pictures=False).tensors) == 2


def test_a_missing_exporter_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(ExtraMissing, match=r"initscope\[torch\]"):
        initscope.audit(nn.Linear(3, 3), torch.ones(2, 3))


def test_an_exported_file_is_audited_as_the_model_is(tmp_path):
    model, x = classifier(), torch.randn(64, 32)
    names = initscope.export(model, x, tmp_path / "model.onnx")
    assert sorted(os.listdir(tmp_path)) == ["model.onnx", "model.onnx.data"]
    from_file = initscope.audit(tmp_path / "model.onnx", dict(zip(names, [x])), seeds=2, pictures=False)
    direct = initscope.audit(model, x, seeds=2, pictures=False)
    assert from_file.runs[0].layers[-1].activation == direct.runs[0].layers[-1].activation


def stand_in(directory, arrays_text):
    """A program that writes a safetensors file of the given header and values, as `initscope fix` does."""
    path = directory / "stand-in"
    path.write_text(
        f"#!{sys.executable}\nimport struct, sys\n"
        f"header, values = {arrays_text}\n"
        "assert sys.argv[1] == 'fix' and sys.argv[2].endswith('.onnx'), sys.argv\n"
        f"open({str(directory / 'arguments')!r}, 'w').write('\\n'.join(sys.argv[1:]))\n"
        "with open(sys.argv[sys.argv.index('--output') + 1], 'wb') as file:\n"
        "    file.write(struct.pack('<Q', len(header)) + header + values)\n"
        "print('drawn')\n"
    )
    os.chmod(path, stat.S_IRWXU)
    return str(path)


def drawn(**arrays):
    """Header and values of float32 tensors, by the format's own definition."""
    import struct

    header, values = {}, b""
    for name, (shape, numbers) in arrays.items():
        content = struct.pack(f"<{len(numbers)}f", *numbers)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(values), len(values) + len(content)]}
        values += content
    return json.dumps(header).encode(), values


def test_fix_loads_what_was_drawn(tmp_path, monkeypatch):
    model = nn.Linear(2, 1).to(torch.float64)
    parameter = model.weight
    monkeypatch.setenv("INITSCOPE", stand_in(tmp_path, drawn(weight=([1, 2], [3.0, 4.5]))))
    result = initscope.fix(model, torch.ones(2, 2, dtype=torch.float64), init="he_normal")
    assert model.weight is parameter and parameter.requires_grad
    assert parameter.tolist() == [[3.0, 4.5]]
    assert (result.tensors, str(result)) == (("weight",), "drawn\n")
    assert (tmp_path / "arguments").read_text().split("\n") == [
        "fix", "Linear.onnx", "--init", "he_normal", "--output", "fixed.safetensors"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "arrays, message",
    [
        ({"weight": ([1, 2], [1.0, 2.0]), "other": ([1], [1.0])}, "other"),
        ({"weight": ([1, 2], [1.0, 2.0]), "bias": ([2], [1.0, 1.0])}, r"bias has shape \[2\].*\[1\] in the model"),
    ],
)
def test_fix_changes_all_or_nothing(tmp_path, monkeypatch, arrays, message):
    model = nn.Linear(2, 1)
    before = snapshot(model)
    monkeypatch.setenv("INITSCOPE", stand_in(tmp_path, drawn(**arrays)))
    with pytest.raises(InvalidFile, match=message):
        initscope.fix(model, torch.ones(2, 2))
    assert_unchanged(model, before)


def test_models_of_transformers_bring_their_configuration():
    import transformers

    settings = dict(n_layer=2, n_embd=64, n_head=2, vocab_size=100, n_positions=32, bos_token_id=0, eos_token_id=0)
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(**settings))
    assert initscope.weights(model, pictures=False).scheme == "gpt2"
    ids = torch.randint(0, 100, (4, 16))
    before = snapshot(model)
    result = initscope.audit(model, {"input_ids": ids}, seeds=2, pictures=False)
    assert_unchanged(model, before)
    assert model.config.use_cache
    assert any(layer.name == "transformer.h.1.attn.c_attn" for layer in result.runs[0].layers)


def test_tensors_of_several_types_are_read_in_one_file():
    # One byte, four and eight: each must begin at a multiple of its size.
    model = nn.Module()
    model.register_buffer("mask", torch.tensor([True, False, True]))
    model.register_buffer("weight", torch.randn(3))
    model.register_buffer("counter", torch.tensor(0))
    found = {tensor.name: tensor for tensor in initscope.weights(model, pictures=False).tensors}
    assert {name: tensor.type for name, tensor in found.items()} == {
        "mask": "bool",
        "weight": "float32",
        "counter": "int64",
    }


def test_an_embedding_without_padding_is_not_blamed_for_its_first_row():
    import transformers

    settings = dict(vocab_size=60, d_model=64, d_kv=16, d_ff=128, num_layers=2, num_heads=4)
    model = transformers.T5ForConditionalGeneration(transformers.T5Config(**settings))
    assert model.config.pad_token_id == 0
    assert initscope.weights(model, pictures=False).healthy
