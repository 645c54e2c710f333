"""Both clients do what every SDK must: the vectors of test/conformance/sdk."""

from __future__ import annotations

import asyncio
import json
import re
import urllib.request
from typing import Any

import pytest

from openclaw import ApiError, AsyncOpenClawClient, ConnectionError, EndEvent, Event, OpenClawClient, OpenClawError, TokenEvent

Done = tuple[Any, list[list[Any]], OpenClawError | None]


def blocking(base_url: str, call: dict[str, Any]) -> Done:
    events: list[list[Any]] = []
    with OpenClawClient(base_url=base_url, token="secret-token", timeout=20) as client:
        try:
            match call["do"]:
                case "message":
                    return client.message(call["text"]), events, None
                case "remember":
                    return client.memory.add(call["text"]), events, None
                case "get":
                    return client.request("GET", "/api/v1/status"), events, None
                case "delete":
                    return client.conversations.delete("conv_1"), events, None
            stream = client.message_stream(call["text"])
            for event in stream:
                events.append(told(event))
            reply = stream.reply()
            assert stream.text == reply.content
            return reply, events, None
        except OpenClawError as error:
            return None, events, error


def with_asyncio(base_url: str, call: dict[str, Any]) -> Done:
    async def run() -> Done:
        events: list[list[Any]] = []
        async with AsyncOpenClawClient(base_url=base_url, token="secret-token", timeout=20) as client:
            try:
                match call["do"]:
                    case "message":
                        return await client.message(call["text"]), events, None
                    case "remember":
                        return await client.memory.add(call["text"]), events, None
                    case "get":
                        return await client.request("GET", "/api/v1/status"), events, None
                    case "delete":
                        return await client.conversations.delete("conv_1"), events, None
                stream = client.message_stream(call["text"])
                async for event in stream:
                    events.append(told(event))
                reply = await stream.reply()
                assert stream.text == reply.content
                return reply, events, None
            except OpenClawError as error:
                return None, events, error

    return asyncio.run(run())


def told(event: Event) -> list[Any]:
    return [event.type, event.content if isinstance(event, TokenEvent | EndEvent) else None]


@pytest.mark.parametrize("run", [blocking, with_asyncio])
def test_vector(server: str, vector: dict[str, Any], run: Any) -> None:
    base_url, outcome = f"{server}/{vector['name']}", vector["outcome"]
    value, events, failure = run(base_url, vector["call"])
    check_end(value, failure, outcome)
    with urllib.request.urlopen(f"{base_url}/seen") as response:
        check_requests(json.load(response), outcome)
    if "events" in outcome:
        assert events == outcome["events"]


def check_end(value: Any, failure: OpenClawError | None, outcome: dict[str, Any]) -> None:
    error = outcome.get("error")
    if error is None:
        assert failure is None
        if "reply" in outcome:
            assert (value.role, value.content) == ("assistant", outcome["reply"]["content"])
        for name, expected in outcome.get("value", {}).items():
            assert (value[name] if isinstance(value, dict) else getattr(value, name)) == expected
        return
    if error.get("connection"):
        assert isinstance(failure, ConnectionError)
        return
    assert isinstance(failure, ApiError)
    assert (failure.status, failure.code) == (error["status"], error["code"])
    for name in ("request_id", "retry_after", "message_id"):
        if name in error:
            assert getattr(failure, name) == error[name]
    assert error.get("says", "") in str(failure)


def check_requests(seen: list[dict[str, Any]], outcome: dict[str, Any]) -> None:
    if "requests" in outcome:
        assert len(seen) == outcome["requests"]
    assert {request["authorization"] for request in seen} == {"Bearer secret-token"}
    if outcome.get("one_key"):
        keys = {request["key"] for request in seen}
        assert len(keys) == 1
        assert re.fullmatch(r"[\x21-\x7e]{8,255}", keys.pop())
    if "after" in outcome:
        assert [request["after"] for request in seen] == outcome["after"]
    if "paths" in outcome:
        assert [request["path"] for request in seen] == outcome["paths"]
