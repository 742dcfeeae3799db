"""What the operator sets: environment variables and ``.env``, prefixed ``ACCTFLOWS_``."""

import os
import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, PositiveFloat, PositiveInt, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from acctflows.clockwork.installation import MARK
from acctflows.clockwork.stand_in import SOCKET
from acctflows.errors import ConfigurationError

PREFIX = "ACCTFLOWS_"
OURS = {"ACCTFLOWS_TIMEZONE", MARK, SOCKET}
"""What the supervisor sets for its children; for nobody else to set."""


def _shaped(pattern: str, advice: str) -> AfterValidator:
    """Accepts the empty text and what matches; what else is there, the advice answers."""

    def check(text: str) -> str:
        if text and not re.match(pattern, text):
            raise ValueError(advice)
        return text

    return AfterValidator(check)


Port = Annotated[int, Field(ge=1, le=65535)]
WebAddress = Annotated[str, _shaped(r"https?://[^/\s]", "give it like https://portal.example")]
OurDatabase = Annotated[
    str,
    _shaped(
        r"sqlite:///|postgresql\+psycopg://",
        "give it like postgresql+psycopg://user:password@host/name",
    ),
]
PrefectDatabase = Annotated[
    str,
    _shaped(
        r"sqlite\+aiosqlite:///|postgresql\+asyncpg://",
        "give it like postgresql+asyncpg://user:password@host/name",
    ),
]


class Settings(BaseSettings):
    """Every setting has a default that works on one machine; ``.env.example`` explains each.

    ``root``, the folder with flows and templates, is where the command is started.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore")

    root: Path = Field(default_factory=Path.cwd)
    home: Path = Path("var")
    database_url: OurDatabase = ""
    templates: Path = Path("templates")
    docs_out: Path = Path("docs_out")
    agency: Path = Path("templates/agency/agency.yaml")
    bank_inbox: Path | None = None

    portal_host: str = "127.0.0.1"
    portal_port: Port = 8300
    portal_url: WebAddress = ""
    portal_trusted_proxies: str = ""

    prefect_host: str = "127.0.0.1"
    prefect_port: Port = 4200
    prefect_url: WebAddress = ""
    prefect_database_url: PrefectDatabase = ""

    smtp_host: str = "127.0.0.1"
    smtp_port: Port = 8325
    smtp_security: Literal["none", "starttls", "ssl"] = "none"
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_timeout_seconds: PositiveFloat = 30
    smtp_ca_file: Path | None = None
    mail_per_minute: PositiveInt = 60
    mailbox_port: Port = 8310

    soffice: Path | None = None
    pdf_engine: Literal["auto", "libreoffice", "dxpdf", "none"] = "auto"

    seal_pkcs12: Path | None = None
    seal_passphrase: SecretStr = SecretStr("")
    timestamp_url: WebAddress = ""
    timestamp_user: str = ""
    timestamp_password: SecretStr = SecretStr("")
    timestamp_seconds: PositiveFloat = 5
    trusted_roots: Path | None = None

    worker_concurrency: PositiveInt = 4

    simulate_days: bool = False

    def make_home(self) -> Path:
        """The installation's own folder, absolute; made where it is not there.

        Raises:
            ConfigurationError: It cannot be made.
        """
        home = self.path(self.home).resolve()
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                f"the folder {home} cannot be made: {error.strerror}",
                where=f"{PREFIX}HOME",
                todo="choose a folder in which you may write",
            ) from error
        return home

    def path(self, value: Path) -> Path:
        """The absolute path of a setting that may be relative to the installation's root."""
        return value if value.is_absolute() else self.root / value


def read_settings(*, env_file: str | None = ".env") -> Settings:
    """The settings of the environment and of ``.env``.

    A process of ours that the supervisor started finds everything in its environment.

    Args:
        env_file: Another file, or None to read the environment alone.

    Raises:
        ConfigurationError: Names every setting that cannot be used; never its value, which may
            hold a password.
    """
    try:
        return Settings(_env_file=None if MARK in os.environ else env_file)
    except ValidationError as error:
        raise ConfigurationError(
            "; ".join(f"{name}: {words}" for name, words in _problems(error)),
            todo="correct it in .env or in the environment; .env.example explains each setting",
        ) from error


def unknown_settings(*, env_file: str = ".env") -> list[str]:
    """What stands in the environment or in ``.env`` like a setting and is none, in words.

    Each with the setting that was probably meant; such a line has no effect, which nobody expects.
    """
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    given = {name.upper() for name in (*os.environ, *dotenv_values(env_file))}
    unknown = sorted(name for name in given - known - OURS if name.startswith(PREFIX))
    return [_with_suggestion(name, known) for name in unknown]


def _with_suggestion(name: str, known: set[str]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.8)
    return f"{name} (did you mean {near[0]}?)" if near else name


def _problems(error: ValidationError) -> Iterator[tuple[str, str]]:
    for problem in error.errors():
        words = problem["msg"].removeprefix("Value error, ").removeprefix("Input ")
        yield f"{PREFIX}{problem['loc'][0]}".upper(), words
