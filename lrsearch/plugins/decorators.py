"""The decorators with which a plugin tells what its functions make, and which options of a function a spec may set."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, TypeVar, overload

from lrsearch.catalog import Entry, ModelEntry, TaskKind
from lrsearch.errors import UsageError
from lrsearch.plugins.entries import make_entry
from lrsearch.plugins.signatures import first_line, read_options

Function: TypeAlias = Callable[..., Any]
_F = TypeVar("_F", bound=Function)

FIRST: dict[str, tuple[str, ...]] = {
    "model": ("shape", "classes"),
    "dataset": (),
    "optimizer": ("parameters", "lr"),
    "schedule": ("step", "total_steps", "steps_per_epoch"),
    "loss": ("outputs", "targets"),
    "metric": ("targets", "predictions"),
    "parameter_groups": ("network",),
}
"""The first arguments of each kind of function; lrsearch gives their values."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}")


@dataclass(slots=True)
class Definition:
    """A function that a plugin has defined.

    Attributes:
        kind: What the function makes.
        function: The function.
        entry: Its entry for the catalog.
    """

    kind: str
    function: Function
    entry: Entry


DEFINED: list[Definition] = []
"""Every definition of this process, in the order of the decorators."""


@overload
def model(function: _F, /) -> _F: ...
@overload
def model(*, name: str | None = None) -> Callable[[_F], _F]: ...
def model(function: _F | None = None, /, *, name: str | None = None) -> _F | Callable[[_F], _F]:
    """Name a function `(shape, classes, *, ...)` that builds a network, for `model` in a spec.

    Args:
        function: The function. `shape` is the shape of an example, `classes` the number of classes. It returns a new
            `torch.nn.Module` in each call, from (B, *shape) to (B, classes).
        name: The name in a spec; None for the name of the function.
    """
    return _define("model", function, name)


@overload
def dataset(function: _F, /) -> _F: ...
@overload
def dataset(*, name: str | None = None, task: TaskKind = "classification") -> Callable[[_F], _F]: ...
def dataset(
    function: _F | None = None, /, *, name: str | None = None, task: TaskKind = "classification"
) -> _F | Callable[[_F], _F]:
    """Name a function `(*, ...)` that loads a data set, for `data.dataset` in a spec.

    Args:
        function: The function. It returns a mapping with the arrays or tensors x_train and y_train and, if there are
            any, x_val, y_val, x_test and y_test; or one `torch.utils.data.Dataset`, or up to three of them, to train,
            to validate and to test with. A search never reads the test part.
        name: The name in a spec; None for the name of the function.
        task: `regression` if the labels are numbers to predict, else `classification`.
    """
    if task not in {"classification", "regression"}:
        raise UsageError(f"dataset: task is classification or regression, got {task!r}")

    return _define("dataset", function, name, task=task)


@overload
def optimizer(function: _F, /) -> _F: ...
@overload
def optimizer(*, name: str | None = None, low: float = 1e-5, high: float = 1.0) -> Callable[[_F], _F]: ...
def optimizer(
    function: _F | None = None, /, *, name: str | None = None, low: float = 1e-5, high: float = 1.0
) -> _F | Callable[[_F], _F]:
    """Name a function `(parameters, lr, *, ...)` that makes an optimizer, for `train.optimizer` in a spec.

    Args:
        function: The function. It returns a `torch.optim.Optimizer` of these parameters.
        name: The name in a spec; None for the name of the function.
        low: Lowest rate of the usual range, which a search without a range takes, > 0.
        high: Highest rate of the usual range.
    """
    if not 0 < low < high:
        raise UsageError(f"optimizer: low ({low:g}) must be above 0 and below high ({high:g})")

    return _define("optimizer", function, name, low=low, high=high)


@overload
def schedule(function: _F, /) -> _F: ...
@overload
def schedule(*, name: str | None = None) -> Callable[[_F], _F]: ...
def schedule(function: _F | None = None, /, *, name: str | None = None) -> _F | Callable[[_F], _F]:
    """Name a function `(step, total_steps, steps_per_epoch, *, ...)` that is a schedule, for `train.schedule`.

    Args:
        function: The function. It returns the rate at a step, counted from 0 after the warm-up, divided by the peak
            rate: a number >= 0.
        name: The name in a spec; None for the name of the function.
    """
    return _define("schedule", function, name)


