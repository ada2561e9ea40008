"""Finds the program ``initscope`` and runs it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Sequence

from .errors import CommandFailed, ProgramMissing

#: Where a wheel carries the program.
BUNDLED = Path(__file__).parent / "_program" / "bin" / "initscope"

#: Seconds that the program has to stop by itself once it was interrupted.
_SECONDS_TO_STOP = 3.0


def find_program() -> str:
    """Returns the path of the program ``initscope``.

    The environment variable INITSCOPE comes first, then the program inside the wheel, then ``PATH``.

    Raises:
        ProgramMissing: None of them is there, or INITSCOPE names something that cannot be run.

    Example:
        >>> initscope.find_program()  # doctest: +SKIP
        '/usr/local/bin/initscope'
    """
    named = os.environ.get("INITSCOPE")
    if named:
        found = shutil.which(named)
        if found is None:
            raise ProgramMissing(
                f"the environment variable INITSCOPE is {named!r}, which is no program that can be run. "
                "Set it to the path of the program initscope, or unset it"
            )
        return os.path.abspath(found)
    if BUNDLED.exists():
        if not os.access(BUNDLED, os.X_OK):
            raise ProgramMissing(f"{BUNDLED} may not be executed. Install the package again, or run: chmod +x {BUNDLED}")
        return str(BUNDLED)
    found = _on_path()
    if found is None:
        raise ProgramMissing(
            "the program initscope was not found. Wheels for Linux on x86-64 carry it: pip install initscope. "
            "With a copy of the sources, build it with `swift build -c release --product initscope` and set the "
            "environment variable INITSCOPE to .build/release/initscope"
        )
    return os.path.abspath(found)


def _on_path() -> Optional[str]:
    """The first program of that name on PATH that is no script: a script may be the one that this package installs."""
    for directory in os.environ.get("PATH", os.defpath).split(os.pathsep):
        found = shutil.which("initscope", path=directory or os.curdir)
        if found is not None:
            with open(found, "rb") as file:
                if file.read(2) != b"#!":
                    return found
    return None


def environment() -> dict[str, str]:
    """Returns the program's environment: this process's, and where libhdf5 is if h5py brings one.

    The program reads HDF5 files (``.h5``, the weights of ``.keras``) with libhdf5, which the wheel does not carry. Keras
    depends on h5py, whose own wheel does. A path that the variable INITSCOPE_HDF5 already holds stays.
    """
    variables = dict(os.environ)
    library = None if variables.get("INITSCOPE_HDF5") else _library_of_h5py()
    if library is not None:
        variables["INITSCOPE_HDF5"] = str(library)
    return variables


def _library_of_h5py() -> Optional[Path]:
    """libhdf5 as h5py's wheel has it, or as conda installs it beside h5py; nothing is imported."""
    try:
        found = importlib.util.find_spec("h5py")
    except (ImportError, ValueError):
        return None
    if found is None or found.origin is None:
        return None
    packages = Path(found.origin).parent.parent
    for directory, pattern in ((packages / "h5py.libs", "libhdf5-*.so*"), (Path(sys.prefix) / "lib", "libhdf5.so*")):
        libraries = sorted(directory.glob(pattern))
        if libraries:
            return libraries[-1].absolute()
    return None


@dataclass(frozen=True)
class Completed:
    """What a run of the program left: its exit status (0 or 1), its output, and its messages."""

    status: int
    output: str
    messages: str


def run(arguments: Sequence[str], *, directory: Optional[str] = None, timeout: Optional[float] = None) -> Completed:
    """Runs the program and waits for it. It never outlives this call: Ctrl-C and a timeout end it, too.

    Args:
        arguments: The command's arguments, without the program's name.
        directory: The working directory; None is the present one.
        timeout: Seconds after which the program is ended; None waits as long as it takes.

    Raises:
        ProgramMissing: The program is not there, or does not start.
        CommandFailed: Its exit status is neither 0 nor 1 (1 says that something is wrong with the model).
    """
    command = [find_program(), *arguments]
    try:
        process = subprocess.Popen(
            command,
            cwd=directory,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise ProgramMissing(f"{command[0]} does not start: {error.strerror or error}") from error
    with process:
        try:
            output, messages = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            _stop(process)
            raise CommandFailed(
                -signal.SIGINT,
                f"initscope {arguments[0]} was ended after {timeout:g} s. Raise timeout, or audit less: "
                "a smaller batch, fewer seeds, no remedies",
                command,
            ) from None
        except BaseException:
            _stop(process)
            raise
    status = process.returncode
    if status == 130:
        raise KeyboardInterrupt
    if status not in (0, 1):
        raise CommandFailed(status, _message(status, messages), command)
    return Completed(status, output, messages)


def _stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=_SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def _message(status: int, messages: str) -> str:
    """The error in what the program wrote to its standard error."""
    if status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        advice = ". The machine may be out of memory: try a smaller batch" if -status == signal.SIGKILL else ""
        return f"the program initscope was ended by {name}{advice}"
    start = messages.rfind("Error: ")
    if start < 0:
        return messages.strip() or f"the program initscope ended with status {status} and said nothing"
    return messages[start + len("Error: ") :].split("\nUsage: ")[0].strip()
