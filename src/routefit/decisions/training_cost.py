"""What training an adapter costs once, and what keeping it fit costs a month.

    compute USD   = tokens / 1e6 x epochs x USD per million training tokens x method multiplier
    upfront USD   = compute + data + eval                                  as far as data and eval are named
    hidden USD    = max(0, hidden ratio x compute - data - eval)           where data or eval is not named, else 0
    iteration USD per month = given, else compute / months between retrainings

The rate, where none is given, is the posted one for a base model of that size (PUBLIC, 2026-05): up to 16, 69 or
100 billion parameters; beyond, or of unknown size, there is none. Method multiplier: 1 for SFT, 2 to 3 for DPO
(OPINION), and none for GRPO, whose cost depends on its verifier: it has to be given.
Hidden costs (preparing data, building evals, upkeep) are 2 to 5 times compute (OPINION). Retraining is quarterly
(OPINION).
Source: field guide, chapter 19; section 7.4 of the domain.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np

from routefit.decisions.given import Given, Input, Quantity
from routefit.decisions.spread import Triangular
from routefit.decisions.uncertainty import Arrays
from routefit.errors import CannotTellError
from routefit.evidence import Label

METHODS = ("sft", "dpo", "grpo")

_CHAPTER = "field guide, chapter 19"
_TIERS = ((16, 0.48), (69, 1.50), (100, 2.90))
_TOKENS_PER_MTOK = 1e6


def _tier_name(most_b: int) -> str:
    return f"posted_{most_b}b_usd_per_mtok"


INPUTS: tuple[Input, ...] = (
    Input(
        name="training_tokens",
        option="--training-tokens",
        quantity=Quantity.NUMBER,
        unit="tokens",
        meaning="tokens of the training set: examples times tokens of an example",
        is_required=True,
        is_positive=True,
    ),
    Input(
        name="epochs",
        option="--epochs",
        quantity=Quantity.NUMBER,
        unit="passes",
        meaning="how often the training set is gone through",
        default=Given(value=1.0, label=Label.ASSUMED, source="one pass"),
        is_positive=True,
    ),
    Input(
        name="training_usd_per_mtok",
        option="--usd-per-mtok",
        quantity=Quantity.USD,
        unit="USD per million tokens",
        meaning="rate of training; by default the posted one for base_model_b_parameters",
    ),
    Input(
        name="method",
        option="--method",
        quantity=Quantity.CHOICE,
        choices=METHODS,
        meaning="how it is trained: supervised, on preferences, against a verifier",
        default=Given(value="sft", label=Label.ASSUMED, source="the default to start with"),
    ),
    Input(
        name="method_multiplier_ratio",
        option="--method-multiplier",
        quantity=Quantity.NUMBER,
        unit="times",
        meaning="cost of the method against supervised training; 1 for sft, 2:2.5:3 for dpo, required for grpo",
        is_positive=True,
    ),
    Input(
        name="data_usd",
        option="--data-usd",
        quantity=Quantity.USD,
        unit="USD",
        meaning="preparing the data",
    ),
    Input(
        name="eval_usd",
        option="--eval-usd",
        quantity=Quantity.USD,
        unit="USD",
        meaning="building and running the evals",
    ),
    Input(
        name="iteration_usd_per_month",
        option="--iteration-usd-per-month",
        quantity=Quantity.USD,
        unit="USD per month",
        meaning="refreshing data, running evals, watching drift, retraining; by default the training run again"
        " every retrain_every_months",
    ),
)

RARE_INPUTS: tuple[Input, ...] = (
    Input(
        name="base_model_b_parameters",
        quantity=Quantity.NUMBER,
        unit="billion parameters",
        meaning="size of the base model, for the posted rate",
        is_positive=True,
        is_varied=False,
    ),
    *(
        Input(
            name=_tier_name(most_b),
            quantity=Quantity.USD,
            unit="USD per million tokens",
            meaning=f"posted rate of training for a base model of at most {most_b} billion parameters",
            default=Given(
                value=usd,
                label=Label.PUBLIC,
                source=f"rates posted for LoRA training, {_CHAPTER}",
                as_of=date(2026, 5, 1),
            ),
        )
        for most_b, usd in _TIERS
    ),
    Input(
        name="dpo_multiplier_ratio",
        quantity=Quantity.NUMBER,
        unit="times",
        meaning="cost of training on preferences against supervised training",
        default=Given(
            value=2.5,
            spread=Triangular(low=2, mode=2.5, high=3),
            label=Label.OPINION,
            source=f"{_CHAPTER}: 2 to 3",
        ),
        is_positive=True,
    ),
    Input(
        name="hidden_cost_ratio",
        quantity=Quantity.NUMBER,
        unit="times",
        meaning="data and eval as a multiple of compute, where one of them is not given",
        default=Given(
            value=3.5,
            spread=Triangular(low=2, mode=3.5, high=5),
            label=Label.OPINION,
            source=f"{_CHAPTER}: 2 to 5",
        ),
    ),
    Input(
        name="retrain_every_months",
        quantity=Quantity.NUMBER,
        unit="months",
        meaning="how often it is trained again, where the iteration cost is not given",
        default=Given(value=3.0, label=Label.OPINION, source=f"{_CHAPTER}: quarterly"),
        is_positive=True,
    ),
)


def usd_per_mtok(values: Arrays) -> Any:
    """USD per million training tokens; CannotTellError without a rate and without a posted one."""
    if values["training_usd_per_mtok"] is not None:
        return values["training_usd_per_mtok"]
    tier = _tier_of(values)
    if tier is None:
        size = values["base_model_b_parameters"]
        what = "of a base model of unknown size" if size is None else f"of a base model of {size:g}B parameters"
        raise CannotTellError(
            f"finetune needs --usd-per-mtok: no training rate is posted {what}",
            next_step="--usd-per-mtok USD, or --set base_model_b_parameters=8 (up to 100)",
        )
    return values[tier]


def multiplier_ratio(values: Arrays) -> Any:
    """What the method costs against supervised training; CannotTellError for GRPO without one."""
    if values["method_multiplier_ratio"] is not None:
        return values["method_multiplier_ratio"]
    if values["method"] == "grpo":
        raise CannotTellError(
            "finetune needs --method-multiplier: what grpo costs depends on its verifier, there is no default",
            next_step="--method-multiplier LOW:MODE:HIGH, against the cost of the same run with sft",
        )
    return values["dpo_multiplier_ratio"] if values["method"] == "dpo" else 1.0


def compute_usd(values: Arrays) -> Any:
    """USD of one training run."""
    mtok = values["training_tokens"] / _TOKENS_PER_MTOK * values["epochs"]
    return mtok * usd_per_mtok(values) * multiplier_ratio(values)


def upfront_usd(values: Arrays) -> Any:
    """USD of the first training with the data and evals that were named."""
    named = (values[name] for name in ("data_usd", "eval_usd"))
    return compute_usd(values) + sum(usd for usd in named if usd is not None)


def hidden_usd(values: Arrays) -> Any:
    """USD that data and evals are taken to cost beyond what was named; 0 where both were."""
    if values["data_usd"] is not None and values["eval_usd"] is not None:
        return 0.0
    compute = compute_usd(values)
    named = upfront_usd(values) - compute
    return np.maximum(0.0, values["hidden_cost_ratio"] * compute - named)


def iteration_usd_per_month(values: Arrays) -> Any:
    """USD a month of keeping the adapter fit."""
    if values["iteration_usd_per_month"] is not None:
        return values["iteration_usd_per_month"]
    return compute_usd(values) / values["retrain_every_months"]


def unused(values: Arrays) -> frozenset[str]:
    """Defaults that something given stands for."""
    return frozenset(_unused(values))


def not_named(values: Arrays) -> tuple[str, ...]:
    """Which of data and evals has no cost."""
    return tuple(words for name, words in (("data_usd", "data"), ("eval_usd", "evals")) if values[name] is None)


def _unused(values: Arrays) -> Iterator[str]:
    used = None if values["training_usd_per_mtok"] is not None else _tier_of(values)
    yield from (name for most_b, _ in _TIERS if (name := _tier_name(most_b)) != used)
    if values["training_usd_per_mtok"] is not None:
        yield "base_model_b_parameters"
    if values["method_multiplier_ratio"] is not None or values["method"] != "dpo":
        yield "dpo_multiplier_ratio"
    if values["data_usd"] is not None and values["eval_usd"] is not None:
        yield "hidden_cost_ratio"
    if values["iteration_usd_per_month"] is not None:
        yield "retrain_every_months"


def _tier_of(values: Arrays) -> str | None:
    size = values["base_model_b_parameters"]
    if size is None:
        return None
    return next((_tier_name(most_b) for most_b, _ in _TIERS if size <= most_b), None)
