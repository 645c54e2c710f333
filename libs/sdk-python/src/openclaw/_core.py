"""What a client does, without I/O: generators that yield what is to be done and are sent what came of it.

The clients run them, one blocking and one with asyncio; nothing else in the package knows of a connection.
"""

from __future__ import annotations

import json
import os
import random
import re
import time
import uuid
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias, TypeVar
from urllib.parse import quote, urlsplit

from ._errors import ApiError, ConnectionError, OpenClawError, TimeoutError, error_of, error_of_event, timeout_error
from ._models import Event, EndEvent, Reply, RestartEvent, TokenEvent, event_of, model_of
from ._sse import EventParser
from ._version import VERSION

BASE_URL = "http://127.0.0.1:18789"
TIMEOUT = 600.0
MAX_RETRIES = 4
#: One request waits no longer than this for its reply; the call goes on by the message's events.
WAIT = 60.0
#: When the caller's time is up the gateway says so, with the message's id: its answer gets this much more to arrive.
GRACE = 2.0
#: Nothing, not even a comment, for this long: the connection is dead. The gateway writes every 15 s.
SILENCE = 45.0
_RETRIED = {429, 502, 503}

Result = TypeVar("Result")


@dataclass(frozen=True)
class Settings:
    """Where and how every request of one client goes."""

    base_url: str
    token: str | None = field(repr=False)
    timeout: float
    max_retries: int

    @property
    def is_loopback(self) -> bool:
        """Then no proxy of the environment has a part in it."""
        host = urlsplit(self.base_url).hostname or ""
        return host in ("localhost", "::1") or host.startswith("127.")


@dataclass(frozen=True)
class Request:
    """One request. `repeatable`: sent again, the gateway does it once all the same."""

    method: str
    path: str
    repeatable: bool
    query: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Response:
    """What came of it; header names in small letters. The body of a stream is read piece by piece."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Lost(Exception):
    """A connection that could not be made, or broke."""

    def __init__(self, why: str, *, never_sent: bool = False, hopeless: bool = False) -> None:
        super().__init__(why)
        self.never_sent = never_sent
        self.hopeless = hopeless


@dataclass(frozen=True)
class Send:
    """To be sent, and answered with the whole Response."""

    request: Request
    timeout: float


@dataclass(frozen=True)
class Open:
    """The same, but the body of a success is left to be read; one that was open before is closed."""

    request: Request
    timeout: float


@dataclass(frozen=True)
class Read:
    """The next piece of the open body; None at its end."""


@dataclass(frozen=True)
class Pause:
    """Nothing, for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Emit:
    """An event for the caller."""

    event: Event


Command: TypeAlias = Send | Open | Read | Pause | Emit
Steps: TypeAlias = Generator[Command, Any, Result]


def settings_of(base_url: str | None, token: str | None, timeout: float, max_retries: int) -> Settings:
    """Defaults from `OPENCLAW_BASE_URL` and `GATEWAY_AUTH_TOKEN`. Raises OpenClawError where the address is none."""
    given = base_url or os.environ.get("OPENCLAW_BASE_URL") or BASE_URL
    if urlsplit(given).scheme not in ("http", "https") or not urlsplit(given).hostname:
        raise OpenClawError(f"base_url must be an http or https address, such as {BASE_URL}; it is {given!r}")
    address = given.removesuffix("/").removesuffix("/api/v1")
    return Settings(address, token or os.environ.get("GATEWAY_AUTH_TOKEN") or None, timeout, max_retries)


def path_of(*parts: str) -> str:
    """A path of the API with its parts escaped."""
    return "/api/v1/" + "/".join(quote(part, safe="") for part in parts)


def new_key() -> str:
    """A key that names a call, however often it is sent."""
    return f"sdk-{uuid.uuid4()}"


def keyed(idempotency_key: str | None) -> dict[str, str]:
    """The header that carries it."""
    return {"idempotency-key": idempotency_key or new_key()}


def headers_of(settings: Settings, request: Request) -> dict[str, str]:
    """All headers of a request."""
    own = {"accept": "application/json", "user-agent": f"openclaw-sdk-python/{VERSION}"}
    if settings.token is not None:
        own["authorization"] = f"Bearer {settings.token}"
    if request.json is not None:
        own["content-type"] = "application/json"
    return {**own, **request.headers}


def body_of(request: Request) -> bytes | None:
    """The body as bytes; JSON in UTF-8."""
    return request.content if request.json is None else json.dumps(request.json, ensure_ascii=False).encode()


def query_of(request: Request) -> dict[str, str]:
    """The query as text; what is None is left out."""
    text = {True: "true", False: "false"}
    return {name: text[value] if isinstance(value, bool) else str(value) for name, value in request.query.items() if value is not None}


