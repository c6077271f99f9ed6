"""Invoice lines in our own columns, or as a FOCUS export of a cloud bill.

FOCUS (the FinOps Open Cost and Usage Specification) is recognised by its columns `ChargePeriodStart` and
`BilledCost`. Its times are UTC, also where they do not say so. A Credit row is a line of amount 0 with credits, a
Tax row is left out, all other categories of charge are amounts. Rows of services that serve no models go in as
facts with their `service` (`Category: name`), and are no model spend: see `is_model_spend`.

A line without `line_id` gets its occurrence number among the rows of the file that agree in the key (of FOCUS also
in resource, account and price), so that two equal lines both count and the same lines of a later export are
duplicates.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from routefit.ledger.careful_reader import source_rows, unknown_column_warnings
from routefit.ledger.formats.format import FormatRow, Notes
from routefit.ledger.schema import INVOICES, MAX_NOTE_CHARACTERS, TableKind
from routefit.ledger.source_file import BrokenRow, SourceFile, check_separator, line_value
from routefit.ledger.values import shown

USD = "USD"
FOCUS_MARKS = ("ChargePeriodStart", "BilledCost")
MODEL_SERVICE_CATEGORY = "AI and Machine Learning"
"""The category of FOCUS that models are billed under."""

_SERVICE_CATEGORIES = (
    MODEL_SERVICE_CATEGORY,
    "Analytics",
    "Business Applications",
    "Compute",
    "Databases",
    "Developer Tools",
    "Identity",
    "Integration",
    "Internet of Things",
    "Management and Governance",
    "Media",
    "Migration",
    "Mobile",
    "Multicloud",
    "Networking",
    "Other",
    "Security",
    "Storage",
    "Web",
)
_OCCURRENCE_KEY = tuple(name for name in INVOICES.key if name != "line_id")
_FOCUS_IDENTITY = ("ResourceId", "SubAccountId", "RegionId", "SkuPriceId", "ChargeCategory", "ChargeDescription")
_MOST_UNKNOWN_NAMES = 20
_CURRENCY = re.compile(r"[A-Za-z]{3}")


def is_model_spend(service: str | None) -> bool:
    """Whether a line may be for models: its service is not known, or is not of another known category."""
    category = (service or "").partition(":")[0].strip().casefold()
    known = {name.casefold() for name in _SERVICE_CATEGORIES}
    return category not in known or category == MODEL_SERVICE_CATEGORY.casefold()


class Invoices:
    """Reads invoices; `currencies` are those with a declared rate (None: any is taken).

    The name holds them, so that a file is read once more after a rate was declared.
    """

    kinds: tuple[TableKind, ...] = ("invoices",)

    def __init__(self, currencies: Collection[str] | None = None) -> None:
        self.currencies = None if currencies is None else tuple(sorted(name.upper() for name in currencies))
        self.name = " ".join(("invoices", *(self.currencies or ())))

    def rows(self, source: SourceFile, notes: Notes) -> Iterator[FormatRow]:
        """Every line of the file in order."""
        if source.format == "csv":
            check_separator(source, (*INVOICES.names, *FOCUS_MARKS))
        seen: Counter[tuple[Any, ...]] = Counter()
        unknown: dict[str, None] = {}
        others = 0
        for number, given in source_rows(source):
            row = line_value(given) if isinstance(given, bytes) else given
            if isinstance(row, dict) and all(mark in row for mark in FOCUS_MARKS):
                row = _from_focus(row, notes)
                if row is None:
                    continue
            if isinstance(row, dict):
                row = self._line(_known(row, unknown), seen)
                others += isinstance(row, dict) and not is_model_spend(row.get("service"))
            elif not isinstance(row, BrokenRow):
                row = BrokenRow("is not a JSON object")
            yield FormatRow(number=number, kind="invoices", row=row)
        for warning in unknown_column_warnings(INVOICES, unknown):
            notes.warn(warning)
        if others:
            notes.warn(
                f"{others:,} line{'' if others == 1 else 's'} of services other than {MODEL_SERVICE_CATEGORY}: "
                "kept as facts, they do not count as model spend"
            )

    def _line(self, given: Mapping[str, Any], seen: Counter[tuple[Any, ...]]) -> dict[str, Any] | BrokenRow:
        row = {name: _plain(value) for name, value in given.items()}
        identity = row.pop(_IDENTITY, None)
        currency = row.get("currency")
        if isinstance(currency, str) and _CURRENCY.fullmatch(currency.strip()):
            row["currency"] = currency.strip().upper()
        refused = self._refused_currency(row)
        if refused is not None:
            return refused
        if row.get("line_id") in (None, ""):
            key = (*(str(row.get(name) or "") for name in _OCCURRENCE_KEY), identity)
            seen[key] += 1
            row["line_id"] = f"{identity}-{seen[key]}" if identity else str(seen[key])
        return row

    def _refused_currency(self, row: Mapping[str, Any]) -> BrokenRow | None:
        currency = row.get("currency")
        pairs = (("amount", "amount_usd"), ("credits", "credits_usd"))
        needs_rate = any(_is_given(row, own) and not _is_given(row, usd) for own, usd in pairs)
        if currency in (None, "", USD) or not needs_rate:
            return None
        if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
            return BrokenRow("is no currency, expected three letters such as EUR", "currency", shown(currency))
        if self.currencies is None or currency in self.currencies:
            return None
        declared = f"{{value: USD FOR ONE {currency}, label: PUBLIC, source: WHERE FROM, as_of: DATE}}"
        return BrokenRow(
            f"is a currency without a rate; add to routefit.yaml: `fx: {{{currency}: {declared}}}`",
            "currency",
            currency,
        )


def _is_given(row: Mapping[str, Any], name: str) -> bool:
    return row.get(name) not in (None, "")


_IDENTITY = "\0identity"
"""Holds, while a row is made, what else tells two lines of a FOCUS export apart."""


_KNOWN = frozenset((*INVOICES.names, _IDENTITY))


def _known(given: Mapping[str, Any], unknown: dict[str, None]) -> dict[str, Any]:
    """The columns that an invoice line may have; the first names of others go to `unknown`."""
    for name in given:
        if name not in _KNOWN and len(unknown) < _MOST_UNKNOWN_NAMES:
            unknown[name] = None
    return {name: value for name, value in given.items() if name in _KNOWN}


def _plain(value: Any) -> Any:
    """A number that is kept as it is written becomes a text, which the readers take as the same number."""
    return str(value) if isinstance(value, str) and type(value) is not str else value


def _from_focus(given: Mapping[str, Any], notes: Notes) -> dict[str, Any] | BrokenRow | None:
    """A FOCUS row in our own columns; None where it is none of the bill."""
    row = {name: None if value in ("", "NULL", "null") else value for name, value in given.items()}
    category = str(row.get("ChargeCategory") or "Usage")
    if category == "Tax":
        notes.leave_out("tax, which is no part of the comparison")
        return None
    billed, quantity = row.get("BilledCost"), row.get("ConsumedQuantity")
    is_correction = str(quantity or "").startswith("-")  # takes usage back; a quantity cannot
    line: dict[str, Any] = {
        "provider": row.get("ProviderName") or row.get("ServiceProviderName") or row.get("InvoiceIssuerName"),
        "period_start": _utc(row.get("ChargePeriodStart")),
        "period_end": _utc(row.get("ChargePeriodEnd")),
        "amount": billed,
        "currency": row.get("BillingCurrency"),
        "invoice_id": row.get("InvoiceId"),
        "model": row.get("x_Model"),
        "sku": row.get("SkuId"),
        "quantity": None if is_correction else quantity,
        "quantity_unit": None if is_correction else _short(row.get("ConsumedUnit")),
        "service": _short(_service(row)),
        _IDENTITY: _digest(row),
    }
    if category == "Credit":
        credits = _negated(billed)
        if credits is None:
            return BrokenRow("is not a number", "BilledCost", shown(billed))
        line |= {"amount": "0", "credits": credits}
    return {name: value for name, value in line.items() if value is not None}


def _service(row: Mapping[str, Any]) -> str | None:
    parts = [str(row[name]) for name in ("ServiceCategory", "ServiceName") if row.get(name)]
    return ": ".join(parts) or None


def _short(text: Any) -> Any:
    return text[:MAX_NOTE_CHARACTERS] if isinstance(text, str) else text


def _utc(value: Any) -> Any:
    """A FOCUS time: UTC by the specification, also where no zone is written."""
    if isinstance(value, datetime):
        return value.isoformat() if value.tzinfo else f"{value.isoformat()}Z"
    if not isinstance(value, str):
        return value
    try:
        at = datetime.fromisoformat(value.strip())
    except ValueError:
        return value
    return value if at.tzinfo else f"{at.isoformat()}Z"


def _negated(amount: Any) -> str | None:
    """A credit is a negative charge; here it is a positive amount."""
    try:
        credits = -Decimal(str(amount))
    except InvalidOperation:
        return None
    return format(credits, "f") if credits.is_finite() else None


def _digest(row: Mapping[str, Any]) -> str:
    told = "\0".join(str(row.get(name) or "") for name in _FOCUS_IDENTITY)
    return hashlib.sha256(told.encode()).hexdigest()[:12]
