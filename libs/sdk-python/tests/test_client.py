"""What is of Python alone."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import openclaw
from openclaw import AsyncOpenClawClient, OpenClawClient, OpenClawError
from openclaw._core import retry_after_of
from openclaw._sse import EventParser


def test_the_version_is_the_manifests() -> None:
    manifest = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())
    assert openclaw.__version__ == manifest["project"]["version"]


def test_a_proxy_of_the_environment_has_no_part_in_loopback(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "socks5://127.0.0.1:1")
    with OpenClawClient(base_url=f"{server}/plain", token="t") as client:
        assert client.message("Hello").content == "Hello, you"


def test_one_asyncio_client_in_three_loops(server: str, capfd: pytest.CaptureFixture[str]) -> None:
    client = AsyncOpenClawClient(base_url=f"{server}/unicode", token="t", max_retries=0)

    async def ask() -> object:
        try:
            return await client.message("Hello")
        except openclaw.ApiError as error:
            return error.status  # the vector has one answer; the server is there all the same

    first, second, third = (asyncio.run(ask()) for _ in range(3))
    assert isinstance(first, openclaw.Reply)
    assert (second, third) == (599, 599)
    assert capfd.readouterr().err == ""


def test_a_loop_that_is_left_closes_its_connection(server: str) -> None:
    with OpenClawClient(base_url=f"{server}/stream", token="t") as client:
        stream = client.message_stream("Hello")
        for event in stream:
            assert event.type == "start"
            break
        assert stream.seq == 1
        assert client._transport._client._transport._pool.connections == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("address", ["", "127.0.0.1:18789", "ftp://x", "http://"])
def test_an_address_that_is_none_is_said_so(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENCLAW_BASE_URL", address or "nonsense")
    with pytest.raises(OpenClawError, match="base_url must be"):
        OpenClawClient()


def test_the_token_is_in_no_repr() -> None:
    assert "secret" not in repr(OpenClawClient(token="secret")._transport.settings)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("0", 0.0), ("7", 7.0), ("86400", 86_400.0), ("Wed, 25 Nov 2020 18:00:10 GMT", 0.0), ("soon", None), ("-5", None), ("", None), (None, None)],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert retry_after_of(header) == seconds


def test_events_whatever_the_pieces() -> None:
    text = "\ufeff: hello\r\n\r\ndata:one\r\ndata: two\u2028\u0085\r\rmood: x\ndata\n\ndata: {\n\n".encode()
    for size in range(1, len(text) + 1):
        parser = EventParser()
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        assert [data for piece in pieces for data in parser.feed(piece)] == ["one\ntwo\u2028\u0085", "{"]


def test_a_script_that_asks_once_ends_by_itself(server: str) -> None:
    script = f"from openclaw import OpenClawClient\nprint(OpenClawClient(base_url='{server}/plain', token='t').message('Hi').content)"
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("Hello, you\n", "", 0)
