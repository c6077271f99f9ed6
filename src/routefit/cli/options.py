"""What commands take after their names, declared once: the settings of every command and the days of a question.

A command names `Settings` or `Days` as the type of a parameter; `declare` gives the command line the options that
these types hold, and gives the command the assembled value.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

from routefit.cli.reply import Reply
from routefit.errors import BadInputError


class OutputFormat(StrEnum):
    """How an answer is written on stdout."""

    TABLE = "table"
    JSON = "json"


def iso_date(option: str) -> Callable[[str], date]:
    """A parser of ISO dates whose error names the option."""

    def parsed(text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise BadInputError(
                f"{option}: got {text!r}, expected a date as year-month-day", next_step=f"{option} 2026-05-29"
            ) from None

    return parsed


def _date_option(option: str, text: str) -> Any:
    return typer.Option(option, metavar="DATE", help=text, parser=iso_date(option), show_default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options of every command."""

    project: Annotated[
        Path | None,
        typer.Option(
            "--project",
            metavar="DIR",
            help="The project's folder; by default the nearest one upward that holds routefit.yaml.",
            show_default=False,
        ),
    ] = None
    output_format: Annotated[
        OutputFormat, typer.Option("--format", help="What stdout gets.", metavar="table|json")
    ] = OutputFormat.TABLE
    as_of: Annotated[
        date | None,
        _date_option("--as-of", "As known at the end of this UTC day, which then is today; by default now."),
    ] = None
    is_quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress and no warnings on stderr.", show_default=False)
    ] = False

    @property
    def is_json(self) -> bool:
        """Whether stdout gets one JSON document."""
        return self.output_format is OutputFormat.JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The window of a question: UTC days from `start` up to, and without, `end`."""

    start: Annotated[
        date | None,
        _date_option("--from", "First UTC day; by default the last 28 complete days that have data."),
    ] = None
    end: Annotated[date | None, _date_option("--to", "The UTC day after the last one.")] = None


_GROUPS = (Settings, Days)

C = TypeVar("C", bound=Callable[..., Reply])


def command(app: typer.Typer, name: str | None = None, *, examples: tuple[str, ...]) -> Callable[[C], C]:
    """Add a command with the options of its `Settings` and `Days` and with examples in its help."""

    def added(function: C) -> C:
        shown = "\n".join(f"  {example}" for example in examples)
        text = f"{inspect.getdoc(function)}\n\n\b\nExamples:\n{shown}"
        app.command(name, help=text, short_help=text.partition("\n")[0].rstrip("."))(declare(function))
        return function

    return added


def declare(function: Callable[..., Reply | None]) -> Callable[..., Reply | None]:
    """The function with each parameter of type `Settings` or `Days` spread out into options."""
    hints = get_type_hints(function, include_extras=True)
    groups: dict[str, type[Settings] | type[Days]] = {}
    parameters: list[inspect.Parameter] = []
    options: list[inspect.Parameter] = []
    for parameter in inspect.signature(function).parameters.values():
        hint = hints[parameter.name]
        if hint in _GROUPS:
            groups[parameter.name] = hint
            options += _options_of(hint)
        else:
            parameters.append(parameter.replace(annotation=hint, kind=inspect.Parameter.KEYWORD_ONLY))

    @functools.wraps(function)
    def called(**given: Any) -> Reply | None:
        return function(**_assembled(groups, given))

    signature = inspect.Signature([*parameters, *options], return_annotation=Reply | None)
    vars(called).update(__signature__=signature, __annotations__={})
    return called


def _options_of(group: type[Settings] | type[Days]) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name]
        )
        for field in fields(group)
    ]


def _assembled(groups: Mapping[str, type[Settings] | type[Days]], given: dict[str, Any]) -> dict[str, Any]:
    rest = dict(given)
    for name, group in groups.items():
        rest[name] = group(**{field.name: rest.pop(field.name) for field in fields(group)})
    return rest
