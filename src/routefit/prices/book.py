"""The price book: what the calls of one (route, provider, model, service tier) cost, as flat rows.

Precedence: a route's own prices, for calls that the route itself served; then `prices/*.yaml`; then the public
catalog. The first list that has the model in that tier decides, alone: outside the periods of its rows a call is
unpriced. A tier without a price is never priced as another tier.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from routefit.declared.model import PriceListing, Project, Route
from routefit.errors import BadInputError, nearest_names
from routefit.lcpr.price import PriceRow
from routefit.prices.facts import CatalogFacts
from routefit.prices.references import (
    Reference,
    references,
    serving_provider,
    spelled_provider,
    target_references,
)
from routefit.prices.rows import overlaps, rows_of

if TYPE_CHECKING:
    from routefit.prices.catalog import Catalog, CatalogMatch

Origin = Literal["route", "snapshot", "catalog"]

STANDARD_TIERS = frozenset({"", "standard", "default", "on_demand"})
"""How logs spell the standard service tier."""

_VERSION = re.compile(r"[-@](\d{4}-\d{2}-\d{2}|\d{8}|\d{3,4})")


class ResolvedPrices(BaseModel):
    """The rows of one (route, provider, model, service tier): sorted, without overlap, perhaps with gaps in time.

    Without rows, `reason` says why in words and `nearest` the known 'provider/model' names that come close.
    `name` is the 'provider/model' that matched. `not_covered` are kinds of usage (as in a call's `other_usage`, or
    `output_tokens`) which the source charges at a rate that no row carries: the cost of a call that has any of
    them is off by what they cost.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: tuple[PriceRow, ...] = ()
    origin: Origin | None = None
    name: str | None = None
    nearest: tuple[str, ...] = ()
    reason: str | None = None
    not_covered: tuple[str, ...] = ()


@cache
def _public_catalog() -> Catalog:
    from routefit.prices.catalog import Catalog  # loading the catalog costs 0.2 s: only when it is needed

    return Catalog()


