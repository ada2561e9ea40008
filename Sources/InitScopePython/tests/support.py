"""What the tests share: a stand-in for the program, and environments in which it is found."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, Iterator, List
from unittest import mock

#: A picture of one pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c63600000000200014821e0"
    "640000000049454e44ae426082"
)

AUDIT: Dict[str, Any] = {
    "schemaVersion": 1,
    "network": {"name": "Small", "parameters": 12},
    "input": {"source": "given arrays", "scaling": "raw", "batch": 4},
    "seed": 0,
    "seeds": 5,
    "runs": [
        {
            "initializer": "file",
            "layers": [
                {
                    "index": 1,
                    "name": "first",
                    "kind": "linear",
                    "units": 3,
                    "fanIn": 2,
                    "fanOut": 3,
                    "activation": {"secondMoment": 0.25},
                    "gradient": {"secondMoment": "Infinity"},
                },
                {"index": 2, "name": "last", "kind": "sum", "units": 3, "fanIn": None, "fanOut": None},
            ],
            "verdict": {
                "status": "vanishing",
                "trains": False,
                "confidence": 0.98,
                "learningRate": None,
                "summary": "Plain SGD is not expected to learn.",
                "recommendation": "Use he_normal.",
            },
            "findings": [
                {
                    "rule": "vanishing-activations",
                    "severity": "error",
                    "layers": [1, 2],
                    "evidence": {"factor": 0.1},
                    "message": "Activations shrink.",
                },
                {
                    "rule": "dead-units",
                    "severity": "error",
                    "layers": [2],
                    "evidence": {},
                    "message": "Units of last are zero.",
                },
                {"rule": "bias", "severity": "note", "layers": [], "evidence": {}, "message": "A note."},
            ],
        },
        {"initializer": "he_normal", "layers": [], "verdict": None, "findings": []},
    ],
}

WEIGHTS: Dict[str, Any] = {
    "schemaVersion": 1,
    "file": "Small.safetensors",
    "format": "safetensors",
    "scheme": {"name": "pytorch"},
    "tensors": [
        {
            "name": "first.weight",
            "shape": [3, 2],
            "type": "float32",
            "role": "linear",
            "fanIn": 2,
            "fanOut": 3,
            "mean": 0.5,
            "standardDeviation": "NaN",
            "findings": ["nonfinite-values"],
        },
    ],
    "findings": [
        {"rule": "nonfinite-values", "severity": "error", "tensors": ["first.weight"], "evidence": {}, "message": "NaN."},
    ],
}

#: Writes down how it was called and what lay beside it, and does as the environment says.
_STAND_IN = """#!{python}
import json, os, sys, time
record = {{"arguments": sys.argv[1:], "directory": os.getcwd(), "files": {{}}}}
for name in os.listdir("."):
    if os.path.isfile(name):
        with open(name, "rb") as file:
            record["files"][name] = file.read().hex()
with open({record!r}, "w") as file:
    json.dump(record, file)
plan = json.load(open({plan!r}))
if plan.get("sleep"):
    time.sleep(plan["sleep"])
if "--output" in sys.argv:
    output = sys.argv[sys.argv.index("--output") + 1]
    for name, content in plan["files"].items():
        if plan.get("directory", True):
            os.makedirs(output, exist_ok=True)
            output_file = os.path.join(output, name)
        else:
            output_file = output
        with open(output_file, "wb") as file:
            file.write(bytes.fromhex(content))
print(plan["output"], end="")
print(plan["messages"], end="", file=sys.stderr)
if plan.get("signal"):
    os.kill(os.getpid(), plan["signal"])
sys.exit(plan["status"])
"""


class StandIn:
    """A program in the place of initscope. `plan` says what it does, `call` how it was called last."""

    def __init__(self, directory: str) -> None:
        self.path = os.path.join(directory, "stand-in")
        self._record = os.path.join(directory, "record.json")
        self._plan = os.path.join(directory, "plan.json")
        text = _STAND_IN.format(python=sys.executable, record=self._record, plan=self._plan)
        Path(self.path).write_text(text, encoding="utf-8")
        os.chmod(self.path, stat.S_IRWXU)
        self.plan()

    def plan(
        self,
        *,
        document: Any = None,
        name: str = "audit.json",
        status: int = 0,
        output: str = "the table\n",
        messages: str = "",
        pictures: bool = True,
        **more: Any,
    ) -> None:
        """What it writes and prints. `files` among `more` takes the place of a document and a picture."""
        files: Dict[str, str] = {}
        if document is not None:
            files[name] = json.dumps(document).encode().hex()
        if pictures:
            files["overview.png"] = PNG.hex()
        plan = {"files": files, "status": status, "output": output, "messages": messages, **more}
        Path(self._plan).write_text(json.dumps(plan), encoding="utf-8")

    @property
    def call(self) -> Dict[str, Any]:
        """Arguments, directory and files of the last call."""
        found: Dict[str, Any] = json.loads(Path(self._record).read_text(encoding="utf-8"))
        found["files"] = {name: bytes.fromhex(content) for name, content in found["files"].items()}
        return found

    @property
    def arguments(self) -> List[str]:
        """Arguments of the last call."""
        return list(self.call["arguments"])

    @property
    def was_called(self) -> bool:
        """Whether it ran at all."""
        return os.path.exists(self._record)


@contextlib.contextmanager
def stand_in() -> Iterator[StandIn]:
    """A stand-in that the package finds, with a directory for temporary files that must be empty at the end."""
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryDirectory() as temporary:
        program = StandIn(directory)
        with mock.patch.dict(os.environ, {"INITSCOPE": program.path}), mock.patch.object(tempfile, "tempdir", temporary):
            yield program
        left = os.listdir(temporary)
        if left:
            raise AssertionError(f"temporary files were left behind: {left}")
