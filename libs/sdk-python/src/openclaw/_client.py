"""The blocking client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from . import _requests as requests
from ._core import MAX_RETRIES, TIMEOUT, Deadline, Run, answered, call, call_json, followed, health, json_in
from ._core import reply_of, sending, settings_of
from ._models import Accepted, ChangedConfig, Conversation, ConversationWithMessages, CreatedToken, Event, InstalledSkill, MemoryEntry
from ._models import MemoryResults, Message, MessageStatus, Reply, ShownConfig, Skill, StoredFile, Token
from ._requests import ConversationPage, Route
from ._transport import Transport

Result = TypeVar("Result")


class RunStream:
    """A message on its way, as its events: `for event in stream`, `stream.reply()`, or both.

    A connection that breaks is taken up again after the last event, without a gap or a repeat. Leaving the loop closes the
    connection; the agent's work goes on, and another loop, or `reply()`, goes on where the last one stopped.
    """

    def __init__(self, transport: Transport, run: Run, timeout: float | None, cancel_on_timeout: bool) -> None:
        self._transport = transport
        self._run = run
        self._timeout = timeout
        self._cancel_on_timeout = cancel_on_timeout

    @property
    def id(self) -> str | None:
        """The message's id, which is its reply's; None before its first event."""
        return self._run.id

    @property
    def conversation_id(self) -> str | None:
        """None before the first event."""
        return self._run.conversation_id

    @property
    def seq(self) -> int:
        """The last event's number: where another process could go on."""
        return self._run.seq

    @property
    def text(self) -> str:
        """What was said so far; a restart empties it."""
        return self._run.text

    def __iter__(self) -> Iterator[Event]:
        steps = followed(self._run, self._transport.settings, self._timeout, self._cancel_on_timeout)
        return self._transport.emitted(steps)

    def reply(self) -> Reply:
        """The whole reply, at the end. Raises how the message failed."""
        for _ in self:
            pass
        return reply_of(self._run)


class _Resource:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def _do(self, route: Route[Result], timeout: float | None) -> Result:
        return route.parse(self._transport.run(call_json(self._transport.settings, route.request, timeout)))


class Messages(_Resource):
    """Messages to the agent, and what becomes of them."""

    def create(
        self,
        message: str,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        **fields: Any,
    ) -> Reply:
        """Sends and waits for the reply, however long the agent works, until `timeout` seconds are over.

        `fields` are those of the contract: `conversation_id`, `channel`, `metadata`, `person`, `on_busy`, ….
        Raises TimeoutError with `message_id` when they are; the agent goes on.
        """
        request = sending(message, fields, idempotency_key)
        return self._transport.run(answered(self._transport.settings, request, timeout))

    def send(self, message: str, *, idempotency_key: str | None = None, timeout: float | None = None, **fields: Any) -> Accepted:
        """Sends, and returns as soon as it is accepted."""
        request = sending(message, {**fields, "wait_for_response": False}, idempotency_key)
        return self._do(requests.accepted(request), timeout)

    def stream(
        self,
        message: str,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        cancel_on_timeout: bool = False,
        **fields: Any,
    ) -> RunStream:
        """Sends when it is first read, and gives what happens as it happens."""
        return RunStream(self._transport, Run(sending(message, fields, idempotency_key)), timeout, cancel_on_timeout)

    def events(self, id: str, *, after_seq: int = 0, timeout: float | None = None) -> RunStream:
        """The events of a message that is known, after the event `after_seq`."""
        return RunStream(self._transport, Run(None, id=id, seq=after_seq), timeout, False)

    def status(self, id: str, *, timeout: float | None = None) -> MessageStatus:
        """What became of it."""
        return self._do(requests.message_status(id), timeout)

    def cancel(self, id: str, *, timeout: float | None = None) -> MessageStatus:
        """Stops the agent's work on it. Raises ConflictError where it is over already."""
        return self._do(requests.cancel_message(id), timeout)


class Conversations(_Resource):
    """What was said, by conversation."""

    def list(self, *, timeout: float | None = None, **query: Any) -> ConversationPage:
        """One page, last active first; `limit`, `offset`, `channel`, `since`, `until`, `q`."""
        return self._do(requests.list_conversations(query), timeout)

    def all(self, *, timeout: float | None = None, **query: Any) -> Iterator[Conversation]:
        """Every one, page after page."""
        offset: int | None = 0
        while offset is not None:
            page = self.list(timeout=timeout, **{**query, "offset": offset})
            for item in page.items:
                yield item
            offset = page.next_offset

    def get(self, id: str, *, limit: int | None = None, before: str | None = None, timeout: float | None = None) -> ConversationWithMessages:
        """The conversation with its newest page of messages, in order."""
        return self._do(requests.get_conversation(id, {"limit": limit, "before": before}), timeout)

    def messages(self, id: str, *, timeout: float | None = None) -> Iterator[Message]:
        """Every message, newest first: pages are asked for as they are needed."""
        before: str | None = None
        while True:
            page = self.get(id, limit=200, before=before, timeout=timeout)
            for message in reversed(page.messages):
                yield message
            if not page.has_more or not page.messages:
                return
            before = page.messages[0].id

    def update(self, id: str, patch: Mapping[str, Any], *, timeout: float | None = None) -> Conversation:
        """`title`, `metadata`, `pinned`, `archived`, `tags`."""
        return self._do(requests.update_conversation(id, patch), timeout)

    def delete(self, id: str, *, timeout: float | None = None) -> None:
        """With its messages and the memory learnt from it."""
        self._do(requests.delete_conversation(id), timeout)


