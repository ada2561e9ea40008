"""What the program found, as typed values.

Every number and every sentence here comes from the program's JSON document; `data` is that document as it was read.
"""

from __future__ import annotations

import base64
import html
import json
import os
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Tuple


def _number(value: Any) -> Optional[float]:
    """A number of the document, where those that are not finite are words; None stays None."""
    return None if value is None else float(value)


def _whole(value: Any) -> Optional[int]:
    return None if value is None else int(value)


@dataclass(frozen=True)
class Finding:
    """Something that a rule found.

    Attributes:
        rule: The rule's name: ``initscope explain RULE`` says how it judges.
        severity: ``"error"``, ``"warning"`` or ``"note"``.
        message: What was seen, what it means and what to do.
        layers: Numbers of the layers concerned, from 1; empty for weight files.
        tensors: Names of the tensors concerned; empty for audits.
        run: The initializer of the run that it belongs to; None for weight files.
        evidence: The figures on which it rests, by name.
    """

    rule: str
    severity: str
    message: str
    layers: Tuple[int, ...] = ()
    tensors: Tuple[str, ...] = ()
    run: Optional[str] = None
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.severity}: {self.message} [{self.rule}]"

    @classmethod
    def _of(cls, data: Mapping[str, Any], run: Optional[str]) -> Finding:
        return cls(
            rule=data["rule"],
            severity=data["severity"],
            message=data["message"],
            layers=tuple(data.get("layers") or ()),
            tensors=tuple(data.get("tensors") or ()),
            run=run,
            evidence=data.get("evidence") or {},
        )


@dataclass(frozen=True)
class Verdict:
    """Whether the network is expected to learn.

    Attributes:
        status: ``"healthy"``, or what is worst: ``"vanishing"``, ``"exploding"``, ``"dead"`` and the like.
        trains: Whether plain SGD is expected to learn; None where the program does not know.
        confidence: The probability that `trains` is right, from 0 to 1; None where it does not know.
        learning_rate: Where to start with plain SGD; None where there is none to name.
        summary: The verdict's reasons, in sentences.
        recommendation: What to do, in sentences; None where there is nothing to do.
    """

    status: str
    trains: Optional[bool]
    confidence: Optional[float]
    learning_rate: Optional[float]
    summary: str
    recommendation: Optional[str]

    @classmethod
    def _of(cls, data: Mapping[str, Any]) -> Verdict:
        return cls(
            status=data["status"],
            trains=data.get("trains"),
            confidence=_number(data.get("confidence")),
            learning_rate=_number(data.get("learningRate")),
            summary=data.get("summary") or "",
            recommendation=data.get("recommendation"),
        )


@dataclass(frozen=True)
class Layer:
    """One layer under one initializer.

    Attributes:
        index: Its number from the input on, from 1.
        name: Its name; for a PyTorch model that of its module.
        kind: What it is: ``"linear"``, ``"convolution"``, ``"batch_norm"`` and the like.
        units: How many outputs it has for a sample or a place.
        fan_in: How many values each output sums; None where it has no weights.
        fan_out: How many outputs each input takes part in; None where it has no weights.
        activation: Mean square of what it puts out; None where it was not measured.
        gradient: Mean square of the gradient with respect to that; None where it was not measured.
        data: All that was measured, as the document has it.
    """

    index: int
    name: str
    kind: str
    units: Optional[int]
    fan_in: Optional[int]
    fan_out: Optional[int]
    activation: Optional[float]
    gradient: Optional[float]
    data: Mapping[str, Any] = field(repr=False)

    @classmethod
    def _of(cls, data: Mapping[str, Any]) -> Layer:
        return cls(
            index=data["index"],
            name=data["name"],
            kind=data["kind"],
            units=_whole(data.get("units")),
            fan_in=_whole(data.get("fanIn")),
            fan_out=_whole(data.get("fanOut")),
            activation=_number((data.get("activation") or {}).get("secondMoment")),
            gradient=_number((data.get("gradient") or {}).get("secondMoment")),
            data=data,
        )


@dataclass(frozen=True)
class Run:
    """The audit under one initializer; ``"file"`` stands for the weights that the model has.

    Attributes:
        initializer: The initializer, as the program writes it.
        verdict: Whether it will train; None where no verdict was asked for or none is known.
        findings: What the rules found, as the document orders it.
        layers: The layers from input to output.
        data: The whole run, as the document has it.
    """

    initializer: str
    verdict: Optional[Verdict]
    findings: Tuple[Finding, ...]
    layers: Tuple[Layer, ...] = field(repr=False)
    data: Mapping[str, Any] = field(repr=False)

    @classmethod
    def _of(cls, data: Mapping[str, Any]) -> Run:
        verdict = data.get("verdict")
        return cls(
            initializer=data["initializer"],
            verdict=None if verdict is None else Verdict._of(verdict),
            findings=tuple(Finding._of(one, data["initializer"]) for one in data.get("findings") or ()),
            layers=tuple(Layer._of(one) for one in data.get("layers") or ()),
            data=data,
        )