class PriceBook:
    """The prices of a project.

    Raises BadInputError, naming both rows, where two declared prices overlap, and for a price below a pico-USD.
    """

    def __init__(self, project: Project) -> None:
        self._aliases = project.config.model_aliases
        self._listings: dict[tuple[str, str], list[PriceListing]] = defaultdict(list)
        for listing in project.prices:
            self._listings[spelled_provider(listing.provider), listing.model.casefold()].append(listing)
        problems = [
            problem
            for listings in self._listings.values()
            for problem in overlaps(f"{listings[0].provider}/{listings[0].model}", listings)
        ]
        problems += [
            problem for route in project.routes.values() for problem in overlaps(f"route {route.id}", route.prices)
        ]
        if problems:
            raise BadInputError(
                "\n".join(problems), next_step="give the earlier price a valid_to, or take one of the two out"
            )
        for price in (*project.prices, *(price for route in project.routes.values() for price in route.prices)):
            rows_of([price])  # refuses a price that would vanish in rounding, before any call needs it

    def resolve(
        self, *, route: Route | None, provider: str | None, model: str | None, service_tier: str | None
    ) -> ResolvedPrices:
        """The prices of calls that `provider` served with `model` in `service_tier` for the assigned `route`.

        What a call does not say is taken from the route.
        """
        tier = _tier(service_tier)
        if route is not None and self.is_served_by(route, provider=provider, model=model):
            own = _route_prices(route, tier)
            if own is not None:
                return own
        says_who = serving_provider(provider) is not None
        if route is not None:
            provider = provider if says_who else route.provider
            model = model or route.model
        if not model:
            return ResolvedPrices(reason="neither the call nor its route says which model served")
        wanted = self._references(provider, model)
        if not says_who:
            # Only a model was named: where a fallback served, it may be another maker's than the route's.
            wanted = tuple(dict.fromkeys(wanted + self._references(None, model)))
        return self._listed(wanted, provider, model, tier)

    def list_price(
        self, *, route: Route | None, provider: str | None, model: str | None, at: datetime
    ) -> PriceRow | None:
        """The standard price in force at `at` for the shortest inputs; None when none is known."""
        rows = self.resolve(route=route, provider=provider, model=model, service_tier=None).rows
        return next((row for row in rows if row.holds(at=at, input_tokens=row.tokens_from)), None)

    def alias_suggestion(self, model: str) -> str | None:
        """A line for routefit.yaml that names the nearest known model; None when nothing comes near."""
        near = self._nearest(None, model)
        return f"model_aliases: {{{_quoted(model)}: {_quoted(near[0])}}}" if near else None

    def catalog_facts(self, provider: str, model: str, *, today: date) -> CatalogFacts | None:
        """What the public catalog says of a model as that provider serves it; None where it does not list it."""
        match = self._catalog_match(self._references(provider, model))
        if match is None:
            return None
        catalog = _public_catalog()
        return CatalogFacts(
            name=match.name,
            # Another provider's list may be of another variant: only its own says how much goes in.
            context_tokens=match.model.context_window if match.is_own else None,
            source=catalog.source,
            as_of=catalog.newest_start_on(today),
        )

    @property
    def providers(self) -> frozenset[str]:
        """Every provider with a price list, public or of the project."""
        return self._known_providers

    def is_served_by(self, route: Route, *, provider: str | None, model: str | None) -> bool:
        """Whether a call with that provider and model was served by the route itself, not by a fallback."""
        served, declared = serving_provider(provider), serving_provider(route.provider)
        if served is not None and declared is not None and served != declared:
            return False
        if model is None or route.model is None:
            return True
        return self._is_same_model(declared or served, model, route.model)

    def is_known_model(self, model: str) -> bool:
        """Whether a price list or a model alias knows the name, whoever serves it."""
        wanted = self._references(None, model)
        return any(map(self._listings_of, wanted)) or self._catalog_match(wanted) is not None

    def is_same_model(self, provider: str | None, one: str, other: str) -> bool:
        """Whether two names, as logs and gateways spell them, mean one model."""
        return self._is_same_model(serving_provider(provider), one, other)

    def is_what_was_asked(self, provider: str | None, asked: str, served: str) -> bool:
        """Whether the model that served is the one asked for: by another spelling, or a dated version of it."""
        name = self._aliases.get(asked) or self._aliases.get(f"{provider}/{asked}") or asked
        return is_dated_version(served, name) or self.is_same_model(provider, asked, served)

    def _is_same_model(self, provider: str | None, one: str, other: str) -> bool:
        if one.casefold() == other.casefold():
            return True
        ones, others = self._references(provider, one), self._references(provider, other)
        if {ref.casefold() for _, ref in ones} & {ref.casefold() for _, ref in others}:
            return True
        if _bare(one) == other.casefold() or _bare(other) == one.casefold():
            return True
        match, other_match = self._catalog_match(ones), self._catalog_match(others)
        return match is not None and other_match is not None and match.model is other_match.model

    def _references(self, provider: str | None, model: str) -> tuple[Reference, ...]:
        target = self._aliases.get(model) or self._aliases.get(f"{provider}/{model}")
        if target is not None:
            return target_references(provider, target, self._known_providers)
        return references(provider, model, self._known_providers)

    def _listed(
        self, wanted: tuple[Reference, ...], provider: str | None, model: str, tier: str
    ) -> ResolvedPrices:
        reasons: list[str] = []
        for reference in wanted:
            listings = self._listings_of(reference)
            rows = rows_of(listing for listing in listings if listing.service_tier == tier)
            if rows:
                name = f"{listings[0].provider}/{listings[0].model}"
                return ResolvedPrices(rows=rows, origin="snapshot", name=name)
            if listings:
                reasons.append(f"prices/ has no {tier} price for {listings[0].provider}/{listings[0].model}")
        catalog = _public_catalog()
        match = self._catalog_match(wanted)
        if match is not None:
            found = catalog.prices(match, tier)
            if found.rows:
                return ResolvedPrices(
                    rows=found.rows, origin="catalog", name=match.name, not_covered=found.not_covered
                )
            return ResolvedPrices(
                name=match.name, reason="; ".join([*reasons, found.reason or "no price is known"])
            )
        if reasons:
            return ResolvedPrices(reason="; ".join(reasons))
        return ResolvedPrices(nearest=self._nearest(provider, model), reason=self._why_unknown(provider, model))

    def _listings_of(self, reference: Reference) -> list[PriceListing]:
        """What prices/ lists under a reference; without a provider only where one provider lists the model."""
        provider, model = reference
        if provider is not None:
            return self._listings.get((provider, model.casefold()), [])
        found = [listings for (_, name), listings in self._listings.items() if name == model.casefold()]
        return found[0] if len(found) == 1 else []

    def _catalog_match(self, wanted: Iterable[Reference]) -> CatalogMatch | None:
        catalog = _public_catalog()
        return next((match for reference in wanted if (match := catalog.match(reference)) is not None), None)

    @cached_property
    def _known_providers(self) -> frozenset[str]:
        return _public_catalog().provider_ids | {provider for provider, _ in self._listings}

    @cached_property
    def _names_by_model(self) -> dict[str, list[str]]:
        """'provider/model' names by model name, the project's own first."""
        catalog = _public_catalog()
        names: dict[str, list[str]] = defaultdict(list)
        for listings in self._listings.values():
            names[listings[0].model].append(f"{listings[0].provider}/{listings[0].model}")
        for provider, model in catalog.names:
            names[model].append(f"{provider}/{model}")
        return names

    def _nearest(self, provider: str | None, model: str) -> tuple[str, ...]:
        """The known names nearest to a model, those of its provider before the others."""
        bare = references(provider, model, self._known_providers)[-1][1]
        names = self._names_by_model
        own = f"{serving_provider(provider)}/"
        own_models = [name for name, listed in names.items() if any(one.startswith(own) for one in listed)]
        near = dict.fromkeys((*_stems(bare, names), *nearest_names(bare, own_models), *nearest_names(bare, names)))
        found = [self._preferred(names[name], own) for name in near]
        return tuple(dict.fromkeys(found))[:3]

    def _preferred(self, listed: list[str], own: str) -> str:
        model = listed[0].split("/", 1)[1]
        match = _public_catalog().match((None, model))
        makers = f"{match.provider_id}/" if match is not None else own
        return min(listed, key=lambda name: (not name.startswith(own), not name.startswith(makers)))

    def _why_unknown(self, provider: str | None, model: str) -> str:
        target = self._aliases.get(model) or self._aliases.get(f"{provider}/{model}")
        if target is not None:
            return f"model_aliases reads {model!r} as {target!r}, which is in no price list"
        who = serving_provider(provider)
        if who is None:
            return f"no price list has a model called {model!r}"
        if who not in self._known_providers:
            return f"no price list has a provider called {provider!r} (model {model!r})"
        return f"no price list of {who} has a model called {model!r}"


