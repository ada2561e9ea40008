"""The program itself, where there is one: INITSCOPE, or initscope on PATH."""

import array
import math
import os
import random
import tempfile
import unittest
from pathlib import Path

import initscope
from initscope import CommandFailed, HealthError, ProgramMissing
from initscope._arrays import Array

FIXTURES = Path(__file__).resolve().parents[3] / "Fixtures"


def setUpModule():
    try:
        initscope.find_program()
    except ProgramMissing as error:
        # A variable that names no program is a mistake.
        if os.environ.get("INITSCOPE"):
            raise
        raise unittest.SkipTest(str(error)) from error


def normal(deviation, *shape, seed=1):
    stream = random.Random(seed)
    values = array.array("f", (stream.gauss(0, deviation) for _ in range(math.prod(shape))))
    return Array("F32", shape, values.tobytes())


class CommandTests(unittest.TestCase):
    def test_an_audit_of_zeros_and_of_he_normal(self):
        result = initscope.audit("mlp", init=["he_normal", "zeros"], seeds=2, options=["--depth", "4", "--width", "32"])
        self.assertEqual([run.initializer for run in result.runs], ["he_normal", "zeros"])
        self.assertEqual([run.verdict.trains for run in result.runs], [True, False])
        self.assertFalse(result.healthy)
        self.assertIn("symmetric-units", {finding.rule for finding in result.findings if finding.run == "zeros"})
        self.assertEqual(len(result.runs[0].layers), 5)
        self.assertTrue(result.pictures["overview"].startswith(b"\x89PNG"))
        self.assertIn("he_normal", result.table)

    def test_an_expectation_fails_and_holds(self):
        options = {"seeds": 2, "options": ["--depth", "4", "--width", "32"]}
        self.assertTrue(initscope.assert_healthy("mlp", init="he_normal", **options).healthy)
        with self.assertRaisesRegex(HealthError, "(?s)symmetric-units.*does not train.*zeros on mlp, 2 replicas"):
            initscope.assert_healthy("mlp", init="zeros", **options)

    def test_a_model_from_a_file_takes_the_batch_that_is_given(self):
        batch = normal(3, 32, 1, 8, 8)
        result = initscope.audit(FIXTURES / "onnx" / "legacy_train.onnx", {"input": batch}, seeds=2, pictures=False)
        self.assertEqual([run.initializer for run in result.runs], ["file"])
        # The mean square of 2,048 values of deviation 3 deviates by 9 * sqrt(2 / 2048), and six of that are allowed.
        self.assertAlmostEqual(result.data["input"]["secondMoment"], 9, delta=6 * 9 * math.sqrt(2 / 2048))

    def test_samples_of_a_network_file_are_taken_as_they_are(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "net.yaml")
            Path(path).write_text("name: net\ninput: 3\nlayers:\n  - dense: {units: 8, activation: relu}\n  - dense: 2\n")
            samples = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
            result = initscope.audit(path, samples, labels=[0, 1], seeds=2, init="he_normal", pictures=False)
        self.assertEqual(result.data["input"]["batch"], 2)
        self.assertEqual(result.data["input"]["backward"], "cross_entropy")
        # Mean of the squares of 1 to 6.
        self.assertAlmostEqual(result.data["input"]["secondMoment"], 91 / 6, places=5)

    def test_kernels_of_keras_and_flax_are_read_inputs_first(self):
        result = initscope.weights({"params": {"Dense_0": {"kernel": normal(0.1, 200, 50), "bias": normal(0, 50)}}})
        kernel = next(tensor for tensor in result.tensors if tensor.name == "params/Dense_0/kernel")
        self.assertEqual((kernel.role, kernel.fan_in, kernel.fan_out), ("linear", 200, 50))
        # Ten thousand values: the deviation's own is 0.1 / sqrt(20000), and six of them are allowed.
        self.assertAlmostEqual(kernel.standard_deviation, 0.1, delta=6 * 0.1 / math.sqrt(20000))

    def test_weights_of_zeros_are_found(self):
        result = initscope.weights({"fc.weight": normal(0, 20, 10), "fc.bias": normal(0, 20)})
        self.assertFalse(result.healthy)
        self.assertIn("all-zero", [finding.rule for finding in result.findings])

    def test_errors_carry_the_programs_message(self):
        with self.assertRaisesRegex(CommandFailed, "nope.onnx") as caught:
            initscope.audit("nope.onnx")
        self.assertEqual(caught.exception.status, 2)
        with self.assertRaisesRegex(CommandFailed, "no_such_initializer") as caught:
            initscope.audit("mlp", init="no_such_initializer")
        self.assertEqual(caught.exception.status, 64)


if __name__ == "__main__":
    unittest.main()
