"""Typed results, and the message of a failed expectation."""

import base64
import os
import tempfile
import unittest

import initscope
from initscope import AuditResult, FixResult, HealthError, WeightsResult

from .support import AUDIT, PNG, WEIGHTS, stand_in


def audit(healthy=False, data=AUDIT):
    return AuditResult(table="a <b>\n", data=data, pictures={"overview": PNG}, messages="", healthy=healthy)


class ResultTests(unittest.TestCase):
    def test_what_was_drawn_is_the_text_of_a_fix(self):
        result = FixResult(("a.weight",), "", "drew 1 of 2 tensors from he_normal, seed 0")
        self.assertEqual(str(result), "drew 1 of 2 tensors from he_normal, seed 0")
        self.assertEqual(str(FixResult((), "a table\n", "and a message")), "a table\nand a message")

    def test_runs_layers_and_verdicts_are_typed(self):
        result = audit()
        self.assertEqual([run.initializer for run in result.runs], ["file", "he_normal"])
        first, last = result.runs[0].layers
        self.assertEqual((first.name, first.fan_in, first.activation, first.gradient), ("first", 2, 0.25, float("inf")))
        self.assertEqual((last.fan_in, last.activation), (None, None))
        self.assertEqual(
            (result.verdict.status, result.verdict.trains, result.verdict.confidence), ("vanishing", False, 0.98)
        )
        self.assertIsNone(result.runs[1].verdict)

    def test_findings_of_all_runs_name_their_run(self):
        findings = audit().findings
        self.assertEqual([finding.rule for finding in findings], ["vanishing-activations", "dead-units", "bias"])
        self.assertEqual((findings[0].run, findings[0].layers, findings[0].evidence), ("file", (1, 2), {"factor": 0.1}))
        self.assertEqual(str(findings[2]), "note: A note. [bias]")

    def test_tensors_are_typed(self):
        result = WeightsResult(table="t", data=WEIGHTS, pictures={}, messages="", healthy=False)
        tensor = result.tensors[0]
        self.assertEqual(
            (tensor.shape, tensor.role, tensor.mean, tensor.findings), ((3, 2), "linear", 0.5, ("nonfinite-values",))
        )
        self.assertNotEqual(tensor.standard_deviation, tensor.standard_deviation)
        self.assertEqual(result.findings[0].tensors, ("first.weight",))

    def test_a_notebook_shows_the_picture_and_the_table_as_text(self):
        page = audit()._repr_html_()
        self.assertIn(f'src="data:image/png;base64,{base64.b64encode(PNG).decode()}"', page)
        self.assertIn("a &lt;b&gt;", page)
        self.assertEqual(str(audit()), "a <b>\n")

    def test_a_result_is_saved_whole(self):
        with tempfile.TemporaryDirectory() as directory:
            audit().save(os.path.join(directory, "new"))
            self.assertEqual(
                sorted(os.listdir(os.path.join(directory, "new"))), ["overview.png", "result.json", "table.txt"]
            )
            with open(os.path.join(directory, "new", "overview.png"), "rb") as file:
                self.assertEqual(file.read(), PNG)


class ExpectationTests(unittest.TestCase):
    def test_a_failure_reads_as_a_report(self):
        with tempfile.TemporaryDirectory() as directory, self.assertRaises(HealthError) as caught:
            initscope.expect_healthy(audit(), pictures_to=directory)
        self.assertIsInstance(caught.exception, AssertionError)
        self.assertEqual(caught.exception.result.network, "Small")
        self.assertEqual(
            str(caught.exception).splitlines(),
            [
                "the initialization of Small is not healthy: 2 errors and a verdict against training",
                "  worst: layers first, last: Activations shrink. [vanishing-activations]",
                "  Units of last are zero. [dead-units]",
                "  verdict: vanishing, does not train (98% sure). Plain SGD is not expected to learn.",
                "  remedy: Use he_normal.",
                "  file on Small, 5 replicas, batch 4, seed 0",
                f"  picture: {directory}/overview-Small_file_he_normal.png",
            ],
        )

    def test_ignored_rules_leave_the_verdict(self):
        with self.assertRaisesRegex(HealthError, "not healthy: a verdict against training"):
            initscope.expect_healthy(audit(), ignore=["vanishing-activations", "dead-units"])

    def test_ignored_rules_pass_where_nothing_else_is_wrong(self):
        run = {**AUDIT["runs"][0], "verdict": None}
        result = audit(data={**AUDIT, "runs": [run]})
        initscope.expect_healthy(result, ignore=["vanishing-activations", "dead-units"])
        with self.assertRaisesRegex(HealthError, "1 error\n.*dead-units"):
            initscope.expect_healthy(result, ignore=["vanishing-activations"])

    def test_the_programs_word_counts_where_the_document_has_no_reason(self):
        data = {**AUDIT, "runs": [AUDIT["runs"][1]]}
        initscope.expect_healthy(audit(healthy=True, data=data))
        with self.assertRaisesRegex(HealthError, "strict audit failed"):
            initscope.expect_healthy(audit(data=data))

    def test_errors_of_the_weights_fail_a_model_whose_signal_is_right(self):
        healthy = audit(healthy=True, data={**AUDIT, "runs": [AUDIT["runs"][1]]})
        own = initscope.WeightsResult(table="", data=WEIGHTS, pictures={}, messages="", healthy=False)
        with self.assertRaisesRegex(HealthError, "the weights of Small .*: 1 error\n  NaN. .nonfinite-values."):
            initscope.expect_healthy(healthy, weights=own)
        initscope.expect_healthy(healthy, weights=own, ignore=["nonfinite-values"])
        # A warning alone is none.
        findings = [{**WEIGHTS["findings"][0], "severity": "warning"}]
        only = initscope.WeightsResult(
            table="", data={**WEIGHTS, "findings": findings}, pictures={}, messages="", healthy=False
        )
        initscope.expect_healthy(healthy, weights=only)

    def test_a_healthy_model_passes_in_one_run(self):
        with stand_in() as program:
            program.plan(document=AUDIT)
            self.assertTrue(initscope.assert_healthy("mlp").healthy)
            self.assertIn("--no-png", program.arguments)
            program.plan(document=AUDIT, status=1)
            with self.assertRaises(HealthError):
                initscope.assert_healthy("mlp")


if __name__ == "__main__":
    unittest.main()
