"""The plugin, in runs of pytest within pytest."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent
MODELS = """
import pytest, torch

def healthy():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(20, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10)), torch.randn(64, 20)

def zeros():
    model, x = healthy()
    for parameter in model.parameters():
        parameter.data.zero_()
    model.example_input = x
    return model

@pytest.mark.initscope(init="zeros", seeds=2)
def marked():
    return healthy()

def nothing():
    return 3
"""
TESTS = """
import my_models, pytest

@pytest.mark.initscope(seeds=3)
def test_audit(initscope_audit):
    result = initscope_audit(*my_models.healthy())
    assert result.data["seeds"] == 3 and result.verdict.trains
    assert initscope_audit(*my_models.healthy(), seeds=2).data["seeds"] == 2

def test_weights(initscope_weights):
    assert initscope_weights(my_models.healthy()[0]).healthy

@pytest.mark.initscope(scheme="keras", seeds=3)
def test_marked_weights(initscope_weights):
    model = my_models.healthy()[0]
    assert initscope_weights(model).data["scheme"]["name"] == "keras"
    assert initscope_weights(model, scheme="pytorch").data["scheme"]["name"] == "pytorch"

@pytest.mark.initscope(scheme="keras", seeds=3)
def test_marked_audit(initscope_audit):
    assert initscope_audit(*my_models.healthy()).data["seeds"] == 3

@pytest.mark.initscope(shceme="keras")
@pytest.mark.xfail(raises=pytest.UsageError, strict=True)
def test_misspelt(initscope_weights):
    initscope_weights(my_models.healthy()[0])
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "my_models.py").write_text(MODELS)
    (tmp_path / "test_models.py").write_text(TESTS)

    def call(*arguments):
        installed = subprocess.run(
            [sys.executable, "-c", "import importlib.metadata as m; m.version('initscope')"], capture_output=True
        )
        plugin = [] if installed.returncode == 0 else ["-p", "initscope.pytest_plugin"]
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
        command = [sys.executable, "-B", "-m", "pytest", "-p", "no:cacheprovider", "--strict-markers", *plugin, *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    return call


def test_a_healthy_factory_and_the_fixtures_pass(run):
    status, output = run("--initscope", "my_models:healthy", "-v")
    assert status == 0, output
    assert "5 passed, 1 xfailed" in output
    assert "initscope[my_models:healthy] PASSED" in output


def test_failures_are_messages_without_tracebacks(run, tmp_path):
    status, output = run(
        "--initscope", "my_models:zeros", "--initscope", "my_models:marked", "--initscope", "my_models:nothing",
        "--initscope", "my_models:missing", "--initscope-pictures", "pictures", "-k", "my_models")  # fmt: skip
    assert status == 1, output
    assert "4 failed, 5 deselected" in output
    assert "the initialization of Sequential is not healthy: " in output
    assert "[symmetric-units]" in output
    assert "zeros on Sequential, 2 replicas" in output
    assert "the factory returned int" in output
    assert "my_models has no missing" in output
    assert "Traceback" not in output and "torch.__trace" not in output
    assert (tmp_path / "pictures" / "overview-Sequential_file.png").exists()


def test_the_command_line_chooses_the_initializer(run):
    status, output = run("--initscope", "my_models:zeros", "--initscope-init", "he_normal", "-k", "my_models and zeros")
    assert status == 0, output


def test_a_name_that_is_no_module_is_told(run):
    status, output = run("--initscope", "no_models:x", "--initscope", "my_models", "-k", "no_models or my_models")
    assert status == 1
    assert "there is no module no_models" in output and "write MODULE:FACTORY" in output
