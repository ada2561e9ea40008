"""Runs the program: ``initscope ...`` and ``python -m initscope ...`` are the command itself."""

from __future__ import annotations

import os
import sys

from ._program import environment, find_program
from .errors import ProgramMissing


def main() -> None:
    """Replaces this process by the program, with the same arguments."""
    try:
        program = find_program()
    except ProgramMissing as error:
        sys.exit(f"Error: {error}")
    os.execve(program, ["initscope", *sys.argv[1:]], environment())


if __name__ == "__main__":
    main()
