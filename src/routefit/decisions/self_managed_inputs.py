"""The inputs of a fleet of one's own: GPUs, people, what it serves, what else would serve it, and its signals."""

from __future__ import annotations

from routefit.decisions import devolution
from routefit.decisions.given import Given, Input, Quantity
from routefit.decisions.own_fleet import PARTS
from routefit.decisions.readiness import Condition
from routefit.decisions.spread import Triangular
from routefit.evidence import Label

_CHAPTER = "field guide, chapter 20"

CAPABILITIES: tuple[Condition, ...] = (
    Condition(name="has_serving_engine", words="a serving engine in production"),
    Condition(name="has_deployment_pipeline", words="a deployment pipeline"),
    Condition(name="has_model_rollback", words="loading and rolling back models"),
    Condition(name="has_health_checks", words="health checks"),
    Condition(name="has_autoscaling", words="autoscaling"),
    Condition(name="has_kv_cache_monitoring", words="monitoring of the KV cache"),
    Condition(name="has_latency_monitoring", words="monitoring of latency"),
    Condition(name="has_quality_monitoring", words="monitoring of quality"),
    Condition(name="has_incident_response", words="incident response"),
)
"""The capability checklist."""

CONDITIONS: tuple[Condition, ...] = (
    Condition(name="has_volume", words="the volume that fills the fleet is sustained"),
    Condition(name="has_capabilities", words="the team has the whole capability checklist"),
    Condition(name="is_control_needed", words="the workload needs control of the serving stack"),
)

INPUTS: tuple[Input, ...] = (
    Input(
        name="gpus",
        option="--gpus",
        quantity=Quantity.NUMBER,
        unit="GPUs",
        meaning="GPUs of the fleet that serve this work",
        is_required=True,
        is_positive=True,
    ),
    Input(
        name="gpu_usd_per_hour",
        option="--gpu-usd-per-hour",
        quantity=Quantity.USD,
        unit="USD per GPU-hour",
        meaning="what a GPU costs an hour, idle ones too; required without fleet_usd_per_month",
        is_positive=True,
    ),
    Input(
        name="engineers",
        option="--engineers",
        quantity=Quantity.NUMBER,
        unit="engineers",
        meaning="engineers who run the fleet, as full-time equivalents",
        default=Given(
            value=2.5,
            spread=Triangular(low=2, mode=2.5, high=3),
            label=Label.OPINION,
            source=f"{_CHAPTER}: 2 to 3",
        ),
    ),
    Input(
        name="engineer_usd_per_month",
        option="--engineer-usd-per-month",
        quantity=Quantity.USD,
        unit="USD per month",
        meaning="loaded cost of an engineer",
        default=Given(
            value=30_000.0, label=Label.OPINION, source=f"{_CHAPTER}: 2 to 3 engineers at 60,000 to 90,000 USD"
        ),
    ),
    Input(
        name="goodput_per_gpu_hour",
        option="--goodput-per-gpu-hour",
        quantity=Quantity.NUMBER,
        unit="accepted units per GPU-hour",
        meaning="accepted units an hour that a GPU serves within the SLO",
        is_positive=True,
    ),
    Input(
        name="utilization_rate",
        option="--utilization-rate",
        quantity=Quantity.RATE,
        unit="share",
        meaning="average share of that goodput which is used",
        is_positive=True,
    ),
    Input(
        name="tokens_per_second",
        option="--tokens-per-second",
        quantity=Quantity.NUMBER,
        unit="tokens per second",
        meaning="throughput of a GPU, for the raw price of a token",
        is_positive=True,
    ),
    Input(
        name="fleet_usd_per_month",
        quantity=Quantity.USD,
        unit="USD per month",
        meaning="lease of the whole fleet, in place of --gpu-usd-per-hour",
        is_positive=True,
    ),
    Input(
        name="hours_per_month",
        quantity=Quantity.NUMBER,
        unit="hours",
        meaning="hours of a month for which the GPUs are paid",
        default=Given(value=720.0, label=Label.ASSUMED, source="30 days"),
        is_positive=True,
        is_varied=False,
    ),
    *(
        Input(name=name, quantity=Quantity.USD, unit="USD per month", meaning=f"what a month costs of {words}")
        for name, words in PARTS
    ),
    Input(
        name="target_tax_ratio",
        quantity=Quantity.NUMBER,
        unit="of the GPU spend",
        meaning="engineering over GPU spend that is aimed at",
        default=Given(value=0.3, label=Label.OPINION, source=f"{_CHAPTER}: above 30% managed dedicated wins"),
        is_positive=True,
        is_varied=False,
    ),
    Input(
        name="accepted_units_per_month",
        quantity=Quantity.NUMBER,
        unit="units per month",
        meaning="accepted units as counted, where goodput or utilization is not known",
        is_positive=True,
    ),
    Input(
        name="serverless_usd_per_unit",
        quantity=Quantity.USD,
        unit="USD per accepted unit",
        meaning="what an accepted unit costs on the serverless alternative",
        is_positive=True,
    ),
    Input(
        name="dedicated_usd_per_unit",
        quantity=Quantity.USD,
        unit="USD per accepted unit",
        meaning="what an accepted unit costs on managed dedicated",
        is_positive=True,
    ),
    Input(
        name="other_usd_per_unit",
        quantity=Quantity.USD,
        unit="USD per accepted unit",
        meaning="people and grading of an accepted unit on the fleet, where the alternatives' costs hold theirs",
        default=Given(value=0.0, label=Label.ASSUMED, source="the same on every route, and left out"),
    ),
    Input(
        name="dedicated_usd_per_gpu_hour",
        quantity=Quantity.USD,
        unit="USD per GPU-hour",
        meaning="managed dedicated's price, for the utilization gate; by default the fleet's own",
        is_positive=True,
    ),
    Input(
        name="dedicated_ops_usd_per_hour",
        quantity=Quantity.USD,
        unit="USD per hour",
        meaning="what running managed dedicated costs an hour, for the utilization gate",
    ),
    Input(
        name="updates_per_quarter",
        quantity=Quantity.NUMBER,
        unit="updates per quarter",
        meaning="how often model or serving engine are updated",
        is_varied=False,
    ),
    Input(
        name="rollbacks_per_quarter",
        quantity=Quantity.NUMBER,
        unit="rollbacks per quarter",
        meaning="how many of these updates are taken back",
        is_varied=False,
    ),
    Input(
        name="is_running",
        quantity=Quantity.FLAG,
        meaning="whether the work runs on the fleet today",
    ),
    *(one.input for one in CONDITIONS),
    *(one.input for one in CAPABILITIES),
    *devolution.INPUTS,
)
"""Those with an option of their own first."""
