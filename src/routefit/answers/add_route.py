"""Declare one candidate route with what the public catalog says of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from routefit.answers.discover_routes import is_same_route, route_id_of, route_proposal
from routefit.errors import BadInputError, ConflictError, nearest_names
from routefit.lcpr.cell import Frozen
from routefit.prices import PriceBook
from routefit.project import load_project
from routefit.project.consistency import ID_PATTERN, ID_RULE
from routefit.project.writing import add_route_file

KEPT_UNKNOWN = (
    "mode",
    "regions",
    "max_output_tokens",
    "modalities_in",
    "modalities_out",
    "structured_output",
    "tool_use",
    "licence_uses",
    "certifications",
    "zero_retention",
    "limits",
    "billed_on",
)
"""What the catalog says of no model."""


class AddedRoute(Frozen):
    """The file that was written: what is known of the route, from where, and what is not."""

    route: str
    file: str
    listed_as: str
    source: str
    as_of: date | None
    known: tuple[str, ...]
    unknown: tuple[str, ...]


def add_route(
    directory: Path, name: str, *, route_id: str | None = None, as_of: datetime | None = None
) -> AddedRoute:
    """Write routes/ID.yaml for PROVIDER/MODEL.

    BadInputError for a name that the catalog does not know, with the nearest ones; ConflictError where the file
    or the id exists, or another file declares the same provider and model.
    """
    provider, _, model = name.partition("/")
    if not provider or not model:
        raise BadInputError(
            f"got {name!r}, expected PROVIDER/MODEL", next_step="routefit add route anthropic/claude-sonnet-4-5"
        )
    project = load_project(directory)
    book = PriceBook(project)
    today = (as_of or datetime.now(UTC)).astimezone(UTC).date()
    facts = book.catalog_facts(provider, model, today=today)
    if facts is None:
        found = book.resolve(route=None, provider=provider, model=model, service_tier=None)
        raise BadInputError(
            f"the public catalog does not know {name!r}" + (f": {found.reason}" if found.reason else ""),
            next_step=_nearest_step(found.nearest, provider, book),
        )
    chosen = route_id or route_id_of(provider, model, ())
    if not ID_PATTERN.fullmatch(chosen):
        raise BadInputError(f"--id: got {chosen!r}, expected {ID_RULE}", next_step="name another id")
    same = [route for route in project.routes.values() if is_same_route(book, route, provider, model)]
    if chosen in project.routes:
        raise ConflictError(
            f"the route {chosen} is declared already, nothing was written: routes/{chosen}.yaml",
            next_step="edit that file, or name another id with --id",
        )
    if same and route_id is None:
        raise ConflictError(
            f"the route {same[0].id} is {name} already, nothing was written: routes/{same[0].id}.yaml",
            next_step="edit that file, or name another id with --id where it is another configuration",
        )
    proposal = route_proposal(book, provider, model, chosen, today=today)
    add_route_file(directory, proposal.file, proposal.text())
    known = ["prices"] if book.resolve(route=None, provider=provider, model=model, service_tier=None).rows else []
    known += ["context_tokens"] if proposal.context_tokens is not None else []
    missing = [one for one in ("prices", "context_tokens") if one not in known]
    return AddedRoute(
        route=chosen,
        file=proposal.file,
        listed_as=facts.name,
        source=facts.source,
        as_of=facts.as_of,
        known=tuple(known),
        unknown=(*missing, *KEPT_UNKNOWN),
    )


def _nearest_step(nearest: tuple[str, ...], provider: str, book: PriceBook) -> str:
    if nearest:
        return f"did you mean {' or '.join(nearest)}? Else write routes/ID.yaml yourself"
    near = nearest_names(provider, book.providers)
    if near:
        return f"did you mean the provider {' or '.join(near)}? Else write routes/ID.yaml yourself"
    return "write routes/ID.yaml yourself; routes/README.md shows how"
