"""The kinds of decisions by name, in the order in which they are listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from routefit.decisions.agent_steps import AgentStepsCalculator
from routefit.decisions.agent_structure import AgentSteps
from routefit.decisions.caching import Caching
from routefit.decisions.calculator import Calculator
from routefit.decisions.dedicated import LOAD, MEASURED_GOODPUT, Dedicated
from routefit.decisions.deprecation import Deprecation
from routefit.decisions.finetune import Finetune
from routefit.decisions.leaving_options import DEFAULT_OPTIONS, LeavingOptions
from routefit.decisions.multi_source import MultiSource
from routefit.decisions.portfolio import Portfolio
from routefit.decisions.portfolio_payback import payback_of
from routefit.decisions.providers import Providers
from routefit.decisions.self_managed import SelfManaged
from routefit.decisions.serverless import Serverless


class Material(BaseModel):
    """What a calculator works on besides its inputs; nothing of it need be given.

    `structure` are the lists of a FILE.yaml (providers, steps), `tables` what was read from files of their own or
    from the ledger, by the name of its `FileOption` (a load by hour).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    structure: BaseModel | None = None
    tables: Mapping[str, Any] = {}


class FileOption(BaseModel):
    """An option that names a file which is read as a table, as `--load FILE.csv`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    option: str
    metavar: str
    meaning: str


class Kind(BaseModel):
    """One kind of decision.

    `build` makes the calculator from what is no plain input; `structure` is the model of those keys in a
    FILE.yaml, None where the kind has none; `file_options` are read by `answers.decision_tables`.
    `acts` are the decisions that `--exit-code` answers with 0; empty: every one is to act.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    name: str
    question: str
    acts: tuple[str, ...]
    build: Callable[[Material], Calculator]
    structure: type[BaseModel] | None = None
    file_options: tuple[FileOption, ...] = ()
    examples: tuple[str, ...]


REUSE = FileOption(
    name="reuse",
    option="--reuse",
    metavar="FILE.jsonl",
    meaning="Requests to replay through a cache: timestamp, input_length, hash_ids of prefix blocks",
)


def _agent_steps(given: Material) -> AgentStepsCalculator:
    return AgentStepsCalculator(given.structure if isinstance(given.structure, AgentSteps) else None)


def _multi_source(given: Material) -> MultiSource:
    providers = given.structure if isinstance(given.structure, Providers) else None
    return MultiSource(providers, reuse=given.tables.get("reuse") or given.tables.get("own_gaps"))


