"""The asyncio client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from . import _requests as requests
from ._core import MAX_RETRIES, TIMEOUT, Deadline, Run, answered, call, call_json, followed, health, json_in
from ._core import reply_of, sending, settings_of
from ._models import Accepted, ChangedConfig, Conversation, ConversationWithMessages, CreatedToken, Event, InstalledSkill, MemoryEntry
from ._models import MemoryResults, Message, MessageStatus, Reply, ShownConfig, Skill, StoredFile, Token
from ._requests import ConversationPage, Route
from ._transport import AsyncTransport

Result = TypeVar("Result")


class AsyncRunStream:
    """A message on its way, as its events: `async for event in stream`, `await stream.reply()`, or both.

    A connection that breaks is taken up again after the last event, without a gap or a repeat. Leaving the loop closes the
    connection; the agent's work goes on, and another loop, or `reply()`, goes on where the last one stopped.
    """

    def __init__(self, transport: AsyncTransport, run: Run, timeout: float | None, cancel_on_timeout: bool) -> None:
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

    def __aiter__(self) -> AsyncIterator[Event]:
        steps = followed(self._run, self._transport.settings, self._timeout, self._cancel_on_timeout)
        return self._transport.emitted(steps)

    async def reply(self) -> Reply:
        """The whole reply, at the end. Raises how the message failed."""
        async for _ in self:
            pass
        return reply_of(self._run)


class _AsyncResource:
    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def _do(self, route: Route[Result], timeout: float | None) -> Result:
        return route.parse(await self._transport.run(call_json(self._transport.settings, route.request, timeout)))


class AsyncMessages(_AsyncResource):
    """Messages to the agent, and what becomes of them."""

    async def create(
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
        return await self._transport.run(answered(self._transport.settings, request, timeout))

    async def send(self, message: str, *, idempotency_key: str | None = None, timeout: float | None = None, **fields: Any) -> Accepted:
        """Sends, and returns as soon as it is accepted."""
        request = sending(message, {**fields, "wait_for_response": False}, idempotency_key)
        return await self._do(requests.accepted(request), timeout)

    def stream(
        self,
        message: str,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        cancel_on_timeout: bool = False,
        **fields: Any,
    ) -> AsyncRunStream:
        """Sends when it is first read, and gives what happens as it happens."""
        return AsyncRunStream(self._transport, Run(sending(message, fields, idempotency_key)), timeout, cancel_on_timeout)

    def events(self, id: str, *, after_seq: int = 0, timeout: float | None = None) -> AsyncRunStream:
        """The events of a message that is known, after the event `after_seq`."""
        return AsyncRunStream(self._transport, Run(None, id=id, seq=after_seq), timeout, False)

    async def status(self, id: str, *, timeout: float | None = None) -> MessageStatus:
        """What became of it."""
        return await self._do(requests.message_status(id), timeout)

    async def cancel(self, id: str, *, timeout: float | None = None) -> MessageStatus:
        """Stops the agent's work on it. Raises ConflictError where it is over already."""
        return await self._do(requests.cancel_message(id), timeout)


class AsyncConversations(_AsyncResource):
    """What was said, by conversation."""

    async def list(self, *, timeout: float | None = None, **query: Any) -> ConversationPage:
        """One page, last active first; `limit`, `offset`, `channel`, `since`, `until`, `q`."""
        return await self._do(requests.list_conversations(query), timeout)

    async def all(self, *, timeout: float | None = None, **query: Any) -> AsyncIterator[Conversation]:
        """Every one, page after page."""
        offset: int | None = 0
        while offset is not None:
            page = await self.list(timeout=timeout, **{**query, "offset": offset})
            for item in page.items:
                yield item
            offset = page.next_offset

    async def get(self, id: str, *, limit: int | None = None, before: str | None = None, timeout: float | None = None) -> ConversationWithMessages:
        """The conversation with its newest page of messages, in order."""
        return await self._do(requests.get_conversation(id, {"limit": limit, "before": before}), timeout)

    async def messages(self, id: str, *, timeout: float | None = None) -> AsyncIterator[Message]:
        """Every message, newest first: pages are asked for as they are needed."""
        before: str | None = None
        while True:
            page = await self.get(id, limit=200, before=before, timeout=timeout)
            for message in reversed(page.messages):
                yield message
            if not page.has_more or not page.messages:
                return
            before = page.messages[0].id

    async def update(self, id: str, patch: Mapping[str, Any], *, timeout: float | None = None) -> Conversation:
        """`title`, `metadata`, `pinned`, `archived`, `tags`."""
        return await self._do(requests.update_conversation(id, patch), timeout)

    async def delete(self, id: str, *, timeout: float | None = None) -> None:
        """With its messages and the memory learnt from it."""
        await self._do(requests.delete_conversation(id), timeout)


