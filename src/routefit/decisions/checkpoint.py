"""Whether writing an agent's state down pays, so that an interrupted task need not start again.

    saving per task = P(interrupt) x expected replay USD - (writing USD + state GB x USD per GB-hour x hours kept)
    expected replay = share replayed x USD of the task   (interrupted anywhere alike: half of it)

A state above what can be written down is not checkpointed whatever it would save.
Source: field guide, chapter 21; section 7.7 of the domain.
"""

from __future__ import annotations

from routefit.decisions.calculator import Values
from routefit.decisions.decision import Figures
from routefit.decisions.given import Given, Input, Quantity
from routefit.evidence import Label

_CHAPTER = "field guide, chapter 21"

STORAGE: dict[str, tuple[float, Label, str]] = {
    "hbm": (0.04, Label.DERIVED, "3.20 USD per GPU-hour (field guide, chapter 18) over 80 GB"),
    "host": (0.005, Label.OPINION, "order of magnitude of rented memory"),
    "ssd": (0.0001, Label.OPINION, "order of magnitude of a rented disk: 0.08 USD per GB-month"),
    "object": (0.00003, Label.OPINION, "order of magnitude of object storage: 0.02 USD per GB-month"),
}
"""USD per GB-hour by memory tier, with what it rests on."""


def storage_name(memory_tier: str) -> str:
    """The input that a memory tier costs."""
    return f"{memory_tier}_usd_per_gb_hour"


INPUTS: tuple[Input, ...] = (
    Input(
        name="interrupt_rate",
        quantity=Quantity.RATE,
        unit="share of tasks",
        meaning="share of tasks that are interrupted before they end",
    ),
    Input(
        name="replay_usd",
        quantity=Quantity.USD,
        unit="USD per interrupted task",
        meaning="what an interrupted task costs to replay; without it, its share of the task's cost",
    ),
    Input(
        name="replay_share_rate",
        quantity=Quantity.RATE,
        unit="share of the task",
        meaning="how much of an interrupted task is replayed",
        default=Given(value=0.5, label=Label.DERIVED, source="interrupted anywhere alike"),
    ),
    Input(name="state_gb", quantity=Quantity.NUMBER, unit="GB", meaning="size of a task's state"),
    Input(
        name="most_state_gb",
        quantity=Quantity.NUMBER,
        unit="GB",
        meaning="the largest state that can be written down in time",
        is_varied=False,
    ),
    Input(
        name="keep_hours",
        quantity=Quantity.NUMBER,
        unit="hours",
        meaning="how long the state is kept; without it, as long as the chain takes",
    ),
    Input(
        name="checkpoint_write_usd",
        quantity=Quantity.USD,
        unit="USD per task",
        meaning="what writing the state down costs",
        default=Given(value=0.0, label=Label.ASSUMED, source="writing costs nothing"),
    ),
    Input(
        name="memory_tier",
        quantity=Quantity.CHOICE,
        choices=tuple(STORAGE),
        meaning="where the state is kept",
        default=Given(value="ssd", label=Label.ASSUMED, source=f"fast enough to resume ({_CHAPTER})"),
    ),
    *(
        Input(
            name=storage_name(tier),
            quantity=Quantity.USD,
            unit="USD per GB-hour",
            meaning=f"what keeping a GB for an hour costs, {tier}",
            default=Given(value=usd, label=label, source=source),
        )
        for tier, (usd, label, source) in STORAGE.items()
    ),
)


class CheckpointFigures(Figures):
    """Whether it pays; `saving_usd_per_task` negative is what it loses, None where its cost is not known.

    `worth_it_below_gb` is the state up to which it pays; None: of any size, for keeping costs nothing.
    """

    is_worth_it: bool | None
    saving_usd_per_task: float | None
    replay_usd_per_task: float
    keeping_usd_per_task: float | None
    worth_it_below_gb: float | None
    reason: str


def unused(values: Values) -> frozenset[str]:
    """What is not looked at: everything where interrupts are not given, else the memory tiers not chosen."""
    if values["interrupt_rate"] is None:
        return frozenset(one.name for one in INPUTS)
    names = {storage_name(tier) for tier in STORAGE if tier != values["memory_tier"]}
    if values["replay_usd"] is not None:
        names.add("replay_share_rate")
    return frozenset(names)


def checkpoint(values: Values, *, task_usd: float, chain_hours: float | None) -> CheckpointFigures | None:
    """Whether a task that costs so much and takes so long is worth a checkpoint; None where nobody asks."""
    if values["interrupt_rate"] is None:
        return None
    replay = values["replay_usd"]
    if replay is None:
        replay = values["replay_share_rate"] * task_usd
    gained = values["interrupt_rate"] * replay
    hours = chain_hours if values["keep_hours"] is None else values["keep_hours"]
    state, write = values["state_gb"], values["checkpoint_write_usd"]
    rate = None if hours is None else values[storage_name(values["memory_tier"])] * hours
    below = max(0.0, gained - write) / rate if rate else None
    if state is None or rate is None:
        missing = "state_gb" if state is None else "keep_hours"
        return _figures(None, None, gained, None, below, f"{missing} is not given")
    kept = write + state * rate
    most = values["most_state_gb"]
    if most is not None and state > most:
        reason = f"too large to checkpoint: state ({state:g} GB) > most_state_gb ({most:g} GB)"
        return _figures(False, gained - kept, gained, kept, below, reason)
    is_worth_it = gained > kept
    sign = ">" if is_worth_it else "<="
    reason = f"replay ({gained:.4g} USD per task) {sign} writing and keeping ({kept:.4g} USD per task)"
    return _figures(is_worth_it, gained - kept, gained, kept, below, reason)


def _figures(
    is_worth_it: bool | None,
    saving: float | None,
    replay: float,
    keeping: float | None,
    below: float | None,
    reason: str,
) -> CheckpointFigures:
    return CheckpointFigures(
        is_worth_it=is_worth_it,
        saving_usd_per_task=saving,
        replay_usd_per_task=replay,
        keeping_usd_per_task=keeping,
        worth_it_below_gb=below,
        reason=reason,
    )
