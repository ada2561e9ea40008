"""How the program is called, and what becomes of what it wrote, with a stand-in in its place."""

import json
import os
import struct
import tempfile
import unittest
import zipfile
from collections import namedtuple
from pathlib import Path

import initscope
from initscope import ExportFailed, InvalidFile, UnsupportedModel
from initscope._arrays import Array

from .support import AUDIT, PNG, WEIGHTS, stand_in

VALUES = Array("F32", (2, 1), struct.pack("<2f", 1, 2))


class KerasVariable:
    """What the package asks of a variable of Keras."""

    def __init__(self, path):
        self.path = path
        self.shape = (2, 1)
        self.dtype = "float32"
        self.value = None

    def numpy(self):
        return Numbers()


class Numbers:
    shape = (2, 1)
    dtype = namedtuple("dtype", "name")("float32")

    def tobytes(self):
        return bytes(VALUES.data)


class KerasModel:
    """What the package asks of a model of Keras."""

    built = True

    def __init__(self, *paths, fails=False):
        self.name = "my model"
        self.weights = [KerasVariable(path) for path in paths]
        self.inputs = [namedtuple("Input", "name")("pixels")]
        self.fails = fails

    def save(self, path):
        if self.fails:
            raise ValueError("a lambda cannot be saved")
        self.saved = path
        Path(path).write_bytes(b"saved")


KerasModel.__module__ = "keras.src.models.model"


class Case(unittest.TestCase):
    def setUp(self):
        context = stand_in()
        self.program = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)

    def audit(self, *arguments, **options):
        self.program.plan(document=AUDIT)
        return initscope.audit(*arguments, **options)

    def weights(self, *arguments, **options):
        self.program.plan(document=WEIGHTS, name="weights.json")
        return initscope.weights(*arguments, **options)


class AuditTests(Case):
    def test_one_run_gives_table_document_and_pictures(self):
        self.program.plan(document=AUDIT, status=1, messages="Batch normalization takes x.\nwrote 2 files to output: a\n")
        result = initscope.audit("mlp")
        self.assertEqual(self.program.arguments, ["audit", "mlp", "--seed", "0", "--strict", "--output", "output"])
        self.assertEqual(result.table, "the table\n")
        self.assertEqual(result.data, AUDIT)
        self.assertEqual(result.pictures, {"overview": PNG})
        self.assertEqual(result.messages, "Batch normalization takes x.")
        self.assertFalse(result.healthy)
        self.assertTrue(self.audit("mlp").healthy)

    def test_every_argument_becomes_an_option(self):
        self.audit(
            "x.onnx",
            {"x": [[1.0], [2.0]]},
            init=["file", "normal(mean=0,std=1)"],
            labels=[0, 1],
            seeds=3,
            seed=7,
            batch_norm="file",
            every_value=True,
            verdict=False,
            remedies=False,
            pictures=False,
            threads=1,
            options=["--memory", "4G"],
        )
        self.assertEqual(
            self.program.arguments,
            [
                "audit",
                os.path.abspath("x.onnx"),
                "--seed",
                "7",
                "--input",
                "inputs.npz",
                "--init",
                "file,normal(mean=0,std=1)",
                "--seeds",
                "3",
                "--backward",
                "cross_entropy",
                "--threads",
                "1",
                "--batch-norm",
                "file",
                "--every-value",
                "--no-verdict",
                "--no-remedies",
                "--no-png",
                "--strict",
                "--output",
                "output",
                "--memory",
                "4G",
            ],
        )
        path = os.path.join(self.program.call["directory"], "inputs.npz")
        self.assertFalse(os.path.exists(path))
        with tempfile.TemporaryFile() as file:
            file.write(self.program.call["files"]["inputs.npz"])
            with zipfile.ZipFile(file) as archive:
                self.assertEqual(archive.namelist(), ["x.npy", "labels.npy"])

    def test_a_list_of_initializers_may_be_written_as_on_the_command_line(self):
        self.audit("mlp", init="he_normal,lsuv")
        self.assertIn("he_normal,lsuv", self.program.arguments)

    def test_a_path_is_found_from_another_directory(self):
        self.audit("some/model.onnx")
        self.assertEqual(self.program.arguments[1], os.path.abspath("some/model.onnx"))
        self.audit(Path("model.onnx"))
        self.assertEqual(self.program.arguments[1], os.path.abspath("model.onnx"))

    def test_a_keras_model_is_saved_in_its_own_format_with_the_batch_beside_it(self):
        self.audit(KerasModel("dense/kernel"), VALUES)
        self.assertEqual(self.program.arguments[1], "my_model.keras")
        self.assertEqual(self.program.call["files"]["my_model.keras"], b"saved")
        self.assertEqual(self.program.call["files"]["samples.npy"][-8:], bytes(VALUES.data))
        self.assertEqual(self.program.arguments[4:10], ["--input", "samples.npy", "--scaling", "raw", "--batch", "2"])

    def test_samples_of_a_network_file_have_their_labels_beside_them(self):
        self.audit("net.yaml", [[1.0], [2.0]], labels=[3, 4])
        self.assertEqual(
            self.program.arguments[4:14],
            ["--input", "samples.npy", "--scaling", "raw", "--batch", "2", "--labels", "labels.npy", "--backward"]
            + ["cross_entropy"],
        )
        self.assertEqual(struct.unpack("<2q", self.program.call["files"]["labels.npy"][-16:]), (3, 4))

    def test_labels_that_are_not_one_for_each_sample_are_counted(self):
        with self.assertRaisesRegex(UnsupportedModel, "labels holds 3 labels, and example_input 2 samples"):
            self.audit("net.yaml", [[1.0], [2.0]], labels=[0, 1, 0])
        self.assertFalse(self.program.was_called)
        # Samples may lie on the second axis, and every sample may have several labels.
        self.audit("x.onnx", {"x": [[1.0, 2.0, 3.0]] * 2}, labels=[0, 1, 0])
        self.audit("x.onnx", {"x": [[1.0]] * 2}, labels=[0, 1, 0, 1])

    def test_a_keras_model_that_cannot_be_saved_says_what_to_try(self):
        with self.assertRaisesRegex(ExportFailed, "(?s)a lambda cannot be saved.*get_config.*initscope.weights"):
            self.audit(KerasModel("dense/kernel", fails=True))
        self.assertFalse(self.program.was_called)

    def test_a_keras_model_takes_an_array_for_each_input(self):
        model = KerasModel("dense/kernel")
        with self.assertRaisesRegex(UnsupportedModel, "inputs are pixels, and the example has a"):
            self.audit(model, {"a": VALUES})
        model.inputs += [namedtuple("Input", "name")("words")]
        with self.assertRaisesRegex(UnsupportedModel, "2 inputs .pixels, words., and the example has 1"):
            self.audit(model, VALUES)
        self.assertFalse(self.program.was_called)
        self.audit(model, {"words": VALUES, "pixels": VALUES})
        self.assertEqual(self.program.arguments[4:6], ["--input", "inputs.npz"])

    def test_what_cannot_be_audited_is_refused_with_the_way_out(self):
        for model, example, pattern in [
            ({"a": VALUES}, None, "initscope.weights"),
            (object(), None, "torch.nn.Module"),
            (KerasModel, None, "is a class"),
            ("x.onnx", [1.0], "a dict"),
            (None, None, "NoneType"),
        ]:
            with self.subTest(model=model), self.assertRaisesRegex(UnsupportedModel, pattern):
                self.audit(model, example)
        with self.assertRaisesRegex(UnsupportedModel, "example_input"):
            self.audit("mlp", labels=[1])
        self.assertFalse(self.program.was_called)

    def test_a_program_that_writes_no_document_is_named(self):
        self.program.plan(document=None)
        with self.assertRaisesRegex(InvalidFile, "version"):
            initscope.audit("mlp")


