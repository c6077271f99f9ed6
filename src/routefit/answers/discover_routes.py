"""Which routes and model aliases a project needs for the calls that were found.

A route is proposed for each provider and model that serves at least one percent of some group, unless a declared
route is it already. What is written about it is what the public catalog holds; nothing else is known of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from routefit.answers.discover_groups import Group
from routefit.answers.discover_rules import slug
from routefit.declared.model import Route
from routefit.ledger.grouping import Profile
from routefit.prices.book import PriceBook
from routefit.prices.references import serving_provider
from routefit.project.proposals import RouteProposal

VISIBLE_RATE = 0.01
ALIAS_RATE = 0.8

SELF_HOSTING = frozenset(
    {
        "hosted_vllm",
        "llamafile",
        "lm_studio",
        "ollama",
        "ollama_chat",
        "sglang",
        "tgi",
        "triton",
        "vllm",
        "xinference",
    }
)
"""Providers, as gateways call them, that are servers of one's own: paid by the hour, not by the token."""

Served = tuple[str, str]
"""(provider, model)"""


def visible_models(groups: Iterable[Group]) -> list[Served]:
    """Every provider and model with a visible part of some group, the most used first.

    What only makes embeddings for answers is no route that answers could move to, so it is none here.
    """
    calls: dict[Served, int] = defaultdict(int)
    visible = set()
    for group in groups:
        own = served_calls(answering(group))
        visible |= {served for served, n in own.items() if n >= VISIBLE_RATE * group.calls}
        for served, n in own.items():
            calls[served] += n
    return sorted((s for s in visible if all(s)), key=lambda served: (-calls[served], served))


def answering(group: Group) -> list[Profile]:
    """The profiles that a group's routes are judged by: all where it only makes embeddings, else the others."""
    return [profile for profile in group.profiles if group.is_embedding or not profile.operation]


def served_calls(profiles: Iterable[Profile]) -> dict[Served, int]:
    """Calls by provider and model."""
    calls: dict[Served, int] = defaultdict(int)
    for profile in profiles:
        calls[profile.provider, profile.model] += profile.calls
    return dict(calls)


def route_proposals(
    book: PriceBook, served: Sequence[Served], routes: Mapping[str, Route], *, today: date
) -> tuple[list[RouteProposal], dict[Served, str]]:
    """What to write, and the route of each provider and model; two spellings of one model are one route."""
    proposals: list[RouteProposal] = []
    known = dict(routes)
    ids: dict[Served, str] = {}
    for provider, model in served:
        same = [one for one in known.values() if is_same_route(book, one, provider, model)]
        if same:
            ids[provider, model] = same[0].id
            continue
        route_id = route_id_of(provider, model, known)
        proposals.append(route_proposal(book, provider, model, route_id, today=today))
        known[route_id] = Route(id=route_id, provider=provider, model=model)
        ids[provider, model] = route_id
    return proposals, ids


def is_same_route(book: PriceBook, route: Route, provider: str, model: str) -> bool:
    """Whether calls of that provider and model are matched to the route."""
    if not route.provider or not route.model:
        return False
    return book.is_served_by(route, provider=provider, model=model)


def route_id_of(provider: str, model: str, taken: Collection[str]) -> str:
    """The last part of the model's name as an id, with the provider before it where that is taken."""
    name = slug(model.rsplit("/", 1)[-1])
    if name in taken:
        name = slug(f"{provider}-{name}")
    base, number = name, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    return name


def route_proposal(book: PriceBook, provider: str, model: str, route_id: str, *, today: date) -> RouteProposal:
    """One route with the facts of the catalog."""
    facts = book.catalog_facts(provider, model, today=today)
    is_own = provider.strip().casefold() in SELF_HOSTING
    return RouteProposal(
        id=route_id,
        provider=provider,
        model=model,
        is_self_managed=is_own and facts is None,
        context_tokens=facts.context_tokens if facts else None,
        source=facts.source if facts else None,
        as_of=facts.as_of if facts else None,
        listed_as=facts.name if facts else None,
    )


def model_aliases(
    book: PriceBook, groups: Iterable[Group], declared: Collection[str], *, known: Collection[str]
) -> dict[str, str]:
    """Names that a gateway gave and no price list knows, with the model that served nearly all of their calls."""
    asked: dict[str, dict[Served, int]] = defaultdict(lambda: defaultdict(int))
    for group in groups:
        for profile in group.profiles:
            if profile.requested_model and profile.model:
                asked[profile.requested_model][profile.provider, profile.model] += profile.calls
    aliases = {}
    for name, served in sorted(asked.items()):
        (provider, model), calls = max(served.items(), key=lambda item: (item[1], item[0]))
        is_ambiguous = calls < ALIAS_RATE * sum(served.values())
        if is_ambiguous or name in declared or name in known or book.is_known_model(name):
            continue
        if not book.is_same_model(provider, name, model):
            aliases[name] = model
    return aliases


def unpriced_models(book: PriceBook, served: Iterable[Served]) -> list[Served]:
    """Models that no price list knows and that are not one's own servers'."""
    return [
        (provider, model)
        for provider, model in served
        if (serving_provider(provider) or "") not in SELF_HOSTING
        and book.resolve(route=None, provider=provider, model=model, service_tier=None).name is None
    ]
