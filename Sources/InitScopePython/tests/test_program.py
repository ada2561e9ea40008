"""Finding the program and running it, with a stand-in in its place."""

import os
import shutil
import signal
import stat
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path
from unittest import mock

import initscope
from initscope import CommandFailed, ProgramMissing, _program

from .support import stand_in


def executable(path, text="\x7fELF"):
    Path(path).write_text(text)
    os.chmod(path, stat.S_IRWXU)
    return str(path)


class FindingTests(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        # Neither a variable nor a program on the machine.
        for patch in (
            mock.patch.dict(os.environ, {"PATH": directory.name}),
            mock.patch.object(_program, "BUNDLED", self.directory / "no"),
        ):
            patch.start()
            self.addCleanup(patch.stop)
        os.environ.pop("INITSCOPE", None)

    def test_the_variable_comes_first_then_the_wheel_then_the_path(self):
        on_path = executable(self.directory / "initscope")
        self.assertEqual(initscope.find_program(), on_path)
        bundled = executable(self.directory / "bundled")
        with mock.patch.object(_program, "BUNDLED", Path(bundled)):
            self.assertEqual(initscope.find_program(), bundled)
            named = executable(self.directory / "named")
            os.environ["INITSCOPE"] = named
            self.assertEqual(initscope.find_program(), named)

    def test_where_none_is_there_the_error_says_what_to_do(self):
        with self.assertRaisesRegex(ProgramMissing, "pip install initscope.*INITSCOPE"):
            initscope.find_program()

    def test_a_variable_that_names_nothing_is_an_error_and_not_passed_over(self):
        executable(self.directory / "initscope")
        os.environ["INITSCOPE"] = "/no/such/program"
        with self.assertRaisesRegex(ProgramMissing, "INITSCOPE is '/no/such/program'"):
            initscope.find_program()

    def test_a_bundled_program_without_permission_is_named(self):
        path = self.directory / "bundled"
        path.write_text("")
        with mock.patch.object(_program, "BUNDLED", path), mock.patch.object(os, "access", return_value=False):
            with self.assertRaisesRegex(ProgramMissing, "chmod"):
                initscope.find_program()

    def test_the_script_that_pip_installs_is_not_taken_for_the_program(self):
        executable(self.directory / "initscope", "#!/usr/bin/python3\n")
        with self.assertRaises(ProgramMissing):
            initscope.find_program()

    def test_a_program_that_does_not_start_is_named(self):
        os.environ["INITSCOPE"] = executable(self.directory / "broken", "\x7fELF")
        with self.assertRaisesRegex(ProgramMissing, "broken does not start"):
            _program.run(["audit"])


class LibraryTests(unittest.TestCase):
    """The wheel carries no libhdf5; h5py's does."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.packages = Path(directory.name)
        (self.packages / "h5py").mkdir()
        (self.packages / "h5py" / "__init__.py").write_text("raise RuntimeError('it must not be imported')")
        for patch in (
            mock.patch.object(sys, "path", [directory.name]),
            mock.patch.object(sys, "prefix", str(self.packages / "prefix")),
            mock.patch.dict(os.environ),
            mock.patch.dict(sys.modules),
        ):
            patch.start()
            self.addCleanup(patch.stop)
        os.environ.pop("INITSCOPE_HDF5", None)
        sys.modules.pop("h5py", None)

    def library(self, *parts):
        path = self.packages.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        return str(path)

    def test_the_library_of_h5pys_wheel_is_named(self):
        self.library("h5py.libs", "libhdf5_hl-1.so.320.0.0")
        expected = self.library("h5py.libs", "libhdf5-9e18f0c6.so.320.0.0")
        self.assertEqual(_program.environment()["INITSCOPE_HDF5"], expected)
        os.environ["INITSCOPE_HDF5"] = "/own/libhdf5.so"
        self.assertEqual(_program.environment()["INITSCOPE_HDF5"], "/own/libhdf5.so")

    def test_so_is_condas(self):
        expected = self.library("prefix", "lib", "libhdf5.so.310")
        self.assertEqual(_program.environment()["INITSCOPE_HDF5"], expected)

    def test_without_a_library_nothing_is_named(self):
        self.assertNotIn("INITSCOPE_HDF5", _program.environment())
        shutil.rmtree(self.packages / "h5py")
        self.assertNotIn("INITSCOPE_HDF5", _program.environment())


class RunningTests(unittest.TestCase):
    def failure(self, **plan):
        with stand_in() as program:
            program.plan(**plan)
            with self.assertRaises(CommandFailed) as caught:
                _program.run(["audit", "x"])
            self.assertEqual(caught.exception.command, [program.path, "audit", "x"])
        return caught.exception

    def test_both_statuses_of_a_finished_run_return(self):
        with stand_in() as program:
            for status in (0, 1):
                program.plan(status=status, messages="said\n")
                completed = _program.run(["audit"])
                self.assertEqual((completed.status, completed.output, completed.messages), (status, "the table\n", "said\n"))

    def test_an_input_that_cannot_be_read_raises_its_message_alone(self):
        error = self.failure(status=2, messages="A remark.\nError: x: is cut off. Export it again\n")
        self.assertEqual((error.status, str(error)), (2, "x: is cut off. Export it again"))

    def test_a_wrong_option_raises_its_message_without_the_usage(self):
        error = self.failure(status=64, messages="Error: Unknown option '--x'\nUsage: initscope audit\n  See more\n")
        self.assertEqual((error.status, str(error)), (64, "Unknown option '--x'"))

    def test_a_program_that_says_nothing_has_its_status_named(self):
        self.assertIn("status 5", str(self.failure(status=5)))

    def test_a_killed_program_has_its_signal_named(self):
        self.assertRegex(str(self.failure(status=0, signal=int(signal.SIGKILL))), "SIGKILL.*memory")

    def test_an_interrupted_program_interrupts(self):
        with stand_in() as program:
            program.plan(status=130)
            with self.assertRaises(KeyboardInterrupt):
                _program.run(["audit"])

    def assert_ends(self, program, error, act):
        """The call ends with the error, and the child with it, long before its time."""
        program.plan(sleep=60)
        children = []
        real = _program.subprocess.Popen

        def watched(*arguments, **options):
            children.append(real(*arguments, **options))
            return children[-1]

        start = time.monotonic()
        with mock.patch.object(_program.subprocess, "Popen", watched), self.assertRaises(error):
            act()
        self.assertLess(time.monotonic() - start, 30)
        self.assertEqual(len(children), 1)
        self.assertIsNotNone(children[0].returncode)

    def test_a_timeout_ends_the_program(self):
        with stand_in() as program:
            self.assert_ends(program, CommandFailed, lambda: initscope.audit("mlp", timeout=0.3))

    def test_control_c_ends_the_program(self):
        def interrupted():
            threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
            initscope.audit("mlp")

        # A shell that starts the tests in the background has them ignore the signal.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        with stand_in() as program:
            self.assert_ends(program, KeyboardInterrupt, interrupted)


if __name__ == "__main__":
    unittest.main()
