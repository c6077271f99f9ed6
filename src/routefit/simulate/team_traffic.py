"""The calls of one unit of work as they went through the gateway, drawn one unit at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Literal

from routefit.simulate.team import GatewayModel, Judge, Work

Role = Literal["first", "step", "retry", "repair", "fallback", "grader", "shadow"]
Status = Literal["ok", "error", "rate_limited", "timeout"]

MAX_TRIES = 3
MOST_INPUT_TOKENS = 190_000
"""Agents cut their context before it is full; above 200,000 tokens some models have other prices."""
TIMEOUT_MS = 60_000


@dataclass(slots=True, kw_only=True)
class Call:
    """One request through the gateway.

    Tokens are what was used, also where the log lost it (`is_usage_lost`); a failed call that is not a timeout
    used none. Cached and written tokens are within `input_tokens`. Times are milliseconds since 1970 in UTC.
    `booked_pico_usd` is what the gateway books where that does not follow from the tokens.
    """

    request_id: str
    work: Work
    unit_id: str
    session_id: str
    role: Role
    model: GatewayModel
    start_ms: int
    end_ms: int
    first_ms: int | None
    status: Status = "ok"
    input_tokens: int = 0
    cached_tokens: int = 0
    written_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    is_embedding: bool = False
    is_gateway_hit: bool = False
    is_usage_lost: bool = False
    judge: Judge | None = None
    end_user: str | None = None
    tags: tuple[str, ...] = ()
    booked_pico_usd: int | None = None

    @property
    def pico_usd(self) -> int | None:
        """What the call costs at list prices; None where the log does not say enough, or no token has a price."""
        price = self.model.price
        if self.is_gateway_hit:
            return 0
        if price is None or self.is_usage_lost:
            return None
        return self._pico_usd(price.cache_read_pico_usd)

    @property
    def gateway_pico_usd(self) -> int:
        """What the gateway books as spend."""
        if self.booked_pico_usd is not None:
            return self.booked_pico_usd
        price = self.model.price
        if price is None or self.is_usage_lost or self.is_gateway_hit:
            return 0
        return self._pico_usd(None if self.model.is_cache_overcharged else price.cache_read_pico_usd)

    def _pico_usd(self, cached_pico_usd: int | None) -> int:
        price = self.model.price
        if price is None:
            raise AssertionError(f"{self.model.name} has no token price")
        cached = price.input_pico_usd if cached_pico_usd is None else cached_pico_usd
        fresh = self.input_tokens - self.cached_tokens
        return (
            fresh * price.input_pico_usd + self.cached_tokens * cached + self.output_tokens * price.output_pico_usd
        )


class UnitDrawer:
    """Draws units; all chance comes from `rng`."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._serial = 0

    def calls(self, work: Work, start_ms: int) -> Iterator[Call]:
        """The calls of a new unit in the order of their making, the grading last."""
        rng = self._rng
        self._serial += 1
        session_id = self._session_id()
        unit_id = session_id if work.grouped_by == "session" else f"{work.name[:3].upper()}-{self._serial:08}"
        end_user = f"customer-{int(rng.paretovariate(1.2)) % 5_000:05}" if work.has_end_users else None
        at_ms, last, is_first = start_ms, None, True
        if work.gateway_hit_rate and rng.random() < work.gateway_hit_rate:
            yield self._gateway_hit(work, unit_id, session_id, at_ms, end_user)
            return
        models = [work.model] * rng.randint(*work.steps)
        if work.embedding is not None:
            models.insert(0, work.embedding)
        for step, model in enumerate(models):
            for call in self._tries(work, model, step, unit_id, session_id, at_ms, end_user):
                call.role = "first" if is_first else call.role
                is_first, last = False, call
                yield call
            if last is None or last.status != "ok":
                return
            at_ms = last.end_ms + int(work.think_ms * (0.5 + rng.random()))
        if work.judge is not None and last is not None and rng.random() < work.judge.rate:
            yield self._grading(work, work.judge, last)

    def _tries(
        self,
        work: Work,
        model: GatewayModel,
        step: int,
        unit_id: str,
        session_id: str,
        at_ms: int,
        end_user: str | None,
    ) -> Iterator[Call]:
        """A planned call until it succeeds, at most three times; a try without a shared session has its own."""
        rng = self._rng
        asked = self._input_tokens(work, model, step)
        role: Role = "step"
        for number in range(MAX_TRIES):
            call = Call(
                request_id=self._request_id(),
                work=work,
                unit_id=unit_id,
                session_id=session_id if work.grouped_by == "session" else self._session_id(),
                role=role,
                model=model,
                start_ms=at_ms,
                end_ms=at_ms,
                first_ms=None,
                is_embedding=model is work.embedding,
                end_user=end_user,
            )
            if number and model is not work.model and model is not work.embedding:
                call.role = "fallback"
            self._finish(call, asked)
            yield call
            if call.status == "ok":
                return
            at_ms, role = call.end_ms + 400 + rng.randrange(800), "retry"
            if work.fallback is not None and model is work.model and rng.random() < work.fallback_rate:
                model = work.fallback

    def _finish(self, call: Call, asked: int) -> None:
        """How the call ended, with tokens and times."""
        rng, work = self._rng, call.work
        luck = rng.random()
        if luck < work.timeout_rate:
            call.status, call.end_ms, call.input_tokens = "timeout", call.start_ms + TIMEOUT_MS, asked
            return
        if luck < work.timeout_rate + work.failure_rate:
            call.status = "rate_limited" if rng.random() < 0.3 else "error"
            call.end_ms = call.start_ms + 40 + rng.randrange(900)
            return
        call.input_tokens = asked
        call.is_usage_lost = work.lost_usage_rate > 0 and rng.random() < work.lost_usage_rate
        if call.is_embedding:
            call.end_ms = call.start_ms + 30 + rng.randrange(60)
            return
        if work.cached_rate and call.role != "fallback" and rng.random() < 0.9:
            call.cached_tokens = int(asked * work.cached_rate)
        call.output_tokens = 1 + int(work.mean_output_tokens * rng.lognormvariate(-0.08, 0.4))
        call.end_ms = call.start_ms + 350 + int(call.output_tokens * 8 * rng.lognormvariate(-0.02, 0.2))
        if work.is_streaming:
            call.first_ms = call.start_ms + min(call.end_ms - call.start_ms, 120 + rng.randrange(700))

    def _input_tokens(self, work: Work, model: GatewayModel, step: int) -> int:
        if model is work.embedding:
            return 8 + self._rng.randrange(40)
        growth = 1 + 0.12 * step
        drawn = 20 + int(work.mean_input_tokens * growth * self._rng.lognormvariate(-0.1, 0.45))
        return min(drawn, MOST_INPUT_TOKENS)

    def _gateway_hit(self, work: Work, unit_id: str, session_id: str, at_ms: int, end_user: str | None) -> Call:
        """An answer from the gateway's own cache: it repeats the tokens of the first answer and costs nothing."""
        return Call(
            request_id=f"{self._request_id()}_cache_hit{at_ms / 1000}",
            work=work,
            unit_id=unit_id,
            session_id=session_id,
            role="first",
            model=work.model,
            start_ms=at_ms,
            end_ms=at_ms + 6,
            first_ms=at_ms + 6,
            input_tokens=self._input_tokens(work, work.model, 0),
            output_tokens=1 + int(work.mean_output_tokens * self._rng.lognormvariate(-0.08, 0.4)),
            is_gateway_hit=True,
            end_user=end_user,
        )

    def _grading(self, work: Work, judge: Judge, last: Call) -> Call:
        start_ms = last.end_ms + 1_500
        return Call(
            request_id=self._request_id(),
            work=work,
            unit_id=last.unit_id,
            session_id=self._session_id(),
            role="grader",
            model=judge.model,
            start_ms=start_ms,
            end_ms=start_ms + 700 + self._rng.randrange(900),
            first_ms=None,
            input_tokens=last.input_tokens + 600,
            output_tokens=80 + self._rng.randrange(160),
            judge=judge,
        )

    def _request_id(self) -> str:
        return f"chatcmpl-{self._rng.getrandbits(112):028x}"

    def _session_id(self) -> str:
        bits = f"{self._rng.getrandbits(128):032x}"
        return f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-a{bits[17:20]}-{bits[20:]}"
