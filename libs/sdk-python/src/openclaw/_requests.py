"""Every route as a request and the model of its reply: what the blocking and the asyncio resources share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ._core import Request, keyed, path_of
from ._models import Accepted, ChangedConfig, Conversation, ConversationWithMessages, CreatedToken, InstalledSkill, MemoryEntry
from ._models import MemoryResults, MessageStatus, Skill, StoredFile, Token, model_of

Result = TypeVar("Result")


@dataclass(frozen=True)
class Route(Generic[Result]):
    """A request, and what to make of its reply's JSON."""

    request: Request
    parse: Callable[[Any], Result]


@dataclass(frozen=True, kw_only=True)
class ConversationPage:
    """One page of the list of conversations."""

    items: list[Conversation]
    total: int
    offset: int

    @property
    def next_offset(self) -> int | None:
        """Where the next page begins; None after the last."""
        after = self.offset + len(self.items)
        return after if self.items and after < self.total else None



def status() -> Route[dict[str, Any]]:
    return _get("status")


def accepted(request: Request) -> Route[Accepted]:
    return Route(request, lambda data: model_of(Accepted, data))


def message_status(id: str) -> Route[MessageStatus]:
    return Route(Request("GET", path_of("message", id, "status"), repeatable=True), lambda data: model_of(MessageStatus, data))


def cancel_message(id: str) -> Route[MessageStatus]:
    return Route(Request("POST", path_of("message", id, "cancel"), repeatable=True), lambda data: model_of(MessageStatus, data))


def list_conversations(query: Mapping[str, Any]) -> Route[ConversationPage]:
    def page(data: Any) -> ConversationPage:
        items = [model_of(Conversation, each) for each in data["conversations"]]
        return ConversationPage(items=items, total=data["total"], offset=data["offset"])

    return Route(Request("GET", path_of("conversations"), repeatable=True, query=query), page)


def get_conversation(id: str, query: Mapping[str, Any]) -> Route[ConversationWithMessages]:
    request = Request("GET", path_of("conversations", id), repeatable=True, query=query)
    return Route(request, lambda data: model_of(ConversationWithMessages, data))


def update_conversation(id: str, patch: Mapping[str, Any]) -> Route[Conversation]:
    request = Request("PATCH", path_of("conversations", id), repeatable=True, json=dict(patch))
    return Route(request, lambda data: model_of(Conversation, data))


def delete_conversation(id: str) -> Route[None]:
    return _delete("conversations", id)


def search_memory(body: Mapping[str, Any]) -> Route[MemoryResults]:
    request = Request("POST", path_of("memory", "search"), repeatable=True, json=_given(body))
    return Route(request, lambda data: model_of(MemoryResults, data))


def add_memory(body: Mapping[str, Any]) -> Route[MemoryEntry]:
    # The gateway takes no key for it: it is not repeated once it may have arrived.
    return Route(Request("POST", path_of("memory"), repeatable=False, json=_given(body)), lambda data: model_of(MemoryEntry, data))


def add_memories(entries: Sequence[Mapping[str, Any]], person: str | None) -> Route[list[MemoryEntry]]:
    request = Request("POST", path_of("memory"), repeatable=False, json=_given({"entries": list(entries), "person": person}))
    return Route(request, lambda data: [model_of(MemoryEntry, each) for each in data["memories"]])


def get_memory(id: str) -> Route[MemoryEntry]:
    return Route(Request("GET", path_of("memory", id), repeatable=True), lambda data: model_of(MemoryEntry, data))


def update_memory(id: str, patch: Mapping[str, Any]) -> Route[MemoryEntry]:
    request = Request("PATCH", path_of("memory", id), repeatable=True, json=dict(patch))
    return Route(request, lambda data: model_of(MemoryEntry, data))


def forget_memory(id: str) -> Route[None]:
    return _delete("memory", id)


def memory_stats() -> Route[dict[str, Any]]:
    return _get("memory", "stats")


def prune_memory(body: Mapping[str, Any]) -> Route[dict[str, Any]]:
    return Route(Request("DELETE", path_of("memory", "prune"), repeatable=True, json=_given(body)), dict)


def upload_file(name: str, content: bytes, media_type: str) -> Route[StoredFile]:
    headers = {"content-type": media_type, **keyed(None)}
    request = Request("POST", path_of("files"), repeatable=True, query={"name": name}, content=content, headers=headers)
    return Route(request, lambda data: model_of(StoredFile, data))