@overload
def loss(function: _F, /) -> _F: ...
@overload
def loss(*, name: str | None = None) -> Callable[[_F], _F]: ...
def loss(function: _F | None = None, /, *, name: str | None = None) -> _F | Callable[[_F], _F]:
    """Name a function `(outputs, targets, *, ...)` that is a training loss, for `train.loss` in a spec.

    Args:
        function: The function. It gets the outputs of the network, (B, classes), and the classes, (B,); for numbers,
            both are (B,), and the numbers are standardised by the training part. It returns the mean over the examples,
            a tensor (), or a loss for each example, (B,).
        name: The name in a spec; None for the name of the function.
    """
    return _define("loss", function, name)


@overload
def metric(function: _F, /) -> _F: ...
@overload
def metric(
    *, name: str | None = None, goal: Literal["max", "min"] = "max", scale: Literal["share", "real"] = "real"
) -> Callable[[_F], _F]: ...
def metric(
    function: _F | None = None,
    /,
    *,
    name: str | None = None,
    goal: Literal["max", "min"] = "max",
    scale: Literal["share", "real"] = "real",
) -> _F | Callable[[_F], _F]:
    """Name a function `(targets, predictions)` that is a metric, for `search.metric` in a spec.

    Args:
        function: The function. It gets two arrays of the validation part, (n,): the classes, and the predicted classes;
            or the numbers, and the predicted numbers, in their own unit. It returns a number.
        name: The name in a spec; None for the name of the function.
        goal: Whether a higher (`max`) or a lower (`min`) value is better.
        scale: `share` if the metric lies in [0, 1] and is shown in points; `real` for any other number.
    """
    if goal not in {"max", "min"} or scale not in {"share", "real"}:
        raise UsageError(f"metric: goal is max or min, and scale is share or real; got goal {goal!r}, scale {scale!r}")

    return _define("metric", function, name, goal=goal, scale=scale)


def parameter_groups(model: Callable[..., Any]) -> Callable[[_F], _F]:
    """Name a function `(network, *, ...)` that sorts the parameters of a model's networks into groups.

    The function returns a list of mappings, as `torch.optim` takes them, with `params` and perhaps `lr_factor`: the
    rate of the group divided by the rate that is searched. Its further arguments are options of the model.

    Args:
        model: The function that `@lrsearch.model` names.
    """

    def decorate(function: _F) -> _F:
        definition = next((each for each in DEFINED if each.function is model and each.kind == "model"), None)
        if definition is None or not isinstance(definition.entry, ModelEntry):
            raise UsageError("parameter_groups: name the function that @lrsearch.model stands above, in the same file")
        options = read_options("parameter_groups", function, FIRST["parameter_groups"])
        known = definition.entry.options
        merged = {**known, **options}
        if differing := [key for key in known if merged[key] != known[key]]:
            raise UsageError(
                f"parameter_groups '{function.__name__}': the argument '{differing[0]}' differs from that of the model "
                f"'{definition.entry.name}'; give both the same annotation and default"
            )
        definition.entry = replace(definition.entry, options=merged, groups=function, groups_name=function.__name__)
        return function

    return decorate


def _define(
    kind: str,
    function: _F | None,
    name: str | None,
    **more: Any,  # noqa: ANN401  (of any entry)
) -> _F | Callable[[_F], _F]:
    def decorate(of: _F) -> _F:
        if not callable(of) or not hasattr(of, "__name__"):
            raise UsageError(f"@lrsearch.{kind} stands above a function, got {type(of).__name__}")
        called = of.__name__ if name is None else name
        if not _NAME.fullmatch(called):
            raise UsageError(f"{kind} {called!r}: a name has 1 to 64 letters, digits, '_' and '-'")
        options = read_options(kind, of, FIRST[kind])
        about = first_line(of, f"a {kind} of a plugin")
        DEFINED.append(Definition(kind, of, make_entry(kind, name=called, about=about, options=options, **more)))
        return of

    return decorate if function is None else decorate(function)
