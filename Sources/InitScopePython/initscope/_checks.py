"""Expectations for tests."""

from __future__ import annotations

import os
import re
from typing import Any, Collection, List, Mapping, Optional

from . import _models
from ._api import audit, weights
from .errors import UnsupportedModel
from .results import AuditResult, Finding, Run, WeightsResult

#: The most findings that a failure lists for a run.
_MOST_LISTED = 5


class HealthError(AssertionError):
    """A model's initialization is not healthy.

    Attributes:
        result: The audit that found it.
    """

    def __init__(self, message: str, result: AuditResult) -> None:
        super().__init__(message)
        self.result = result


def assert_healthy(
    model: Any, example_input: Any = None, *, ignore: Collection[str] = (), pictures_to: Optional[str] = None, **options: Any
) -> AuditResult:
    """Fails where a model's initialization is not healthy: a rule finds an error, or the verdict is that it does not train.

    The rules are those of `audit`, and, where the model's own weights are audited, those of `weights`, too: a matrix of
    zeros or a copy of another one may let a signal through that looks right.

    Args:
        model: As `audit` takes it.
        example_input: As `audit` takes it.
        ignore: Names of rules whose errors are accepted. A verdict against training is never accepted.
        pictures_to: A directory for the picture of an audit that fails; None writes none.
        options: Options of `audit`, such as ``init``, ``labels`` or ``seeds``.

    Returns:
        The audit.

    Raises:
        HealthError: It is not healthy. The message has the reasons, worst first; it is an ``AssertionError``.
        InitScopeError: The model could not be audited.

    Example:
        >>> def test_my_model():                                     # doctest: +SKIP
        ...     initscope.assert_healthy(MyModel(), torch.randn(64, 784))
    """
    if "pictures" not in options and pictures_to is None:
        options["pictures"] = False
    result = audit(model, example_input, **options)
    own = weights_of(model, options)
    expect_healthy(result, ignore=ignore, pictures_to=pictures_to, weights=own)
    return result


def weights_of(model: Any, options: Mapping[str, Any]) -> Optional[WeightsResult]:
    """What `weights` finds of a model; None where an audit with these options draws other weights, or the model has none."""
    init = options.get("init")
    if init is not None and "file" not in (init.split(",") if isinstance(init, str) else init):
        return None
    kind = _models.kind_of(model)
    if kind == _models.PATH and not (os.fspath(model).endswith((".onnx", ".keras")) and os.path.isfile(model)):
        return None
    try:
        return weights(model, pictures=False, timeout=options.get("timeout"))
    except UnsupportedModel:
        # What can be audited and not written is judged by its signal alone.
        return None


def expect_healthy(
    result: AuditResult,
    *,
    ignore: Collection[str] = (),
    pictures_to: Optional[str] = None,
    weights: Optional[WeightsResult] = None,
) -> None:
    """Fails as `assert_healthy` does, on an audit that exists, and on what `weights` found where that is given.

    Raises:
        HealthError: It is not healthy.
    """
    found = [] if weights is None else weights.findings
    wrong = [finding for finding in found if finding.severity == "error" and finding.rule not in ignore]
    if result.healthy and not wrong:
        return
    failed = [(run, _errors(run, ignore)) for run in result.runs]
    failed = [(run, errors) for run, errors in failed if errors or _is_condemned(run)]
    if not failed and not wrong and ignore:
        return
    lines: List[str] = []
    for run, errors in failed:
        lines += _complaint(result, run, errors)
    if wrong:
        count = "1 error" if len(wrong) == 1 else f"{len(wrong)} errors"
        lines.append(f"the weights of {result.network} are not as they should be: {count}")
        lines += [f"  {finding.message} [{finding.rule}]" for finding in wrong[:_MOST_LISTED]]
        if len(wrong) > _MOST_LISTED:
            lines.append(f"  and {len(wrong) - _MOST_LISTED} more")
    if not lines:
        lines = [f"{result.network}: the program's strict audit failed", result.table.rstrip()]
    if pictures_to is not None and "overview" in result.pictures:
        lines.append(f"  picture: {_write_picture(result, pictures_to)}")
    raise HealthError("\n".join(lines), result)


def _errors(run: Run, ignore: Collection[str]) -> List[Finding]:
    return [finding for finding in run.findings if finding.severity == "error" and finding.rule not in ignore]


def _is_condemned(run: Run) -> bool:
    return run.verdict is not None and run.verdict.trains is False


def _complaint(result: AuditResult, run: Run, errors: List[Finding]) -> List[str]:
    """What a failed test prints: a headline, the findings, the verdict, what to do, and how to see it again."""
    reasons = []
    if errors:
        reasons.append("1 error" if len(errors) == 1 else f"{len(errors)} errors")
    if _is_condemned(run):
        reasons.append("a verdict against training")
    lines = [f"the initialization of {result.network} is not healthy: {' and '.join(reasons)}"]
    for index, finding in enumerate(errors[:_MOST_LISTED]):
        label = "worst: " if index == 0 and len(errors) > 1 else ""
        lines.append(f"  {label}{_places(run, finding)}{finding.message} [{finding.rule}]")
    if len(errors) > _MOST_LISTED:
        lines.append(f"  and {len(errors) - _MOST_LISTED} more")
    verdict = run.verdict
    if verdict is not None:
        trains = {True: "trains", False: "does not train", None: "whether it trains is not known"}[verdict.trains]
        sure = "" if verdict.confidence is None else f" ({verdict.confidence:.0%} sure)"
        lines.append(f"  verdict: {verdict.status}, {trains}{sure}. {verdict.summary}".rstrip())
        if verdict.recommendation:
            lines.append(f"  remedy: {verdict.recommendation}")
    data = result.data
    lines.append(
        f"  {run.initializer} on {result.network}, {data['seeds']} replicas, batch {data['input']['batch']}, "
        f"seed {data['seed']}"
    )
    return lines


def _places(run: Run, finding: Finding) -> str:
    """The layers of a finding by name, where its message does not name them."""
    names = [layer.name for layer in run.layers if layer.index in finding.layers]
    if not names or any(name in finding.message for name in names):
        return ""
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"{'layer' if len(names) == 1 else 'layers'} {shown}: "


def _write_picture(result: AuditResult, directory: str) -> str:
    os.makedirs(directory, exist_ok=True)
    words = "-".join([result.network, *(run.initializer for run in result.runs)])
    path = os.path.join(directory, f"overview-{re.sub('[^A-Za-z0-9.]+', '_', words).strip('_')}.png")
    with open(path + ".part", "wb") as file:
        file.write(result.pictures["overview"])
    os.replace(path + ".part", path)
    return path