class Memory(_Resource):
    """What the agent remembers."""

    def search(self, query: str, *, timeout: float | None = None, **fields: Any) -> MemoryResults:
        """`limit`, `type`, `since`, `until`, `conversation_id`, `min_score`, `person`."""
        return self._do(requests.search_memory({"query": query, **fields}), timeout)

    def add(self, content: str, *, timeout: float | None = None, **fields: Any) -> MemoryEntry:
        """One entry. Not repeated where the connection breaks before the answer: it may have been added."""
        return self._do(requests.add_memory({"content": content, **fields}), timeout)

    def add_many(self, entries: Sequence[Mapping[str, Any]], *, person: str | None = None, timeout: float | None = None) -> list[MemoryEntry]:
        """Many at once, at most 500, in order. Not repeated, as `add`."""
        return self._do(requests.add_memories(entries, person), timeout)

    def get(self, id: str, *, timeout: float | None = None) -> MemoryEntry:
        return self._do(requests.get_memory(id), timeout)

    def update(self, id: str, patch: Mapping[str, Any], *, timeout: float | None = None) -> MemoryEntry:
        return self._do(requests.update_memory(id, patch), timeout)

    def forget(self, id: str, *, timeout: float | None = None) -> None:
        self._do(requests.forget_memory(id), timeout)

    def stats(self, *, timeout: float | None = None) -> dict[str, Any]:
        return self._do(requests.memory_stats(), timeout)

    def prune(self, *, timeout: float | None = None, **criteria: Any) -> dict[str, Any]:
        """Needs a criterion, and `confirm=True` or `dry_run=True`."""
        return self._do(requests.prune_memory(criteria), timeout)


class Files(_Resource):
    """Files of messages and replies."""

    def upload(
        self, name: str, content: bytes, *, media_type: str = "application/octet-stream", timeout: float | None = None
    ) -> StoredFile:
        """One that no message names within a day goes again."""
        return self._do(requests.upload_file(name, content, media_type), timeout)

    def get(self, id: str, *, timeout: float | None = None) -> StoredFile:
        return self._do(requests.get_file(id), timeout)

    def content(self, id: str, *, timeout: float | None = None) -> bytes:
        """All of it."""
        settings = self._transport.settings
        deadline = Deadline(settings.timeout if timeout is None else timeout)
        return (self._transport.run(call(settings, requests.file_content(id), deadline))).body


class Tokens(_Resource):
    """Tokens of one's own, for programs and persons. Wants the scope `admin`."""

    def list(self, *, timeout: float | None = None) -> list[Token]:
        return self._do(requests.list_tokens(), timeout)

    def create(self, name: str, scopes: Sequence[str], *, timeout: float | None = None, **fields: Any) -> CreatedToken:
        """The reply alone has the token itself."""
        return self._do(requests.create_token({"name": name, "scopes": list(scopes), **fields}), timeout)

    def revoke(self, id: str, *, timeout: float | None = None) -> None:
        """Its streams and sockets end within two seconds."""
        self._do(requests.revoke_token(id), timeout)


class Schedules(_Resource):
    """Messages that are sent to the agent at set times. Wants the scope `admin`."""

    def list(self, *, timeout: float | None = None, **query: Any) -> dict[str, Any]:
        """Newest first, under `schedules`; `limit`, `offset`, `person`."""
        return self._do(requests.list_schedules(query), timeout)

    def get(self, id: str, *, timeout: float | None = None) -> dict[str, Any]:
        return self._do(requests.get_schedule(id), timeout)

    def create(self, message: str, *, timeout: float | None = None, **fields: Any) -> dict[str, Any]:
        """`cron` or `at`; `timezone`, `missed`, `name`, …. Look at `next_runs`: it says when you will hear of it."""
        return self._do(requests.create_schedule({"message": message, **fields}), timeout)

    def update(self, id: str, *, timeout: float | None = None, **patch: Any) -> dict[str, Any]:
        """Other times, and switching it on, count from now."""
        return self._do(requests.update_schedule(id, patch), timeout)

    def remove(self, id: str, *, timeout: float | None = None) -> None:
        self._do(requests.remove_schedule(id), timeout)


