"""One decision: from names, from plain numbers, or from both; a typed number goes before the ledger's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from routefit.answers.decision_file import DecisionFile, decision_file
from routefit.answers.decision_inputs.registry import FROM_LEDGER
from routefit.answers.decision_inputs.sourced import Sourced
from routefit.answers.decision_tables import READERS
from routefit.answers.evaluation import Evaluator
from routefit.decisions.deciding import DRAWS
from routefit.decisions.deciding import decide as decided
from routefit.decisions.decision import Decision
from routefit.decisions.given import Given, Input
from routefit.decisions.kinds import KINDS, Kind, Material
from routefit.errors import BadInputError, CannotTellError, UnknownNameError, nearest_names
from routefit.evidence import Label

TODAY = "today_on"
"""The input of a kind that counts days from today: nobody need type it."""


class Asked:
    """What was typed after `decide KIND`: options by input name, `--set` pairs, FILE.yaml, and files of tables."""

    def __init__(
        self,
        kind: str,
        *,
        typed: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
        file: Path | None = None,
        tables: Mapping[str, Path] | None = None,
    ) -> None:
        if kind not in KINDS:
            raise UnknownNameError("decision", kind, KINDS)
        self.kind: Kind = KINDS[kind]
        self.typed = dict(typed or {})
        self.settings = dict(settings or {})
        self.file = file
        self.tables = dict(tables or {})


def decide(
    asked: Asked,
    *,
    evaluator: Evaluator | None = None,
    workload: str | None = None,
    route: str | None = None,
    seed: int = 0,
    draws: int = DRAWS,
    today: date | None = None,
) -> Decision:
    """The decision. With a workload an `evaluator` of its project gives what nobody typed.

    `today` is the day from which a kind counts; by default the project's day, without a project the clock's.

    Raises BadInputError for an input that does not fit, CannotTellError where a needed one is missing.
    """
    read = decision_file(asked.kind, asked.file) if asked.file is not None else DecisionFile()
    sourced, silence = Sourced(), None
    if workload is not None and evaluator is not None:
        try:
            sourced = FROM_LEDGER[asked.kind.name](evaluator, workload, route)
        except CannotTellError as error:
            if not (read.typed or asked.settings or asked.typed):
                raise
            silence, sourced = error, Sourced(warnings=(f"nothing is taken from the ledger: {error.what}",))
    tables, given = dict(sourced.tables), dict(sourced.given)
    for name, path in asked.tables.items():
        found_there = READERS[name](path)
        tables |= found_there.tables
        given |= found_there.given
    calculator = asked.kind.build(Material(structure=read.structure or sourced.structure, tables=tables))
    known = {one.name: one for one in calculator.inputs}
    if read.structure is not None:
        # The figures of the ledger's own structure have no place in that of the file.
        given = {name: one for name, one in given.items() if name in known}
    _check_once(asked, known)
    for name, text in read.typed.items():
        with read.naming(name):
            one = _named(asked.kind.name, name, known)
            given[one.name] = _over(one, one.given(text, source=f"{asked.file}"), given.get(one.name))
    for name, text in (*asked.settings.items(), *asked.typed.items()):
        one = _named(asked.kind.name, name, known)
        given[one.name] = _over(one, one.given(text), given.get(one.name))
    _check_sourced({name: one for name, one in given.items() if sourced.given.get(name) is one}, known)
    if TODAY in known and TODAY not in given:
        given[TODAY] = _today(today, evaluator)
    try:
        found = decided(
            calculator,
            given,
            rng=np.random.default_rng(seed),
            seed=seed,
            draws=draws,
            workload=workload,
            route=sourced.route or route,
        )
    except CannotTellError as error:
        # Where the ledger gave nothing, its reason says more than the list of what is missing.
        raise silence or error from None
    return found.model_copy(update={"warnings": (*sourced.warnings, *found.warnings), **_basis(evaluator)})


def _basis(evaluator: Evaluator | None) -> dict[str, object]:
    """What values of the ledger are of."""
    if evaluator is None:
        return {}
    config = evaluator.workspace.project.config
    return {
        "window": evaluator.window,
        "is_synthetic": config.is_synthetic,
        "sampled_unit_rate": config.sampling.unit_rate,
    }


def _today(today: date | None, evaluator: Evaluator | None) -> Given:
    day = today or (datetime.now(UTC).date() if evaluator is None else evaluator.workspace.today)
    return Given(value=day, label=Label.MEASURED, source="the day of the question")


def _check_sourced(given: Mapping[str, Given], known: Mapping[str, Input]) -> None:
    """What the ledger says and nobody replaced: where no answer follows from it, nobody asked wrongly."""
    for name, found in given.items():
        try:
            if name in known:
                known[name].checked(found)
        except BadInputError as error:
            raise CannotTellError(
                f"the ledger says what nothing follows from: {error.what}", next_step=error.next_step
            ) from None


def _over(one: Input, typed: Given, replaced: Given | None) -> Given:
    """The typed value, with what it replaces in words."""
    if replaced is None or not replaced.is_known:
        return typed
    shown = f"{replaced.value:,.6g}" if isinstance(replaced.value, float) else str(replaced.value)
    return typed.model_copy(update={"replaced": f"{shown} {one.unit} ({replaced.label}: {replaced.source})"})


def _check_once(asked: Asked, known: Mapping[str, Input]) -> None:
    """An input has two names, its own and its option's: settings must not give it by both."""
    seen: dict[str, str] = {}
    for name in asked.settings:
        one = _named(asked.kind.name, name, known).name
        if one in seen:
            raise BadInputError(
                f"got {seen[one]!r} and {name!r}, which are the same input", next_step="give it once"
            )
        seen[one] = name


def _named(kind: str, name: str, known: Mapping[str, Input]) -> Input:
    """The input that a name means: its own, or its option's without the dashes."""
    by_option = {(one.option or "").removeprefix("--").replace("-", "_"): one for one in known.values()}
    plain = name.replace("-", "_")
    found = known.get(plain) or known.get(name) or by_option.get(plain)
    if found is None:
        near = nearest_names(plain, [*known, *filter(None, by_option)], most=1)
        raise BadInputError(
            f"decide {kind} has no input {name!r}",
            next_step=f"did you mean {near[0]!r}?" if near else f"its inputs: {', '.join(known)}",
        )
    return found
