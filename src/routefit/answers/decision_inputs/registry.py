"""For each kind of decision, where its inputs come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from routefit.answers.decision_inputs.agent_steps import agent_steps_inputs
from routefit.answers.decision_inputs.caching import caching_inputs
from routefit.answers.decision_inputs.dedicated import dedicated_inputs
from routefit.answers.decision_inputs.deprecation import deprecation_inputs
from routefit.answers.decision_inputs.finetune import finetune_inputs
from routefit.answers.decision_inputs.moves import payback_inputs
from routefit.answers.decision_inputs.multi_source import multi_source_inputs
from routefit.answers.decision_inputs.self_managed import self_managed_inputs
from routefit.answers.decision_inputs.serverless import serverless_inputs
from routefit.answers.decision_inputs.sourced import Sourced
from routefit.answers.evaluation import Evaluator

FromLedger = Callable[[Evaluator, str, str | None], Sourced]
"""(evaluator, workload, route or None) to what is known."""

FROM_LEDGER: Mapping[str, FromLedger] = {
    "payback": payback_inputs,
    "serverless": serverless_inputs,
    "dedicated": dedicated_inputs,
    "finetune": finetune_inputs,
    "self-managed": self_managed_inputs,
    "multi-source": multi_source_inputs,
    "agent-steps": agent_steps_inputs,
    "caching": caching_inputs,
    "deprecation": deprecation_inputs,
}