class Skills(_Resource):
    """What the agent was taught. Wants the scope `admin`."""

    def list(self, *, timeout: float | None = None) -> list[Skill]:
        return self._do(requests.list_skills(), timeout)

    def get(self, name: str, *, timeout: float | None = None) -> dict[str, Any]:
        """With its `instructions` and `files`."""
        return self._do(requests.get_skill(name), timeout)

    def install(self, files: Mapping[str, str], *, replace: bool = False, timeout: float | None = None, **fields: Any) -> InstalledSkill:
        """Text by path, `SKILL.md` among them; `digest`, `path`. Look at `findings` before it is used."""
        return self._do(requests.install_skill({"files": dict(files), "replace": replace, **fields}), timeout)

    def set_status(self, name: str, status: str, *, timeout: float | None = None) -> Skill:
        """`active` or `disabled`."""
        return self._do(requests.set_skill_status(name, status), timeout)

    def remove(self, name: str, *, timeout: float | None = None) -> None:
        """On every worker at once."""
        self._do(requests.remove_skill(name), timeout)


class Config(_Resource):
    """The configuration of every process. Wants the scope `admin`."""

    def get(self, *, timeout: float | None = None) -> ShownConfig:
        """In force, without secrets, and the mark to change it under."""
        settings = self._transport.settings
        steps = call(settings, requests.get_config(), Deadline(settings.timeout if timeout is None else timeout))
        response = self._transport.run(steps)
        return ShownConfig(config=dict(json_in(response)), etag=response.headers.get("etag"))

    def update(self, patch: Mapping[str, Any], *, if_match: str | None = None, timeout: float | None = None) -> ChangedConfig:
        """A merge patch: what is left out stays, None goes back to what file and environment say."""
        return self._do(requests.update_config(patch, if_match), timeout)

    def revisions(self, *, timeout: float | None = None, **query: Any) -> dict[str, Any]:
        """Newest first; `limit`, `offset`."""
        return self._do(requests.config_revisions(query), timeout)

    def restore(self, revision: int, *, if_match: str | None = None, timeout: float | None = None) -> ChangedConfig:
        return self._do(requests.restore_config(revision, if_match), timeout)


class OpenClawClient(_Resource):
    """A gateway, as one token sees it.

    `base_url` and `token` default to `OPENCLAW_BASE_URL` (else http://127.0.0.1:18789) and `GATEWAY_AUTH_TOKEN`; `timeout` is in
    seconds, for a whole call with its retries.

        client = OpenClawClient(base_url="http://127.0.0.1:18789", token=os.environ["GATEWAY_AUTH_TOKEN"])
        response = client.message("What is the weather tomorrow?")
        print(response.content)
    """

    def __init__(
        self,
        *,
        base_url: str | None = None,
        token: str | None = None,
        timeout: float = TIMEOUT,
        max_retries: int = MAX_RETRIES,
    ) -> None:
        super().__init__(Transport(settings_of(base_url, token, timeout, max_retries)))
        self.messages = Messages(self._transport)
        self.conversations = Conversations(self._transport)
        self.memory = Memory(self._transport)
        self.files = Files(self._transport)
        self.tokens = Tokens(self._transport)
        self.schedules = Schedules(self._transport)
        self.skills = Skills(self._transport)
        self.config = Config(self._transport)

    def message(self, message: str, *, idempotency_key: str | None = None, timeout: float | None = None, **fields: Any) -> Reply:
        """Asks, and waits for the whole reply; see `messages.create`."""
        return self.messages.create(message, idempotency_key=idempotency_key, timeout=timeout, **fields)

    def message_stream(
        self,
        message: str,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        cancel_on_timeout: bool = False,
        **fields: Any,
    ) -> RunStream:
        """Asks, and gives what happens as it happens.

            stream = client.message_stream("Write a poem")
            for event in stream:
                if isinstance(event, TokenEvent):
                    print(event.content, end="")
        """
        return self.messages.stream(
            message, idempotency_key=idempotency_key, timeout=timeout, cancel_on_timeout=cancel_on_timeout, **fields
        )

    def health(self, *, timeout: float | None = None) -> dict[str, Any]:
        """How the gateway and what it needs are; one that is not well is an answer too (`"status": "degraded"`)."""
        return self._transport.run(health(self._transport.settings, timeout))

    def status(self, *, timeout: float | None = None) -> dict[str, Any]:
        return self._do(requests.status(), timeout)

    def logs(self, *, timeout: float | None = None, **query: Any) -> dict[str, Any]:
        """The newest lines of every process, the newest last; `lines`, `level`, `q`, `request_id`, …. Wants the scope `admin`."""
        return self._do(requests.list_logs(query), timeout)

    def usage(self, *, since: str | None = None, until: str | None = None, timeout: float | None = None, **query: Any) -> dict[str, Any]:
        """Tokens and cost by `group_by` (`day`, `model`, `token`, `person`, `conversation`), at or after `since` and before `until`."""
        return self._do(requests.usage({**query, "from": since, "to": until}), timeout)

    def audit(self, *, timeout: float | None = None, **query: Any) -> dict[str, Any]:
        """What changed the system, newest first; `limit`, `offset`. Wants the scope `admin`."""
        return self._do(requests.list_audit(query), timeout)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        repeatable: bool | None = None,
        timeout: float | None = None,
    ) -> Any:
        """Any route, also one that this version knows nothing of: its reply's JSON."""
        may_repeat = method != "POST" if repeatable is None else repeatable
        return self._do(requests.any_route(method, path, query, json, may_repeat), timeout)

    def close(self) -> None:
        """Lets go of the connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
