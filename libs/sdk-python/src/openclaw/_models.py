"""What comes back. Times are RFC 3339 text, ids are opaque; fields that a newer gateway adds are ignored."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

Model = TypeVar("Model")


@dataclass(frozen=True, kw_only=True)
class TokenUsage:
    """Tokens as the providers count them."""

    input: int
    output: int
    total: int


@dataclass(frozen=True, kw_only=True)
class Warning:  # noqa: A001 - the contract's word
    """What of a message was not done as asked."""

    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class MadeFile:
    """A file that the agent made."""

    id: str
    name: str
    media_type: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Reply:
    """The agent's whole reply."""

    id: str
    conversation_id: str
    content: str
    tokens: TokenUsage
    latency_ms: int
    model: str
    finish_reason: str
    created_at: str
    role: str = "assistant"
    skills_used: list[str] = field(default_factory=list)
    #: None where the price is not known.
    cost_usd: float | None = None
    attachments: list[MadeFile] = field(default_factory=list)
    warnings: list[Warning] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A message that is accepted and not answered yet."""

    id: str
    conversation_id: str
    status: str
    poll_url: str


@dataclass(frozen=True, kw_only=True)
class MessageStatus:
    """What became of a message: `queued`, `processing`, `waiting`, `completed`, `failed` or `cancelled`."""

    id: str
    conversation_id: str
    status: str
    attempt: int
    created_at: str
    started_at: str | None = None
    finished_at: str | None = None
    response: Reply | None = None
    error: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """A conversation, without its messages."""

    id: str
    channel: str
    created_at: str
    message_count: int
    title: str | None = None
    summary: str | None = None
    last_message_at: str | None = None
    person: str | None = None
    metadata: dict[str, Any] | None = None
    pinned: bool = False
    archived: bool = False
    tags: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message of a conversation; `role` is `user` or `assistant`."""

    id: str
    role: str
    content: str
    created_at: str
    status: str
    model: str | None = None
    tokens: TokenUsage | None = None
    skills_used: list[str] = field(default_factory=list)
    metadata: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class ConversationWithMessages(Conversation):
    """A conversation and its newest page of messages, in order."""

    messages: list[Message]
    has_more: bool


@dataclass(frozen=True, kw_only=True)
class MemoryEntry:
    """Something that the agent remembers."""

    id: str
    content: str
    kind: str | None = None
    created_at: str | None = None
    importance: float | None = None
    pinned: bool = False
    tags: list[str] = field(default_factory=list)
    author: str | None = None
    at: str | None = None
    person: str | None = None


@dataclass(frozen=True, kw_only=True)
class MemoryResult:
    """A hit, with the parts of its score and the words that it was found by."""

    id: str
    content: str
    score: float
    type: str | None = None
    kind: str | None = None
    scores: dict[str, float] = field(default_factory=dict)
    matched: list[str] = field(default_factory=list)
    conversation_id: str | None = None
    author: str | None = None
    at: str | None = None
    created_at: str | None = None


@dataclass(frozen=True, kw_only=True)
class MemoryResults:
    """What a search found, best first."""

    results: list[MemoryResult]
    total: int
    took_ms: float


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A file that the gateway keeps."""

    id: str
    name: str
    media_type: str
    size: int
    sha256: str
    created_at: str


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token, without its text."""

    id: str
    name: str
    scopes: list[str]
    person: str | None = None
    created_at: str | None = None
    expires_at: str | None = None
    last_used_at: str | None = None


@dataclass(frozen=True, kw_only=True)
class CreatedToken(Token):
    """A token that was just made: its text is told this once."""

    token: str


@dataclass(frozen=True, kw_only=True)
class Skill:
    """Something that the agent was taught; `status` is `active`, `disabled` or `error`."""

    name: str
    version: str
    description: str
    status: str
    source: str
    digest: str
    installed_at: str
    last_used: str | None = None
    invocations: int = 0


