"""Of this package; as in pyproject.toml, which a test compares."""

VERSION = "0.1.0"
