"""A plugin for pytest: audits of models as tests.

``pytest --initscope MODULE:FACTORY`` adds a test that audits what FACTORY returns: a model and its example input as a tuple,
or a model with an attribute ``example_input``. Tests of your own take the fixtures ``initscope_audit`` and
``initscope_weights``, and ``@pytest.mark.initscope(init=..., seeds=...)`` sets options of `initscope.audit` for the first
and of `initscope.weights` for the second, each taking those that it knows, or options for a factory.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from typing import Any, Callable, Dict, List, Optional, Tuple

import pytest

from ._api import audit, weights
from ._checks import HealthError, expect_healthy, weights_of
from .errors import InitScopeError
from .results import AuditResult, WeightsResult

#: Options of a marker that are for `expect_healthy` and not for `audit`.
_EXPECTATION = ("ignore",)

#: Options that `audit` and `weights` have, of which a marker may set any: each fixture takes its own.
_OF_AUDIT = frozenset(inspect.signature(audit).parameters)
_OF_WEIGHTS = frozenset(inspect.signature(weights).parameters)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options ``--initscope``, ``--initscope-init`` and ``--initscope-pictures``."""
    group = parser.getgroup("initscope", "audits of neural networks' initialization")
    group.addoption(
        "--initscope",
        action="append",
        default=[],
        metavar="MODULE:FACTORY",
        help="add a test that audits what FACTORY() of MODULE returns: (model, example_input), or a model with an attribute "
        "example_input. May be repeated.",
    )
    group.addoption(
        "--initscope-init",
        default=None,
        metavar="LIST",
        help="initializers to audit, separated by commas (default: the weights as they are)",
    )
    group.addoption(
        "--initscope-pictures",
        default=None,
        metavar="DIR",
        help="write the pictures of audits that fail into this directory",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker."""
    config.addinivalue_line(
        "markers", "initscope(init, seeds, ignore, ...): options of initscope.audit for the fixtures, or for a factory"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: List[pytest.Item]) -> None:
    """Adds a test for each factory that the command line names."""
    for name in config.getoption("--initscope"):
        items.append(FactoryItem.from_parent(session, name=f"initscope[{name}]", factory=name))


def _load(name: str) -> Callable[[], Any]:
    """The factory that MODULE:FACTORY names."""
    module_name, _, path = name.partition(":")
    if not module_name or not path:
        raise pytest.UsageError(f"--initscope {name}: write MODULE:FACTORY, such as my_package.models:make_classifier")
    try:
        factory: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not (module_name == error.name or module_name.startswith(f"{error.name}.")):
            raise
        raise pytest.UsageError(
            f"--initscope {name}: there is no module {error.name}. It is looked for where Python looks, and in the "
            "directory that pytest runs in"
        ) from None
    for part in path.split("."):
        if not hasattr(factory, part):
            raise pytest.UsageError(f"--initscope {name}: {module_name} has no {path}")
        factory = getattr(factory, part)
    if not callable(factory):
        raise pytest.UsageError(f"--initscope {name}: {path} is no function. Write one that returns (model, example_input)")
    result: Callable[[], Any] = factory
    return result


def _model_and_example(made: Any, name: str) -> Tuple[Any, Any]:
    if isinstance(made, tuple) and len(made) == 2:
        return made[0], made[1]
    if hasattr(made, "example_input"):
        return made, made.example_input
    raise pytest.UsageError(
        f"--initscope {name}: the factory returned {type(made).__name__}. Return (model, example_input), or a model with an "
        "attribute example_input"
    )


class FactoryItem(pytest.Item):
    """The audit of what one factory returns."""

    def __init__(self, *, factory: str, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.factory_name = factory
        self.add_marker("initscope")

    def runtest(self) -> None:
        """Makes the model, audits it, and fails where it is not healthy."""
        directory = str(self.config.invocation_params.dir)
        if directory not in sys.path:
            sys.path.insert(0, directory)
        factory = _load(self.factory_name)
        options = _options_of(getattr(factory, "pytestmark", []))
        model, example_input = _model_and_example(factory(), self.factory_name)
        _audit_healthy(self.config, model, example_input, options)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The message alone: a traceback through this plugin says nothing of the model."""
        if isinstance(excinfo.value, (HealthError, InitScopeError, pytest.UsageError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> Tuple[Any, Optional[int], str]:
        """Where the factory stands, once it is imported."""
        module = sys.modules.get(self.factory_name.partition(":")[0])
        path = getattr(module, "__file__", None) or self.config.invocation_params.dir
        line = None
        factory = getattr(module, self.factory_name.partition(":")[2], None)
        if inspect.isfunction(factory):
            line = factory.__code__.co_firstlineno - 1
        return path, line, self.name


def _options_of(marks: Any) -> Dict[str, Any]:
    """The options of markers named initscope; the first, which is nearest to the test, counts most."""
    options: Dict[str, Any] = {}
    for mark in reversed(list(marks)):
        mark = getattr(mark, "mark", mark)
        if mark.name == "initscope":
            options.update(mark.kwargs)
    return options


def _with_command_line(config: pytest.Config, options: Dict[str, Any]) -> Dict[str, Any]:
    init = config.getoption("--initscope-init")
    return options if init is None else {**options, "init": init}


def _audit_healthy(config: pytest.Config, model: Any, example_input: Any, options: Dict[str, Any]) -> AuditResult:
    options = _with_command_line(config, options)
    expectation = {name: options.pop(name) for name in _EXPECTATION if name in options}
    pictures_to = config.getoption("--initscope-pictures")
    options.setdefault("pictures", pictures_to is not None)
    result = audit(model, example_input, **options)
    expect_healthy(result, pictures_to=pictures_to, weights=weights_of(model, options), **expectation)
    return result


@pytest.fixture
def initscope_audit(request: pytest.FixtureRequest) -> Callable[..., AuditResult]:
    """`initscope.audit` with the options of the test's marker. Options of a call count more.

    Example:
        >>> @pytest.mark.initscope(seeds=8)                        # doctest: +SKIP
        ... def test_my_model(initscope_audit):
        ...     assert initscope_audit(MyModel(), x).verdict.trains
    """
    marked = _options_of(request.node.iter_markers("initscope"))

    def call(model: Any, example_input: Any = None, **options: Any) -> AuditResult:
        merged = {"pictures": False, **_with_command_line(request.config, marked), **options}
        for name in (*_EXPECTATION, *((_OF_WEIGHTS - _OF_AUDIT) & marked.keys() - options.keys())):
            merged.pop(name, None)
        return audit(model, example_input, **merged)

    return call


@pytest.fixture
def initscope_weights(request: pytest.FixtureRequest) -> Callable[..., WeightsResult]:
    """`initscope.weights` without pictures, with the options of the test's marker. Options of a call count more.

    Example:
        >>> @pytest.mark.initscope(scheme="gpt2")                  # doctest: +SKIP
        ... def test_my_checkpoint(initscope_weights):
        ...     assert initscope_weights("model.safetensors").healthy
    """

    marked = _options_of(request.node.iter_markers("initscope"))
    known = _OF_WEIGHTS | _OF_AUDIT | set(_EXPECTATION)
    unknown = sorted(marked.keys() - known)

    def call(model: Any, **options: Any) -> WeightsResult:
        if unknown:
            raise pytest.UsageError(f"pytest.mark.initscope: neither audit nor weights has an option {unknown[0]}")
        own = {name: value for name, value in marked.items() if name in _OF_WEIGHTS}
        return weights(model, **{"pictures": False, **own, **options})

    return call
