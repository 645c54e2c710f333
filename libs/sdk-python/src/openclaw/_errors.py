"""What is raised. Everything is an OpenClawError."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


class OpenClawError(Exception):
    """Everything that this package raises."""


class ConnectionError(OpenClawError):  # noqa: A001 - of this package; it is exported by its name
    """The gateway could not be reached, or the connection broke and nothing says whether the request arrived."""


class ApiError(OpenClawError):
    """An error that the gateway answered with: `code` as in its contract, such as `not_found`."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str,
        details: Mapping[str, Any] | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.details: Mapping[str, Any] = details or {}
        #: Names the request in the gateway's log.
        self.request_id = request_id
        #: Seconds; None where the gateway named none.
        self.retry_after = retry_after
        #: The JSON that came, where it is not of an error's shape.
        self.body: Any = None

    @property
    def message_id(self) -> str | None:
        """The message that was accepted before the error, where there is one."""
        value = self.details.get("id")
        return value if isinstance(value, str) else None

    @property
    def poll_url(self) -> str | None:
        """Where its state can be asked for."""
        value = self.details.get("poll_url")
        return value if isinstance(value, str) else None


class BadRequestError(ApiError):
    """400: the request is malformed; `details["issues"]` names the fields."""


class UnauthorizedError(ApiError):
    """401: no token, or one that is unknown, revoked or expired."""


class ForbiddenError(ApiError):
    """403: the token may not do this."""


class NotFoundError(ApiError):
    """404: there is no such thing, or not for this token."""


class TimeoutError(ApiError):  # noqa: A001 - of this package; it is exported by its name
    """408: no answer within the time given. The work goes on: `message_id` and `poll_url` say where to look."""


class ConflictError(ApiError):
    """409: it is otherwise by now: a stale `If-Match`, a key reused, a message cancelled."""


class PayloadTooLargeError(ApiError):
    """413: larger than the gateway takes."""


class RateLimitedError(ApiError):
    """429: too many requests; `retry_after` says when to come again."""


class InternalServerError(ApiError):
    """500: a bug of the gateway's; its log has `request_id`."""


class UpstreamError(ApiError):
    """502: the model's provider refused or broke."""


class ServiceUnavailableError(ApiError):
    """503: the gateway cannot serve just now."""


_CLASSES: dict[str, type[ApiError]] = {
    "bad_request": BadRequestError,
    "unauthorized": UnauthorizedError,
    "forbidden": ForbiddenError,
    "not_found": NotFoundError,
    "timeout": TimeoutError,
    "conflict": ConflictError,
    "payload_too_large": PayloadTooLargeError,
    "rate_limited": RateLimitedError,
    "internal_error": InternalServerError,
    "upstream_error": UpstreamError,
    "service_unavailable": ServiceUnavailableError,
}
_CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "timeout",
    409: "conflict",
    413: "payload_too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    500: "internal_error",
    502: "upstream_error",
    503: "service_unavailable",
}
_TEXT_MAX = 200


def error_of(status: int, body: bytes, *, request_id: str | None, retry_after: float | None) -> ApiError:
    """What a response says that is no success, whoever answered: the gateway in its own shape, or a proxy with a page."""
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if isinstance(told, dict) and isinstance(told.get("error"), str):
        return _made(told, status, told.get("details"), request_id, retry_after)
    said = body.decode("utf-8", "replace").strip()[:_TEXT_MAX]
    if told is not None:
        error = _made({"message": f"HTTP {status}"}, status, None, request_id, retry_after)
        error.body = told
        return error
    message = f"HTTP {status}, and the body is no error of the gateway's" + (f": {said}" if said else ".")
    return _made({"message": message, "error": _CODES.get(status, "unknown")}, status, None, request_id, retry_after)


def error_of_event(event: Mapping[str, Any]) -> ApiError:
    """The error of an `error` event."""
    status = event.get("status")
    status = status if isinstance(status, int) else 500
    known = {"id": event.get("id"), "conversation_id": event.get("conversation_id")}
    details = event.get("details")
    return _made(event, status, {**known, **(details if isinstance(details, dict) else {})}, None, None)


def timeout_error(details: Mapping[str, Any]) -> TimeoutError:
    """408 of this side: the caller's own time is up."""
    return TimeoutError(
        "The time given is over; what was accepted is still worked on.", status=408, code="timeout", details=details
    )


def _made(
    told: Mapping[str, Any], status: int, details: Any, request_id: str | None, retry_after: float | None
) -> ApiError:
    code = told.get("error")
    code = code if isinstance(code, str) else _CODES.get(status, "unknown")
    message = told.get("message")
    return _CLASSES.get(code, ApiError)(
        message if isinstance(message, str) else code,
        status=status,
        code=code,
        details=details if isinstance(details, dict) else {},
        request_id=request_id,
        retry_after=retry_after,
    )
