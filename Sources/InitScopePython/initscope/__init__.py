"""Shows what a neural network's initial weights do to the values that flow through it, before a single training step.

This package writes a model to a file, runs the program ``initscope`` on it, and returns what that found. It computes
nothing itself.

    >>> import initscope                                       # doctest: +SKIP
    >>> initscope.weights(model)                               # doctest: +SKIP
    >>> initscope.audit(model, example_input)                  # doctest: +SKIP
    >>> initscope.assert_healthy(model, example_input)         # doctest: +SKIP
"""

from ._api import audit, export, fix, weights
from ._checks import HealthError, assert_healthy, expect_healthy
from ._program import find_program
from .errors import (
    CommandFailed,
    ExportFailed,
    ExtraMissing,
    InitScopeError,
    InvalidFile,
    ProgramMissing,
    UnsupportedModel,
)
from .results import AuditResult, Finding, FixResult, Layer, Result, Run, Tensor, Verdict, WeightsResult

__version__ = "0.1.0"

__all__ = [
    "AuditResult",
    "CommandFailed",
    "ExportFailed",
    "ExtraMissing",
    "Finding",
    "FixResult",
    "HealthError",
    "InitScopeError",
    "InvalidFile",
    "Layer",
    "ProgramMissing",
    "Result",
    "Run",
    "Tensor",
    "UnsupportedModel",
    "Verdict",
    "WeightsResult",
    "assert_healthy",
    "audit",
    "expect_healthy",
    "export",
    "find_program",
    "fix",
    "weights",
]
