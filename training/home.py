"""The KEDERGI_HOME that the bot uses: from the environment, or a line of `.env`, as the bot reads it."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class _Home(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="KEDERGI_", env_file=".env", env_ignore_empty=True, extra="ignore")

    home: Path = Path("var")


def kedergi_home() -> Path:
    """The folder of the database, snapshots and models."""
    return _Home().home
