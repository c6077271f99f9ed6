"""`routefit decide`: a group whose commands are the kinds of decisions; any other first word is a workload."""

from __future__ import annotations

import functools
import inspect
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from routefit.cli import late
from routefit.cli.exit_codes import ExitCode
from routefit.cli.options import Days, Settings, command, declare
from routefit.cli.reply import Reply
from routefit.cli.stage import opened, reply, warn
from routefit.errors import BadInputError, NotAProjectError, UnknownNameError, nearest_names

if TYPE_CHECKING:
    from routefit.decisions.given import Input
    from routefit.decisions.kinds import FileOption, Kind

OF_A_WORKLOAD = "WORKLOAD"
"""The command that a workload's name stands for."""

HELP = """Whether to act: one decision, or all that apply to a workload.

\b
routefit decide             every workload, one line for each decision that applies
routefit decide WORKLOAD    one workload
routefit decide KIND ...    one calculator, from names (--workload, --route), from plain numbers, or from both

A number may be a range low:mode:high. Rare inputs: --set NAME=VALUE, or FILE.yaml with a line for each.
"""


_FILE = Annotated[Path | None, typer.Argument(metavar="[FILE.yaml]", show_default=False)]
_PAIRS = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A rare input by its name.", show_default=False),
]
_SEED = Annotated[int, typer.Option("--seed", metavar="N", help="Seed of the draws.", min=0)]
_DRAWS = Annotated[
    int, typer.Option("--draws", metavar="N", help="How often inputs with a range are drawn.", min=1000, max=10**7)
]
_EXITS = Annotated[
    bool, typer.Option("--exit-code", help="Exit with 1 unless the decision is to act.", show_default=False)
]


class DecideGroup(TyperGroup):
    """Kinds first; what is no kind is a workload. Kinds are loaded when the group is first asked for them."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 (the framework's signature)
        """The kinds, in the order of the registry."""
        return list(late.kinds.KINDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 (the framework's signature)
        """The command of a kind, or that of a workload."""
        kind = late.kinds.KINDS.get(cmd_name)
        return _built(cmd_name, kind)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse; an option of a kind that stands before the kind is refused with the command that was meant."""
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except typer.TyperException as error:
            option = getattr(error, "option_name", None)
            name = next((word for word in given if word in late.kinds.KINDS), None)
            if option is None or name is None:
                raise
            given.remove(name)
            raise BadInputError(
                f"got {option} before {name}, expected it after {name}",
                next_step=shlex.join(["routefit", "decide", name, *given]),
            ) from None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """(name, command, rest); a workload's name stays among the rest."""
        name = args[0]
        if name in late.kinds.KINDS:
            return name, self.get_command(ctx, name), args[1:]
        of_workload = self.get_command(ctx, OF_A_WORKLOAD)
        known = {spelled for parameter in of_workload.params for spelled in (*parameter.opts, "--help", "-h")}
        if any(word.startswith("--") and word.partition("=")[0] not in known for word in args[1:]):
            # Only kinds have further options, so a kind was meant.
            raise UnknownNameError("decision", name, late.kinds.KINDS)
        return OF_A_WORKLOAD, of_workload, args


def workload_decisions(
    settings: Settings,
    days: Days,
    workload: Annotated[str, typer.Argument(metavar="WORKLOAD", help="A workload.", show_default=False)],
) -> Reply:
    """All decisions that apply to a workload, one line each."""
    try:
        return _overview(settings, days, workload)
    except (UnknownNameError, NotAProjectError) as error:
        if not nearest_names(workload, late.kinds.KINDS):
            raise
        names = [*late.kinds.KINDS, *(error.known if isinstance(error, UnknownNameError) else ())]
        raise UnknownNameError("decision or workload", workload, names) from None


def _overview(settings: Settings, days: Days, workload: str | None) -> Reply:
    with opened(settings) as workspace:
        answer = late.decide_all.decide_all(workspace, workload=workload, start=days.start, end=days.end)
    return reply(settings, answer, late.decisions_table.decisions_text)


def _group(context: typer.Context, settings: Settings, days: Days) -> Reply | None:
    if context.invoked_subcommand is None:
        return _overview(settings, days, None)
    if (settings, days) != (Settings(), Days()):
        raise BadInputError(
            f"got options before {context.invoked_subcommand}, expected them after it",
            next_step="routefit decide --help",
        )
    return None


@functools.cache
def _built(name: str, kind: Kind | None) -> Any:
    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    if kind is None:
        command(app, name, examples=("routefit decide support", "routefit decide support --format json"))(
            workload_decisions
        )
    else:
        command(app, name, examples=kind.examples)(_command_of(kind))
    built = typer.main.get_command(app)
    built.name = name
    return built