def backoff(attempt: int) -> float:
    """Seconds: doubled each time up to 8, between half of that and all of it, so that many do not come at once."""
    whole = min(8.0, 0.2 * 2.0**attempt)
    return whole / 2 + random.random() * whole / 2


def retry_after_of(header: str | None) -> float | None:
    """`Retry-After` in seconds from now: a number or a date, never negative; None where it cannot be read."""
    if header is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}", header.strip()):
        return float(header)
    try:
        at = parsedate_to_datetime(header)
    except (TypeError, ValueError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=timezone.utc)
    return max(0.0, (at - datetime.now(timezone.utc)).total_seconds())


class Deadline:
    """The time that one call may take."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return self._at - time.monotonic()

    def check(self, details: Mapping[str, Any]) -> float:
        """The seconds left. Raises TimeoutError where there are none."""
        if self.left <= 0:
            raise timeout_error(details)
        return self.left


def connection_error(settings: Settings, why: object) -> ConnectionError:
    """The error for what a connection broke of."""
    advice = ""
    if "CERTIFICATE" in str(why).upper():
        advice = " Its certificate is not trusted here: name its authority in SSL_CERT_FILE."
    return ConnectionError(f"The gateway at {settings.base_url} could not be reached, or broke off: {why}.{advice}")


def call(settings: Settings, request: Request, deadline: Deadline, *, stream: bool = False) -> Steps[Response]:
    """Sends until it is answered with a success, as often as that may help. Raises ApiError, ConnectionError, TimeoutError."""
    attempt = 0
    while True:
        pause: float | None
        error: OpenClawError
        try:
            left = deadline.check({})
            response: Response = yield Open(request, left) if stream else Send(request, left)
        except Lost as lost:
            deadline.check({})
            error = connection_error(settings, lost)
            may_repeat = (request.repeatable or lost.never_sent) and not lost.hopeless
            pause = (0.0 if attempt == 0 else backoff(attempt)) if may_repeat else None
        else:
            if 200 <= response.status < 300:
                return response
            refused = refusal(response)
            # What an attempt that was lost has deleted is gone, as was wanted.
            if refused.status == 404 and request.method == "DELETE" and attempt > 0:
                return Response(204, response.headers, b"")
            error, pause = refused, _pause_after(refused, request, attempt)
        if pause is None or attempt >= settings.max_retries or pause > deadline.left:
            raise error
        yield Pause(pause)
        attempt += 1


def call_json(settings: Settings, request: Request, timeout: float | None) -> Steps[Any]:
    """The reply as JSON; None for 204."""
    response = yield from call(settings, request, Deadline(settings.timeout if timeout is None else timeout))
    return json_in(response)


def json_in(response: Response) -> Any:
    """The body as JSON. Raises ApiError with the first words of what is none: a page of a proxy's."""
    if response.status == 204:
        return None
    try:
        return json.loads(response.body)
    except ValueError:
        raise refusal(response) from None


def refusal(response: Response) -> ApiError:
    """The error that a response is."""
    return error_of(
        response.status,
        response.body,
        request_id=response.headers.get("x-request-id"),
        retry_after=retry_after_of(response.headers.get("retry-after")),
    )


def _pause_after(error: ApiError, request: Request, attempt: int) -> float | None:
    """Seconds until the same may be asked again, or None where that does not help."""
    # What was accepted is not sent again: the error says how it ended, or that it goes on.
    if error.status not in _RETRIED or error.message_id is not None:
        return None
    if not request.repeatable and error.status == 502:
        return None
    return backoff(attempt) if error.retry_after is None else error.retry_after