@dataclass(frozen=True, kw_only=True)
class InstalledSkill:
    """What came of installing: `findings` are to be looked at before it is used."""

    skill: Skill
    findings: list[dict[str, Any]] = field(default_factory=list)
    permissions_in_words: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class ShownConfig:
    """The configuration in force, every secret as `***REDACTED***`, and the mark to change it under."""

    config: dict[str, Any]
    etag: str | None


@dataclass(frozen=True, kw_only=True)
class ChangedConfig:
    """What came of a change."""

    config: dict[str, Any]
    revision: int
    restart_required: bool
    restart_paths: list[str] = field(default_factory=list)
    overrides: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened to a message; `seq` counts from 1 without a gap."""

    type: str
    id: str
    seq: int
    conversation_id: str


@dataclass(frozen=True, kw_only=True)
class StartEvent(Event):
    """An attempt begins."""

    attempt: int
    model: str


@dataclass(frozen=True, kw_only=True)
class TokenEvent(Event):
    """The next piece of text."""

    content: str


@dataclass(frozen=True, kw_only=True)
class ThinkingEvent(Event):
    """What the model thinks, where it was asked for."""

    content: str


@dataclass(frozen=True, kw_only=True)
class SkillCallEvent(Event):
    """The agent uses a tool or a skill."""

    call_id: str
    skill: str
    arguments: Any = None


@dataclass(frozen=True, kw_only=True)
class SkillResultEvent(Event):
    """And what came of it; `status` is `completed` or `failed`."""

    call_id: str
    skill: str
    status: str
    summary: str


@dataclass(frozen=True, kw_only=True)
class AttachmentEvent(Event):
    """The agent made a file."""

    attachment: MadeFile


@dataclass(frozen=True, kw_only=True)
class RestartEvent(Event):
    """What was said since the start is void and comes again."""

    attempt: int


@dataclass(frozen=True, kw_only=True)
class EndEvent(Event):
    """The whole reply; nothing follows."""

    content: str
    reply: Reply


@dataclass(frozen=True, kw_only=True)
class UnknownEvent(Event):
    """Of a kind that this version does not know: `data` is all of it."""

    data: Mapping[str, Any]


_EVENTS: dict[str, type[Event]] = {
    "start": StartEvent,
    "token": TokenEvent,
    "thinking": ThinkingEvent,
    "skill_call": SkillCallEvent,
    "skill_result": SkillResultEvent,
    "attachment": AttachmentEvent,
    "restart": RestartEvent,
}


def event_of(data: Mapping[str, Any]) -> Event:
    """The event of its kind; one of no known kind, or without what its kind has, as it came."""
    kind = _EVENTS.get(str(data.get("type")))
    try:
        if data.get("type") == "end":
            return EndEvent(reply=model_of(Reply, data), **_envelope(data), content=str(data["content"]))
        if kind is not None:
            return model_of(kind, data)
    except (KeyError, TypeError):
        pass
    return UnknownEvent(**_envelope(data), data=data)


def _envelope(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: data.get(name) for name in ("type", "id", "seq", "conversation_id")}


def model_of(model: type[Model], data: Mapping[str, Any]) -> Model:
    """A model from JSON: what it does not know is left out, what may be missing has its default."""
    known = {name: _value(hint, data[name]) for name, hint in _hints(typing.cast(Any, model)).items() if name in data}
    return model(**known)


@functools.cache
def _hints(model: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(model)
    return {each.name: hints[each.name] for each in dataclasses.fields(model)}


def _value(hint: Any, value: Any) -> Any:
    origin = typing.get_origin(hint)
    if origin is types.UnionType or origin is typing.Union:
        inner = [each for each in typing.get_args(hint) if each is not type(None)]
        return None if value is None else _value(inner[0], value)
    if origin is list:
        return [_value(typing.get_args(hint)[0], each) for each in value or []]
    if dataclasses.is_dataclass(hint) and isinstance(hint, type) and isinstance(value, dict):
        return model_of(hint, value)
    return value