def _deprecation(given: Material) -> Deprecation:
    own = given.structure.options if isinstance(given.structure, LeavingOptions) else DEFAULT_OPTIONS
    return Deprecation(own)


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name="payback",
            question="Does a move pay for itself in time?",
            acts=("move",),
            build=lambda material: payback_of(material.structure),
            structure=Portfolio,
            examples=(
                "routefit decide payback --workload support --route oss-70b",
                "routefit decide payback --current-lcpr 0.041 --target-lcpr 0.031 --units-per-month 500000"
                " --migration-usd 8000:11000:20000",
                "routefit decide payback portfolio.yaml --migration-usd 120000 --horizon-months 6",
            ),
        ),
        Kind(
            name="serverless",
            question="Does a move to an open model on a serverless endpoint pay?",
            acts=("move",),
            build=lambda _: Serverless(),
            examples=(
                "routefit decide serverless --workload support --route oss-70b",
                "routefit decide serverless --current-lcpr 0.041 --target-lcpr 0.031 --units-per-month 500000"
                " --migration-usd 8000:11000:20000 --current-acceptance-rate 0.91 --target-acceptance-rate 0.86"
                " --set current_escalation_rate=0.031 --set target_escalation_rate=0.049",
            ),
        ),
        Kind(
            name="dedicated",
            question="Do replicas paid by the hour beat paying by the token?",
            acts=("dedicated", "hybrid"),
            build=lambda material: Dedicated(
                material.tables.get(LOAD), measured_goodput_per_hour=material.tables.get(MEASURED_GOODPUT)
            ),
            file_options=(
                FileOption(
                    name=LOAD,
                    option="--load",
                    metavar="FILE.csv",
                    meaning="Accepted units by hour: hour,units, without gaps",
                ),
            ),
            examples=(
                "routefit decide dedicated --workload support --route dedicated-70b",
                "routefit decide dedicated --hardware-usd-per-hour 2.95:3.20:4.30 --ops-usd-per-hour 0.50"
                " --goodput-per-hour 800 --serverless-usd-per-unit 0.012 --units-per-month 345600",
            ),
        ),
        Kind(
            name="finetune",
            question="Does a fine-tuned adapter earn back what it costs?",
            acts=("tune",),
            build=lambda _: Finetune(),
            examples=(
                "routefit decide finetune --training-tokens 75000000 --usd-per-mtok 0.48 --data-usd 4000"
                " --eval-usd 800 --iteration-usd-per-month 600 --units-per-month 300000"
                " --saving-usd-per-unit 0.003:0.005:0.008 --ready",
                "routefit decide finetune --workload support --training-tokens 75000000"
                " --first-pass-after-rate 0.85:0.89:0.92 --set base_model_b_parameters=70",
            ),
        ),
        Kind(
            name="self-managed",
            question="Do own GPUs pay, people included, and do they still?",
            acts=("self_manage", "devolve"),
            build=lambda _: SelfManaged(),
            examples=(
                "routefit decide self-managed --gpus 100 --gpu-usd-per-hour 3.20 --goodput-per-gpu-hour 800"
                " --utilization-rate 0.5:0.6:0.65 --set serverless_usd_per_unit=0.012",
                "routefit decide self-managed --gpus 8 --set fleet_usd_per_month=25500 --tokens-per-second 1000",
            ),
        ),
        Kind(
            name="multi-source",
            question="Does splitting traffic over several providers save what it seems to?",
            acts=("split", "failover_only"),
            build=_multi_source,
            structure=Providers,
            file_options=(REUSE,),
            examples=(
                "routefit decide multi-source --workload support",
                "routefit decide multi-source providers.yaml --units-per-month 2000000 --parity",
                "routefit decide multi-source providers.yaml --scenario failover"
                " --set failover_activation_rate=0.01",
            ),
        ),
        Kind(
            name="agent-steps",
            question="Should the steps of an agent's task go to cheaper, slower tiers?",
            acts=("reroute",),
            build=_agent_steps,
            structure=AgentSteps,
            examples=(
                "routefit decide agent-steps --workload code-fix --deadline-hours 24",
                "routefit decide agent-steps steps.yaml --deadline-hours 24",
                "routefit decide agent-steps steps.yaml --set interrupt_rate=0.1 --set state_gb=2",
            ),
        ),
        Kind(
            name="caching",
            question="Does a prompt cache pay?",
            acts=("cache",),
            build=lambda given: Caching(replay=given.tables.get("reuse"), own=given.tables.get("own_reuse")),
            file_options=(REUSE,),
            examples=(
                "routefit decide caching --workload support",
                "routefit decide caching --input-usd-per-mtok 3 --write-usd-per-mtok 3.75 --read-usd-per-mtok 0.3"
                " --prefix-tokens 1800 --requests 1000",
            ),
        ),
        Kind(
            name="deprecation",
            question="What to do when the provider ends a model?",
            acts=(),
            build=_deprecation,
            structure=LeavingOptions,
            examples=(
                "routefit decide deprecation --workload support",
                "routefit decide deprecation --deprecated-on 2026-08-10 --today 2026-06-01 --notice-days 70"
                " --incumbent-pass-rate 0.86 --successor-pass-rate 0.74",
                "routefit decide deprecation options.yaml --deprecated-on 2026-08-10",
            ),
        ),
    )
}
