"""Gives the wheel its tag: any Python 3 where it carries the program, and one platform."""

from pathlib import Path

from setuptools import setup
from setuptools.dist import Distribution

CARRIES_PROGRAM = (Path(__file__).parent / "initscope" / "_program").exists()


class PlatformDistribution(Distribution):
    """A distribution whose wheel belongs to one platform, since it holds a program for it."""

    def has_ext_modules(self) -> bool:
        return CARRIES_PROGRAM


try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:
    from wheel.bdist_wheel import bdist_wheel


class AnyPythonWheel(bdist_wheel):
    """The program does not depend on the version of Python."""

    def get_tag(self):
        _, _, platform = super().get_tag()
        return "py3", "none", platform


setup(distclass=PlatformDistribution, cmdclass={"bdist_wheel": AnyPythonWheel})
