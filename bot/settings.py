"""The settings: the one reader of the environment.

Every setting is an environment variable KEDERGI_<NAME>, or a line of a file `.env` in the working folder. Folders and
limits are checked here, once, and every error names the variable and what is allowed.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SettingsError

ALMATY = ZoneInfo("Asia/Almaty")
DATA = Path(__file__).resolve().parent.parent / "data"


class Settings(BaseSettings):
    """What the person who runs the bot may choose. Field descriptions become the table in README.md."""

    model_config = SettingsConfigDict(
        env_prefix="KEDERGI_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    home: Path = Field(Path("var"), description="Folder of the database, the pseudonym key, models and backups.")
    telegram_token: SecretStr | None = Field(None, description="Token from @BotFather. Without it: terminal.")
    telegram_api_url: str = Field(
        "https://api.telegram.org/bot", description="What stands before `<token>/method` in a Bot API address."
    )
    webhook_url: str | None = Field(
        None,
        pattern=r"^https://[^\s/]+(/\S*)?$",
        description="Address (https) at which Telegram reaches this bot. Without it the bot fetches its updates.",
    )
    webhook_secret: SecretStr | None = Field(
        None, description="What Telegram proves itself with at that address. Without it: a new one at every start."
    )
    webhook_host: str = Field("127.0.0.1", description="Where the proxy before that address finds the bot.")
    webhook_port: int = Field(8443, ge=0, le=65535, description="The port there.")
    admin_id: int | None = Field(None, gt=0, description="Numeric id of the private chat that receives alarms.")
    send_rate: float = Field(25, ge=0, description="Messages a second over all chats; 0 means no limit.")
    threads: int = Field(1, ge=1, le=64, description="Processor threads of the coder.")
    coder: bool = Field(True, description="Whether answers are coded while the bot runs.")
    round: str = Field("2026", min_length=1, max_length=40, description="Name of the period of data collection.")
    round_ends: date = Field(date(2027, 6, 30), description="Last day of the round; invitation links end with it.")
    pilot: bool = Field(False, description="Pilot round: asks after each question whether it was clear; never counted.")
    quotas: dict[str, int] = Field(
        default_factory=dict, description='Places per role, as JSON: {"principal": 10}. A role not named has no limit.'
    )
    school_quota: int | None = Field(None, ge=1, description="Places per school; empty means no limit.")
    quota_counts_unfinished: bool = Field(False, description="Whether an unfinished interview fills a place.")
    backups: bool = Field(True, description="Whether a backup is made every night in the folder `backups` of the home.")
    backup_days: int = Field(
        14, ge=1, le=14, description="Days after which a backup is deleted; respondents are told 14 at most."
    )
    keep_unanswered_days: int = Field(
        90, ge=1, description="Days of silence after which an interview without any answer is forgotten."
    )
    keep_dead_letters_days: int = Field(
        30, ge=1, description="Days after which the text of a message that could not be handled is forgotten."
    )
    keep_link_days: int = Field(
        365,
        ge=1,
        le=365,
        description="Days after the round's end until nothing leads from answers to a Telegram chat any more, at most "
        "the year that respondents are told; who allowed to be asked again stays reachable.",
    )
    metrics_port: int | None = Field(
        None, ge=1, le=65535, description="Port on 127.0.0.1 that gives figures to Prometheus; empty means none."
    )
    double_share: float = Field(
        0.2, ge=0, le=1, description="Share of the answers that two people code without seeing each other."
    )
    least_shown: int = Field(5, ge=3, description="Smallest number of people that the digest shows.")
    study: str = Field("", max_length=300, description="Name of the study and who runs it, as respondents read it.")
    approval: str = Field("", max_length=300, description="Ethical approval of the study, as respondents read it.")
    stored_in: str = Field(
        "",
        pattern="^([A-Z]{2})?$",
        description="Country where this machine stands, as you know it, for the doctor; the law asks for `KZ`.",
    )
    contact: str = Field("", max_length=300, description="Whom respondents can ask about the study.")

    @field_validator("quotas")
    @classmethod
    def _roles(cls, value: dict[str, int]) -> dict[str, int]:
        allowed = {"principal", "coordinator", "teacher", "specialist"}
        if wrong := set(value) - allowed or {role for role, places in value.items() if places < 0}:
            raise ValueError(f"{', '.join(sorted(wrong))}: allowed: {', '.join(sorted(allowed))} with numbers from 0")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _sendable(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", value.get_secret_value()):
            raise ValueError("allowed: 16 to 256 of the letters A-Z a-z 0-9 _ -")
        return value

    @property
    def backup_kept(self) -> timedelta:
        """How long a backup is kept."""
        return timedelta(days=self.backup_days)

    @property
    def round_end_time(self) -> datetime:
        """The first moment after the round, in Almaty time."""
        return datetime.combine(self.round_ends + timedelta(days=1), time(), ALMATY).astimezone(UTC)


def load_settings(**overrides: object) -> Settings:
    """The settings from the environment; `overrides` win. Raises SettingsError naming variable and reason."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic validates what the environment gives
    except ValidationError as error:
        first = error.errors()[0]
        name = "KEDERGI_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name}: {first['msg']}") from None