class Run:
    """A message on its way: what is known of it, and how to learn more."""

    def __init__(self, begin: Request | None, *, id: str | None = None, seq: int = 0) -> None:
        self.begin = begin
        self.id = id
        self.seq = seq
        self.conversation_id: str | None = None
        self.text = ""
        self.reply: Reply | None = None
        self.failure: ApiError | None = None

    def follow(self, settings: Settings, timeout: float | None) -> Steps[None]:
        """Emits what happens, once and in order, over as many connections as it takes. Raises how the message failed."""
        if self.failure is not None:
            raise self.failure
        deadline = Deadline(settings.timeout if timeout is None else timeout)
        losses = 0
        while self.reply is None:
            before = self.seq
            try:
                yield from self._once(settings, deadline)
            except Lost:
                pass
            if self.reply is not None:
                return
            losses = 1 if self.seq > before else losses + 1
            if losses > settings.max_retries + 1:
                raise ConnectionError("The stream broke off again and again before its next event.")
            if losses > 1:
                yield Pause(min(backoff(losses), deadline.check(self.where())))

    def where(self) -> dict[str, Any]:
        """Where the message is, as an error's details."""
        if self.id is None:
            return {}
        poll_url = path_of("message", self.id, "status")
        return {"id": self.id, "conversation_id": self.conversation_id, "poll_url": poll_url}

    def cancel(self, settings: Settings) -> Steps[None]:
        """Stops the agent's work, where it has begun and can be reached."""
        if self.id is None:
            return
        request = Request("POST", path_of("message", self.id, "cancel"), repeatable=True)
        try:
            yield from call(settings, request, Deadline(5.0))
        except OpenClawError:
            pass  # over already, or out of reach: nothing more can be done

    def _once(self, settings: Settings, deadline: Deadline) -> Steps[None]:
        deadline.check(self.where())
        response = yield from call(settings, self._request(), deadline, stream=True)
        if not response.headers.get("content-type", "").startswith("text/event-stream"):
            piece: bytes | None = yield Read()
            raise refusal(replace(response, body=piece or b""))
        yield from self._read(deadline)

    def _read(self, deadline: Deadline) -> Steps[None]:
        parser = EventParser()
        while True:
            try:
                piece: bytes | None = yield Read()
            except Lost:
                deadline.check(self.where())
                raise
            if piece is None:
                return
            for data in parser.feed(piece):
                event = self._take(data)
                if event is not None:
                    yield Emit(event)
                if self.reply is not None:
                    return
            deadline.check(self.where())

    def _request(self) -> Request:
        accept = {"accept": "text/event-stream"}
        if self.id is None and self.begin is not None:
            return replace(self.begin, headers={**self.begin.headers, **accept})
        after = {"last-event-id": str(self.seq)} if self.seq > 0 else {}
        return Request("GET", path_of("message", self.id or "", "events"), repeatable=True, headers={**accept, **after})

    def _take(self, data: str) -> Event | None:
        """Folds an event into what is known; None for one that was there before."""
        told = _event_in(data)
        if told["seq"] <= self.seq:
            return None
        self.seq, self.id, self.conversation_id = told["seq"], told["id"], told["conversation_id"]
        if told["type"] == "error":
            self.failure = error_of_event(told)
            raise self.failure
        event = event_of(told)
        if isinstance(event, TokenEvent):
            self.text += event.content
        elif isinstance(event, RestartEvent):
            self.text = ""
        elif isinstance(event, EndEvent):
            self.text, self.reply = event.content, event.reply
        return event


def _event_in(data: str) -> dict[str, Any]:
    """Raises Lost where it is no event: something between here and the gateway has a hand in it, the next connection may be better."""
    try:
        told = json.loads(data)
    except ValueError:
        raise Lost("the stream has something in it that is no event") from None
    if not isinstance(told, dict) or not isinstance(told.get("seq"), int):
        raise Lost("the stream has something in it that is no event")
    return {"type": "", "id": "", "conversation_id": "", **told}


def followed(run: Run, settings: Settings, timeout: float | None, cancel_on_timeout: bool) -> Steps[None]:
    """Follows, and stops the agent's work too when the time is up, where that is wanted."""
    try:
        yield from run.follow(settings, timeout)
    except TimeoutError:
        if cancel_on_timeout:
            yield from run.cancel(settings)
        raise


def health(settings: Settings, timeout: float | None) -> Steps[dict[str, Any]]:
    """How the gateway is: one that is not well is an answer too (`"status": "degraded"`), not an error."""
    request = Request("GET", path_of("health"), repeatable=True)
    try:
        response = yield from call(replace(settings, max_retries=min(1, settings.max_retries)), request, Deadline(settings.timeout if timeout is None else timeout))
    except ApiError as error:
        told = error.body if isinstance(error.body, dict) else {}
        if error.status == 503 and "status" in told:
            return told
        raise
    return dict(json_in(response))


def sending(message: str, fields: Mapping[str, Any], idempotency_key: str | None) -> Request:
    """The request that sends a message."""
    given = {name: value for name, value in fields.items() if value is not None}
    body = {"channel": "api", "message": message, **given}
    return Request("POST", path_of("message"), repeatable=True, json=body, headers=keyed(idempotency_key))


def answered(settings: Settings, request: Request, timeout: float | None) -> Steps[Reply]:
    """Waits for the reply, however long the agent works, until the caller's own time is up."""
    own = settings.timeout if timeout is None else timeout
    deadline = Deadline(own + GRACE)
    wait = {"timeout_ms": max(1, int(min(WAIT, own) * 1000))}
    try:
        response = yield from call(settings, replace(request, json={**request.json, **wait}), deadline)
        return model_of(Reply, json_in(response))
    except ApiError as error:
        if error.message_id is None or error.status not in (408, 503):
            raise
        left = deadline.left - GRACE
        if left <= 0:
            raise timeout_error(error.details) from error
        run = Run(None, id=error.message_id)
    yield from run.follow(settings, left)
    return reply_of(run)


def reply_of(run: Run) -> Reply:
    """The reply of a run that was followed to its end."""
    if run.reply is None:
        raise ConnectionError("The stream ended without its last event.")
    return run.reply