class WeightsTests(Case):
    def test_a_tree_is_written_under_the_paths_of_its_leaves(self):
        result = self.weights({"params": {"Dense_0": {"kernel": VALUES}}})
        self.assertEqual(self.program.arguments, ["weights", "parameters.safetensors", "--strict", "--output", "output"])
        self.assertIn(b'"params/Dense_0/kernel"', self.program.call["files"]["parameters.safetensors"])
        self.assertEqual(result.tensors[0].name, "first.weight")
        self.assertEqual(result.scheme, "pytorch")

    def test_variables_of_keras_are_written_under_their_paths(self):
        names = ["seq/dense/kernel", "seq/dense/kernel", "seq/dropout/seed_generator_state", "old/kernel:0"]
        # Where Keras cannot save the model, the values are judged without what its layers declare.
        self.weights(KerasModel(*names, fails=True))
        content = self.program.call["files"]["my_model.safetensors"]
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        self.assertEqual(list(header), ["seq/dense/kernel", "seq/dense/kernel_2", "old/kernel"])

    def test_a_keras_model_hands_over_what_its_layers_declare(self):
        self.weights(KerasModel("seq/dense/kernel"), against=KerasModel("seq/dense/kernel"))
        self.assertEqual(self.program.arguments[1:4], ["my_model.keras", "--against", "my_model-against.keras"])
        self.assertEqual(self.program.call["files"]["my_model.keras"], b"saved")

    def test_scheme_configuration_and_a_second_model_become_options(self):
        self.weights({"a": VALUES}, scheme="gpt2", config={"n_layer": 2}, against={"b": VALUES}, pictures=False)
        self.assertEqual(
            self.program.arguments,
            [
                "weights",
                "parameters.safetensors",
                "--against",
                "parameters-against.safetensors",
                "--scheme",
                "gpt2",
                "--config",
                "config.json",
                "--strict",
                "--output",
                "output",
                "--no-png",
            ],
        )
        self.assertEqual(self.program.call["files"]["config.json"], b'{"n_layer": 2}')

    def test_a_path_is_passed_on(self):
        self.weights("model.safetensors", config="config.json", options=["--every-tensor"])
        self.assertEqual(self.program.arguments[1], os.path.abspath("model.safetensors"))
        self.assertIn(os.path.abspath("config.json"), self.program.arguments)
        self.assertEqual(self.program.arguments[-1], "--every-tensor")

    def test_a_model_without_values_says_how_to_get_some(self):
        with self.assertRaisesRegex(UnsupportedModel, "model.build"):
            self.weights(KerasModel())
        with self.assertRaisesRegex(UnsupportedModel, "params"):
            self.weights({})


class PyTorchOnlyTests(Case):
    def test_export_and_fix_refuse_other_models(self):
        with self.assertRaisesRegex(UnsupportedModel, "model.save"):
            initscope.export(KerasModel("a"), VALUES, "x.onnx")
        with self.assertRaisesRegex(UnsupportedModel, "initscope fix MODEL"):
            initscope.fix("x.onnx", VALUES)


if __name__ == "__main__":
    unittest.main()
