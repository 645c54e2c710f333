"""The server that plays the vectors which every SDK must pass; `npm run test:python` says where Node is."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
SERVER = ROOT / "test" / "conformance" / "sdk" / "vector-server.mjs"
_TELL = f"import('{(SERVER.parent / 'vectors.mjs').as_uri()}').then(({{ VECTORS }}) => console.log(JSON.stringify(VECTORS)))"
VECTORS: list[dict[str, Any]] = json.loads(subprocess.check_output([os.environ.get("NODE", "node"), "-e", _TELL], text=True))


@pytest.fixture(scope="session")
def vector_server() -> Iterator[str]:
    process = subprocess.Popen([os.environ.get("NODE", "node"), str(SERVER)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield json.loads(process.stdout.readline())["url"]
    process.kill()
    process.wait()


@pytest.fixture
def server(vector_server: str) -> str:
    """Its address; each test's first request of a vector is the vector's first."""
    urllib.request.urlopen(urllib.request.Request(f"{vector_server}/all/seen", method="DELETE")).close()
    return vector_server


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes a `vector` is run once for each."""
    if "vector" in metafunc.fixturenames:
        metafunc.parametrize("vector", VECTORS, ids=[each["name"] for each in VECTORS])