@dataclass(frozen=True)
class Tensor:
    """One tensor of a weight file.

    Attributes:
        name: Its name in the file.
        shape: Its extents.
        type: The type of its values, such as ``"float32"``.
        role: What it is for, as far as name and shape tell, such as ``"linear"`` or ``"norm gain"``.
        fan_in: How many values each output sums; None where it is no matrix.
        fan_out: How many outputs each input takes part in; None where it is no matrix.
        mean: Mean of its values; None where there is none, as for tensors without values.
        standard_deviation: Their standard deviation; None where there is none.
        findings: Names of the rules that found something in it.
        data: All that is known of it, as the document has it.
    """

    name: str
    shape: Tuple[int, ...]
    type: str
    role: str
    fan_in: Optional[int]
    fan_out: Optional[int]
    mean: Optional[float]
    standard_deviation: Optional[float]
    findings: Tuple[str, ...]
    data: Mapping[str, Any] = field(repr=False)

    @classmethod
    def _of(cls, data: Mapping[str, Any]) -> Tensor:
        return cls(
            name=data["name"],
            shape=tuple(data["shape"]),
            type=data["type"],
            role=data["role"],
            fan_in=_whole(data.get("fanIn")),
            fan_out=_whole(data.get("fanOut")),
            mean=_number(data.get("mean")),
            standard_deviation=_number(data.get("standardDeviation")),
            findings=tuple(data.get("findings") or ()),
            data=data,
        )


@dataclass(frozen=True)
class Result:
    """What one run of the program left. A notebook shows its picture and its table.

    Attributes:
        table: What the program prints for people.
        data: The program's JSON document.
        pictures: PNG files as bytes, by name, such as ``result.pictures["overview"]``.
        messages: What the program said beside the result, such as the moments that batch normalization takes.
        healthy: Whether the program, asked to be strict, found nothing wrong: for an audit no error and no verdict against
            training, for weights no error and no warning.
    """

    table: str = field(repr=False)
    data: Dict[str, Any] = field(repr=False)
    pictures: Dict[str, bytes] = field(repr=False)
    messages: str = field(repr=False)
    healthy: bool

    @property
    def findings(self) -> List[Finding]:
        """What the rules found."""
        raise NotImplementedError

    def save(self, directory: str) -> None:
        """Writes the pictures, the table (``table.txt``) and the document (``result.json``) into a directory.

        Args:
            directory: Made where it is missing. Files of the same names are replaced.
        """
        os.makedirs(directory, exist_ok=True)
        files: Dict[str, bytes] = {f"{name}.png": picture for name, picture in self.pictures.items()}
        files["table.txt"] = self.table.encode()
        files["result.json"] = json.dumps(self.data, indent=2).encode()
        for name, content in files.items():
            path = os.path.join(directory, name)
            # Whole or not at all.
            with open(path + ".part", "wb") as file:
                file.write(content)
            os.replace(path + ".part", path)

    def __str__(self) -> str:
        return self.table

    def _repr_html_(self) -> str:
        parts = ["<div>"]
        for name in self._shown:
            if name in self.pictures:
                text = base64.b64encode(self.pictures[name]).decode()
                parts.append(f'<img alt="{html.escape(name)}" style="max-width: 100%" src="data:image/png;base64,{text}">')
        parts.append(f'<pre style="white-space: pre; overflow-x: auto">{html.escape(self.table)}</pre></div>')
        return "\n".join(parts)

    #: The pictures that a notebook shows.
    _shown = ("overview", "weights")


@dataclass(frozen=True)
class AuditResult(Result):
    """What an audit found: how the signal fares in every layer, under each initializer.

    Example:
        >>> result = initscope.audit(model, x)             # doctest: +SKIP
        >>> result.verdict.trains, result.findings         # doctest: +SKIP
    """

    @property
    def network(self) -> str:
        """The network's name."""
        return str(self.data["network"]["name"])

    @property
    def runs(self) -> List[Run]:
        """The audit under each initializer, in the order that they were asked for."""
        return [Run._of(run) for run in self.data["runs"]]

    @property
    def findings(self) -> List[Finding]:
        """What the rules found, in all runs; `Finding.run` names the initializer."""
        return [finding for run in self.runs for finding in run.findings]

    @property
    def verdict(self) -> Optional[Verdict]:
        """The verdict of the first run; `runs` has those of the others. None where there is none."""
        return self.runs[0].verdict


@dataclass(frozen=True)
class WeightsResult(Result):
    """What the values of a model's tensors are like, and what is not as its scheme declares.

    Example:
        >>> result = initscope.weights(model)                                       # doctest: +SKIP
        >>> [finding.message for finding in result.findings if finding.severity == "error"]  # doctest: +SKIP
    """

    @property
    def tensors(self) -> List[Tensor]:
        """Every tensor, by name."""
        return [Tensor._of(tensor) for tensor in self.data["tensors"]]

    @property
    def findings(self) -> List[Finding]:
        """What the rules found, errors first."""
        return [Finding._of(finding, None) for finding in self.data["findings"]]

    @property
    def scheme(self) -> Optional[str]:
        """The name of the published scheme that the tensors are compared with; None where none is known."""
        scheme = self.data.get("scheme")
        return None if scheme is None else str(scheme["name"])


@dataclass(frozen=True)
class FixResult:
    """What `fix` changed.

    Attributes:
        tensors: Names of the tensors that hold new values now.
        table: What the program printed.
        messages: What it said beside that: what was drawn, and what was left as it is.
    """

    tensors: Tuple[str, ...]
    table: str = field(repr=False)
    messages: str = field(repr=False)

    def __str__(self) -> str:
        return self.table + self.messages
