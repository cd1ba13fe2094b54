"""Secrets in a command are not written down."""

import pytest

from lrsearch.command.secrets import without_secrets


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        (["--wandb-key", "abc", "x"], ("--wandb-key", "***", "x")),
        (["--token=abc=def"], ("--token=***",)),
        (["env", "OPENAI_API_KEY=abc", "python"], ("env", "OPENAI_API_KEY=***", "python")),
        (["trainer.db_password=abc"], ("trainer.db_password=***",)),
        (["postgres://me:abc@db/x"], ("postgres://me:***@db/x",)),
        (["--url=https://me:abc@host:8080/a@b"], ("--url=https://me:***@host:8080/a@b",)),
    ],
)
def test_hidden(command, shown):
    """Values of names that end in a word for a secret, and passwords in URLs."""
    assert without_secrets(command) == shown


@pytest.mark.parametrize(
    "command",
    [
        ["--lr={lr}", "--key={seed}", "--token", "{seed}"],
        ["--token", "--verbose"],
        ["--key="],
        ["--keys=3", "--tokens", "512", "--max-tokens=64", "monkey.py"],
        ["https://host:8080/path", "a:b@c"],
    ],
)
def test_shown(command):
    """Placeholders, flags, and names that only look alike."""
    assert without_secrets(command) == tuple(command)
