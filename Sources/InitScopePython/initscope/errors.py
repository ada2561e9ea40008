"""The errors that this package raises."""

from __future__ import annotations

from typing import Sequence


class InitScopeError(Exception):
    """The base of this package's errors: something could not be examined. The message says what, and what to do."""


class ProgramMissing(InitScopeError):
    """The program ``initscope`` was not found, or cannot be run."""


class CommandFailed(InitScopeError):
    """The program ran and refused its input, or was ended.

    Attributes:
        status: The program's exit status: 2 where an input could not be read, 64 for a wrong option, negative for the
            signal that ended it.
        message: What the program said.
        command: The command line that was run.
    """

    def __init__(self, status: int, message: str, command: Sequence[str]) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.command = list(command)


class ExtraMissing(InitScopeError, ImportError):
    """A package that this call needs is not installed. The message names the extra that installs it."""


class ExportFailed(InitScopeError):
    """A framework could not write the model to a file. The message says what to try."""


class UnsupportedModel(InitScopeError, TypeError):
    """The object is no model, or none that this call takes."""


class InvalidFile(InitScopeError, ValueError):
    """A file is not what it should be. The message names it."""