def _tier(service_tier: str | None) -> str:
    name = (service_tier or "").strip().casefold()
    return "standard" if name in STANDARD_TIERS else name


def _route_prices(route: Route, tier: str) -> ResolvedPrices | None:
    """What the route itself declares for a tier; None where it leaves the answer to the price lists."""
    name = f"{route.provider}/{route.model}" if route.provider and route.model else route.id
    if route.capacity.is_declared:
        return ResolvedPrices(name=name, reason=f"route {route.id} is paid by capacity, not by the token")
    rows = rows_of(price for price in route.prices if price.service_tier == tier)
    return ResolvedPrices(rows=rows, origin="route", name=name) if rows else None


def _stems(model: str, names: Iterable[str]) -> list[str]:
    """The longest known name that `model` is a variation of (`gpt-x-prod` of `gpt-x`), if any."""
    folded = model.casefold()
    stems = [name for name in names if folded.startswith(name.casefold()) and folded[len(name) :][:1] in "-_@:/ "]
    return sorted(stems, key=len)[-1:]


def _bare(model: str) -> str:
    return model.rsplit("/", 1)[-1].casefold()


def is_dated_version(name: str, of_name: str) -> bool:
    """Whether a name is another one with a date or a version number behind it, as gpt-4-0613 is of gpt-4."""
    bare, stem = _bare(name), _bare(of_name)
    return bare.startswith(stem) and _VERSION.fullmatch(bare[len(stem) :]) is not None


def _quoted(name: str) -> str:
    """A name as a YAML scalar in a flow mapping."""
    return name if re.fullmatch(r"[A-Za-z_][\w./-]*", name) else json.dumps(name)