class AsyncMemory(_AsyncResource):
    """What the agent remembers."""

    async def search(self, query: str, *, timeout: float | None = None, **fields: Any) -> MemoryResults:
        """`limit`, `type`, `since`, `until`, `conversation_id`, `min_score`, `person`."""
        return await self._do(requests.search_memory({"query": query, **fields}), timeout)

    async def add(self, content: str, *, timeout: float | None = None, **fields: Any) -> MemoryEntry:
        """One entry. Not repeated where the connection breaks before the answer: it may have been added."""
        return await self._do(requests.add_memory({"content": content, **fields}), timeout)

    async def add_many(self, entries: Sequence[Mapping[str, Any]], *, person: str | None = None, timeout: float | None = None) -> list[MemoryEntry]:
        """Many at once, at most 500, in order. Not repeated, as `add`."""
        return await self._do(requests.add_memories(entries, person), timeout)

    async def get(self, id: str, *, timeout: float | None = None) -> MemoryEntry:
        return await self._do(requests.get_memory(id), timeout)

    async def update(self, id: str, patch: Mapping[str, Any], *, timeout: float | None = None) -> MemoryEntry:
        return await self._do(requests.update_memory(id, patch), timeout)

    async def forget(self, id: str, *, timeout: float | None = None) -> None:
        await self._do(requests.forget_memory(id), timeout)

    async def stats(self, *, timeout: float | None = None) -> dict[str, Any]:
        return await self._do(requests.memory_stats(), timeout)

    async def prune(self, *, timeout: float | None = None, **criteria: Any) -> dict[str, Any]:
        """Needs a criterion, and `confirm=True` or `dry_run=True`."""
        return await self._do(requests.prune_memory(criteria), timeout)


class AsyncFiles(_AsyncResource):
    """Files of messages and replies."""

    async def upload(
        self, name: str, content: bytes, *, media_type: str = "application/octet-stream", timeout: float | None = None
    ) -> StoredFile:
        """One that no message names within a day goes again."""
        return await self._do(requests.upload_file(name, content, media_type), timeout)

    async def get(self, id: str, *, timeout: float | None = None) -> StoredFile:
        return await self._do(requests.get_file(id), timeout)

    async def content(self, id: str, *, timeout: float | None = None) -> bytes:
        """All of it."""
        settings = self._transport.settings
        deadline = Deadline(settings.timeout if timeout is None else timeout)
        return (await self._transport.run(call(settings, requests.file_content(id), deadline))).body


class AsyncTokens(_AsyncResource):
    """Tokens of one's own, for programs and persons. Wants the scope `admin`."""

    async def list(self, *, timeout: float | None = None) -> list[Token]:
        return await self._do(requests.list_tokens(), timeout)

    async def create(self, name: str, scopes: Sequence[str], *, timeout: float | None = None, **fields: Any) -> CreatedToken:
        """The reply alone has the token itself."""
        return await self._do(requests.create_token({"name": name, "scopes": list(scopes), **fields}), timeout)

    async def revoke(self, id: str, *, timeout: float | None = None) -> None:
        """Its streams and sockets end within two seconds."""
        await self._do(requests.revoke_token(id), timeout)


class AsyncSchedules(_AsyncResource):
    """Messages that are sent to the agent at set times. Wants the scope `admin`."""

    async def list(self, *, timeout: float | None = None, **query: Any) -> dict[str, Any]:
        """Newest first, under `schedules`; `limit`, `offset`, `person`."""
        return await self._do(requests.list_schedules(query), timeout)

    async def get(self, id: str, *, timeout: float | None = None) -> dict[str, Any]:
        return await self._do(requests.get_schedule(id), timeout)

    async def create(self, message: str, *, timeout: float | None = None, **fields: Any) -> dict[str, Any]:
        """`cron` or `at`; `timezone`, `missed`, `name`, …. Look at `next_runs`: it says when you will hear of it."""
        return await self._do(requests.create_schedule({"message": message, **fields}), timeout)

    async def update(self, id: str, *, timeout: float | None = None, **patch: Any) -> dict[str, Any]:
        """Other times, and switching it on, count from now."""
        return await self._do(requests.update_schedule(id, patch), timeout)

    async def remove(self, id: str, *, timeout: float | None = None) -> None:
        await self._do(requests.remove_schedule(id), timeout)


class AsyncSkills(_AsyncResource):
    """What the agent was taught. Wants the scope `admin`."""

    async def list(self, *, timeout: float | None = None) -> list[Skill]:
        return await self._do(requests.list_skills(), timeout)

    async def get(self, name: str, *, timeout: float | None = None) -> dict[str, Any]:
        """With its `instructions` and `files`."""
        return await self._do(requests.get_skill(name), timeout)

    async def install(self, files: Mapping[str, str], *, replace: bool = False, timeout: float | None = None, **fields: Any) -> InstalledSkill:
        """Text by path, `SKILL.md` among them; `digest`, `path`. Look at `findings` before it is used."""
        return await self._do(requests.install_skill({"files": dict(files), "replace": replace, **fields}), timeout)

    async def set_status(self, name: str, status: str, *, timeout: float | None = None) -> Skill:
        """`active` or `disabled`."""
        return await self._do(requests.set_skill_status(name, status), timeout)

    async def remove(self, name: str, *, timeout: float | None = None) -> None:
        """On every worker at once."""
        await self._do(requests.remove_skill(name), timeout)


