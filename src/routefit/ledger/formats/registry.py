"""The formats by the name that a user types."""

from __future__ import annotations

from routefit.ledger.formats.aiperf import AiPerf
from routefit.ledger.formats.format import Format
from routefit.ledger.formats.guidellm import GuideLlm
from routefit.ledger.formats.invoices import Invoices
from routefit.ledger.formats.langfuse import Langfuse
from routefit.ledger.formats.litellm import LiteLlm
from routefit.ledger.formats.otel import Otel

FORMATS: dict[str, Format] = {
    "aiperf": AiPerf(),
    "guidellm": GuideLlm(),
    "invoices": Invoices(),
    "langfuse": Langfuse(),
    "litellm": LiteLlm(),
    "otel": Otel(),
}