def _command_of(kind: Kind) -> Callable[..., Reply]:
    """The function of a kind, with an option for each input that has one."""
    inputs = [one for one in kind.build(late.kinds.Material()).inputs if one.option]

    def decide_kind(**given: Any) -> Reply:
        return _decided(kind, inputs, **given)

    parameters = [
        _parameter("settings", Settings, inspect.Parameter.empty),
        _parameter("days", Days, inspect.Parameter.empty),
        _parameter("file", _FILE, None),
        _named("workload", "--workload", "WORKLOAD", "A workload: its ledger gives what is not typed."),
        _named("route", "--route", "ROUTE", "The route to decide on; by default the one that the matrix names."),
        *(_parameter_of(one) for one in inputs),
        *(_file_parameter(one) for one in kind.file_options),
        _parameter("pairs", _PAIRS, None),
        _parameter("seed", _SEED, 0),
        _parameter("draws", _DRAWS, 1_000_000),
        _parameter("exits", _EXITS, False),
    ]
    text = f"{kind.question}\n\n{late.decision_inputs_text.inputs_help(kind)}"
    decide_kind.__doc__ = text
    decide_kind.__annotations__ = {one.name: one.annotation for one in parameters}
    vars(decide_kind)["__signature__"] = inspect.Signature(parameters, return_annotation=Reply)
    return decide_kind


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _named(name: str, option: str, metavar: str, text: str) -> inspect.Parameter:
    chosen = typer.Option(option, metavar=metavar, help=text, show_default=False)
    return _parameter(name, Annotated[str | None, chosen], None)


def _parameter_of(one: Input) -> inspect.Parameter:
    text = f"{one.meaning[:1].upper()}{one.meaning[1:]}."
    if one.opposite_option:
        spelled = f"{one.option}/{one.opposite_option}"
        return _parameter(
            one.name, Annotated[bool | None, typer.Option(spelled, help=text, show_default=False)], None
        )
    metavar = "|".join(one.choices) or (one.unit.upper().replace(" ", "_") if one.unit else "VALUE")
    chosen = typer.Option(one.option, metavar=metavar, help=text, show_default=False)
    return _parameter(one.name, Annotated[str | None, chosen], None)


def _file_parameter(one: FileOption) -> inspect.Parameter:
    chosen = typer.Option(one.option, metavar=one.metavar, help=f"{one.meaning}.", show_default=False)
    return _parameter(one.name, Annotated[Path | None, chosen], None)


def _decided(kind: Kind, inputs: list[Input], **given: Any) -> Reply:
    settings: Settings = given["settings"]
    days: Days = given["days"]
    typed = {one.name: _text(given[one.name]) for one in inputs if given[one.name] is not None}
    tables = {one.name: given[one.name] for one in kind.file_options if given[one.name] is not None}
    pairs = _pairs(given["pairs"])
    asked = late.decide.Asked(kind.name, typed=typed, settings=pairs, file=given["file"], tables=tables)
    chances = {"seed": given["seed"], "draws": given["draws"], "today": settings.as_of}
    workload, route = given["workload"], given["route"]
    if workload is None:
        if route is not None:
            raise BadInputError("got --route without --workload", next_step=f"--workload WORKLOAD --route {route}")
        if days != Days():
            raise BadInputError("got --from or --to without --workload", next_step="--workload WORKLOAD")
        answer = late.decide.decide(asked, **chances)
    else:
        with opened(settings) as workspace:
            evaluator = late.evaluation.evaluator_of(workspace, start=days.start, end=days.end)
            answer = late.decide.decide(asked, evaluator=evaluator, workload=workload, route=route, **chances)
    if settings.is_json:
        # On the screen they are the last section of the answer.
        warn(settings, answer.warnings)
    is_act = not kind.acts or answer.decision in kind.acts
    code = ExitCode.NOT_ACT if given["exits"] and not is_act else ExitCode.ANSWERED
    return reply(settings, answer, late.decision_text.decision_text, exit_code=code)


def _pairs(given: list[str] | None) -> dict[str, str]:
    found = {}
    for pair in given or []:
        name, equals, value = pair.partition("=")
        if not equals or not name or not value:
            raise BadInputError(
                f"--set: got {pair!r}, expected NAME=VALUE", next_step="--set engineer_weeks=4:8:12"
            )
        if name.strip() in found:
            raise BadInputError(f"--set: got {name.strip()!r} twice", next_step="name each input once")
        found[name.strip()] = value.strip()
    return found


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(
        name="decide", cls=DecideGroup, help=HELP, invoke_without_command=True, rich_markup_mode=None
    )
    group.callback()(declare(_group))
    app.add_typer(group, name="decide")