class AsyncConfig(_AsyncResource):
    """The configuration of every process. Wants the scope `admin`."""

    async def get(self, *, timeout: float | None = None) -> ShownConfig:
        """In force, without secrets, and the mark to change it under."""
        settings = self._transport.settings
        steps = call(settings, requests.get_config(), Deadline(settings.timeout if timeout is None else timeout))
        response = await self._transport.run(steps)
        return ShownConfig(config=dict(json_in(response)), etag=response.headers.get("etag"))

    async def update(self, patch: Mapping[str, Any], *, if_match: str | None = None, timeout: float | None = None) -> ChangedConfig:
        """A merge patch: what is left out stays, None goes back to what file and environment say."""
        return await self._do(requests.update_config(patch, if_match), timeout)

    async def revisions(self, *, timeout: float | None = None, **query: Any) -> dict[str, Any]:
        """Newest first; `limit`, `offset`."""
        return await self._do(requests.config_revisions(query), timeout)

    async def restore(self, revision: int, *, if_match: str | None = None, timeout: float | None = None) -> ChangedConfig:
        return await self._do(requests.restore_config(revision, if_match), timeout)


class AsyncOpenClawClient(_AsyncResource):
    """A gateway, as one token sees it.

    `base_url` and `token` default to `OPENCLAW_BASE_URL` (else http://127.0.0.1:18789) and `GATEWAY_AUTH_TOKEN`; `timeout` is in
    seconds, for a whole call with its retries.

        client = AsyncOpenClawClient(base_url="http://127.0.0.1:18789", token=os.environ["GATEWAY_AUTH_TOKEN"])
        response = await client.message("What is the weather tomorrow?")
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
        super().__init__(AsyncTransport(settings_of(base_url, token, timeout, max_retries)))
        self.messages = AsyncMessages(self._transport)
        self.conversations = AsyncConversations(self._transport)
        self.memory = AsyncMemory(self._transport)
        self.files = AsyncFiles(self._transport)
        self.tokens = AsyncTokens(self._transport)
        self.schedules = AsyncSchedules(self._transport)
        self.skills = AsyncSkills(self._transport)
        self.config = AsyncConfig(self._transport)

    async def message(self, message: str, *, idempotency_key: str | None = None, timeout: float | None = None, **fields: Any) -> Reply:
        """Asks, and waits for the whole reply; see `messages.create`."""
        return await self.messages.create(message, idempotency_key=idempotency_key, timeout=timeout, **fields)

    def message_stream(
        self,
        message: str,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        cancel_on_timeout: bool = False,
        **fields: Any,
    ) -> AsyncRunStream:
        """Asks, and gives what happens as it happens.

            stream = client.message_stream("Write a poem")
            async for event in stream:
                if isinstance(event, TokenEvent):
                    print(event.content, end="")
        """
        return self.messages.stream(
            message, idempotency_key=idempotency_key, timeout=timeout, cancel_on_timeout=cancel_on_timeout, **fields
        )

    async def health(self, *, timeout: float | None = None) -> dict[str, Any]:
        """How the gateway and what it needs are; one that is not well is an answer too (`"status": "degraded"`)."""
        return await self._transport.run(health(self._transport.settings, timeout))

    async def status(self, *, timeout: float | None = None) -> dict[str, Any]:
        return await self._do(requests.status(), timeout)

    async def logs(self, *, timeout: float | None = None, **query: Any) -> dict[str, Any]:
        """The newest lines of every process, the newest last; `lines`, `level`, `q`, `request_id`, …. Wants the scope `admin`."""
        return await self._do(requests.list_logs(query), timeout)

    async def usage(self, *, since: str | None = None, until: str | None = None, timeout: float | None = None, **query: Any) -> dict[str, Any]:
        """Tokens and cost by `group_by` (`day`, `model`, `token`, `person`, `conversation`), at or after `since` and before `until`."""
        return await self._do(requests.usage({**query, "from": since, "to": until}), timeout)

    async def audit(self, *, timeout: float | None = None, **query: Any) -> dict[str, Any]:
        """What changed the system, newest first; `limit`, `offset`. Wants the scope `admin`."""
        return await self._do(requests.list_audit(query), timeout)

    async def request(
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
        return await self._do(requests.any_route(method, path, query, json, may_repeat), timeout)

    async def close(self) -> None:
        """Lets go of the connections."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
