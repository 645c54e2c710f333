"""The two ways to run what the core says: blocking, and with asyncio."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import AsyncIterator, Generator, Iterator
from typing import Any, TypeVar, cast

import httpx2

from ._core import SILENCE, Command, Emit, Lost, Open, Pause, Read, Request, Response, Send, Settings, Steps
from ._core import body_of, headers_of, query_of
from ._models import Event

Result = TypeVar("Result")
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


class Transport:
    """Runs steps and blocks meanwhile."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._client = httpx2.Client(trust_env=not settings.is_loopback)
        weakref.finalize(self, self._client.close)  # a script that closes nothing leaves nothing open

    def run(self, steps: Steps[Result]) -> Result:
        """What the steps return; what they emit is dropped."""
        events = self.emitted(steps)
        while True:
            try:
                next(events)
            except StopIteration as end:
                return cast(Result, end.value)

    def emitted(self, steps: Steps[Result]) -> Generator[Event, None, Result]:
        """What the steps emit. Left early, it closes what is open."""
        opened: httpx2.Response | None = None
        pieces: Iterator[bytes] = iter(())
        try:
            command = next(steps)
            while True:
                try:
                    value: Any = None
                    if isinstance(command, Emit):
                        yield command.event
                    elif isinstance(command, Pause):
                        time.sleep(command.seconds)
                    elif isinstance(command, Send):
                        value = self._send(command.request, command.timeout)
                    elif isinstance(command, Open):
                        if opened is not None:
                            opened.close()
                        opened, value = self._open(command.request, command.timeout)
                        pieces = opened.iter_bytes()
                    elif isinstance(command, Read):
                        value = next(pieces, None)
                except httpx2.TransportError as error:
                    command = steps.throw(_lost(error))
                else:
                    command = steps.send(value)
        except StopIteration as end:
            return cast(Result, end.value)
        finally:
            steps.close()
            if opened is not None:
                opened.close()

    def close(self) -> None:
        """Lets go of the connections."""
        self._client.close()

    def _send(self, request: Request, timeout: float) -> Response:
        return _response(self._client.send(_built(self._client, self.settings, request, _times(timeout))))

    def _open(self, request: Request, timeout: float) -> tuple[httpx2.Response, Response]:
        built = _built(self._client, self.settings, request, _times(timeout, SILENCE))
        response = self._client.send(built, stream=True)
        if not response.is_success:
            response.read()
        return response, _response(response)


class AsyncTransport:
    """Runs steps with asyncio. Each running loop has connections of its own; those of one that ended are dropped."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._clients: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, httpx2.AsyncClient] = weakref.WeakKeyDictionary()

    async def run(self, steps: Steps[Result]) -> Result:
        """What the steps return; what they emit is dropped."""
        results: list[Result] = []
        async for _ in self.emitted(steps, results):
            pass
        return results[0]

    async def emitted(self, steps: Steps[Result], results: list[Result] | None = None) -> AsyncIterator[Event]:
        """What the steps emit, and what they return put into `results`. Left early, it closes what is open."""
        opened: httpx2.Response | None = None
        pieces: AsyncIterator[bytes] | None = None
        try:
            command: Command = next(steps)
            while True:
                try:
                    value: Any = None
                    if isinstance(command, Emit):
                        yield command.event
                    elif isinstance(command, Pause):
                        await asyncio.sleep(command.seconds)
                    elif isinstance(command, Send):
                        value = await self._send(command.request, command.timeout)
                    elif isinstance(command, Open):
                        if opened is not None:
                            await opened.aclose()
                        opened, value = await self._open(command.request, command.timeout)
                        pieces = opened.aiter_bytes()
                    elif isinstance(command, Read) and pieces is not None:
                        value = await anext(pieces, None)
                except httpx2.TransportError as error:
                    command = steps.throw(_lost(error))
                else:
                    command = steps.send(value)
        except StopIteration as end:
            if results is not None:
                results.append(end.value)
        finally:
            steps.close()
            if opened is not None:
                await opened.aclose()

    async def close(self) -> None:
        """Lets go of the connections of the running loop."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    def _client(self) -> httpx2.AsyncClient:
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients[loop] = httpx2.AsyncClient(trust_env=not self.settings.is_loopback)
        return self._clients[loop]

    async def _send(self, request: Request, timeout: float) -> Response:
        client = self._client()
        return _response(await client.send(_built(client, self.settings, request, _times(timeout))))

    async def _open(self, request: Request, timeout: float) -> tuple[httpx2.Response, Response]:
        client = self._client()
        response = await client.send(_built(client, self.settings, request, _times(timeout, SILENCE)), stream=True)
        if not response.is_success:
            await response.aread()
        return response, _response(response)


def _times(timeout: float, read: float | None = None) -> httpx2.Timeout:
    return httpx2.Timeout(timeout, read=timeout if read is None else min(timeout, read), connect=min(timeout, 10.0))


def _built(
    client: httpx2.Client | httpx2.AsyncClient, settings: Settings, request: Request, timeout: httpx2.Timeout
) -> httpx2.Request:
    return client.build_request(
        request.method,
        settings.base_url + request.path,
        params=query_of(request) or None,
        content=body_of(request),
        headers=headers_of(settings, request),
        timeout=timeout,
    )


def _response(response: httpx2.Response) -> Response:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Response(response.status_code, headers, response.content if response.is_stream_consumed else b"")


def _lost(error: httpx2.TransportError) -> Lost:
    why = str(error) or type(error).__name__
    return Lost(why, never_sent=isinstance(error, _NEVER_SENT), hopeless="CERTIFICATE" in why.upper())