def get_file(id: str) -> Route[StoredFile]:
    return Route(Request("GET", path_of("files", id), repeatable=True), lambda data: model_of(StoredFile, data))


def file_content(id: str) -> Request:
    return Request("GET", path_of("files", id, "content"), repeatable=True, headers={"accept": "*/*"})


def list_tokens() -> Route[list[Token]]:
    request = Request("GET", path_of("tokens"), repeatable=True)
    return Route(request, lambda data: [model_of(Token, each) for each in data["tokens"]])


def create_token(body: Mapping[str, Any]) -> Route[CreatedToken]:
    request = Request("POST", path_of("tokens"), repeatable=True, json=_given(body), headers=keyed(None))
    return Route(request, lambda data: model_of(CreatedToken, data))


def revoke_token(id: str) -> Route[None]:
    return _delete("tokens", id)


def list_schedules(query: Mapping[str, Any]) -> Route[dict[str, Any]]:
    return Route(Request("GET", path_of("schedules"), repeatable=True, query=query), dict)


def get_schedule(id: str) -> Route[dict[str, Any]]:
    return _get("schedules", id)


def create_schedule(body: Mapping[str, Any]) -> Route[dict[str, Any]]:
    return Route(Request("POST", path_of("schedules"), repeatable=True, json=_given(body), headers=keyed(None)), dict)


def update_schedule(id: str, patch: Mapping[str, Any]) -> Route[dict[str, Any]]:
    # None is a value here: it takes a name or a conversation away.
    return Route(Request("PATCH", path_of("schedules", id), repeatable=True, json=dict(patch)), dict)


def remove_schedule(id: str) -> Route[None]:
    return _delete("schedules", id)


def usage(query: Mapping[str, Any]) -> Route[dict[str, Any]]:
    return Route(Request("GET", path_of("usage"), repeatable=True, query=_given(query)), dict)


def list_skills() -> Route[list[Skill]]:
    request = Request("GET", path_of("skills"), repeatable=True)
    return Route(request, lambda data: [model_of(Skill, each) for each in data["skills"]])


def get_skill(name: str) -> Route[dict[str, Any]]:
    return _get("skills", name)


def install_skill(body: Mapping[str, Any]) -> Route[InstalledSkill]:
    # The same package twice is installed once.
    request = Request("POST", path_of("skills", "install"), repeatable=True, json=_given(body))
    return Route(request, lambda data: model_of(InstalledSkill, data))


def set_skill_status(name: str, status: str) -> Route[Skill]:
    request = Request("PATCH", path_of("skills", name), repeatable=True, json={"status": status})
    return Route(request, lambda data: model_of(Skill, data))


def remove_skill(name: str) -> Route[None]:
    return _delete("skills", name)


def get_config() -> Request:
    return Request("GET", path_of("config"), repeatable=True)


def update_config(patch: Mapping[str, Any], if_match: str | None) -> Route[ChangedConfig]:
    request = Request("PUT", path_of("config"), repeatable=True, json=dict(patch), headers=_conditions(if_match))
    return Route(request, lambda data: model_of(ChangedConfig, data))


def config_revisions(query: Mapping[str, Any]) -> Route[dict[str, Any]]:
    return Route(Request("GET", path_of("config", "revisions"), repeatable=True, query=query), dict)


def restore_config(revision: int, if_match: str | None) -> Route[ChangedConfig]:
    path = path_of("config", "revisions", str(revision), "restore")
    request = Request("POST", path, repeatable=True, headers=_conditions(if_match))
    return Route(request, lambda data: model_of(ChangedConfig, data))


def list_logs(query: Mapping[str, Any]) -> Route[dict[str, Any]]:
    return Route(Request("GET", path_of("logs"), repeatable=True, query=query), dict)


def list_audit(query: Mapping[str, Any]) -> Route[dict[str, Any]]:
    return Route(Request("GET", path_of("audit"), repeatable=True, query=query), dict)


def any_route(method: str, path: str, query: Mapping[str, Any] | None, json: Any, repeatable: bool) -> Route[Any]:
    return Route(Request(method, path, repeatable=repeatable, query=query or {}, json=json), lambda data: data)


def _conditions(if_match: str | None) -> dict[str, str]:
    return {} if if_match is None else {"if-match": if_match}


def _get(*parts: str) -> Route[dict[str, Any]]:
    return Route(Request("GET", path_of(*parts), repeatable=True), dict)


def _delete(*parts: str) -> Route[None]:
    return Route(Request("DELETE", path_of(*parts), repeatable=True), lambda _: None)


def _given(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}
