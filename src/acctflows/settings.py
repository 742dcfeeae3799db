"""What the operator sets: environment variables and ``.env``, prefixed ``ACCTFLOWS_``."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting has a default that works on one machine; ``.env.example`` explains each."""

    model_config = SettingsConfigDict(env_prefix="ACCTFLOWS_", env_file=".env", extra="ignore")

    root: Path = Field(default_factory=Path.cwd)
    home: Path = Path("var")
    database_url: str = ""
    templates: Path = Path("templates")
    docs_out: Path = Path("docs_out")
    agency: Path = Path("templates/agency/agency.yaml")

    portal_host: str = "127.0.0.1"
    portal_port: int = 8300
    portal_url: str = ""
    portal_trusted_proxies: str = ""

    prefect_host: str = "127.0.0.1"
    prefect_port: int = 4200
    prefect_database_url: str = ""

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 8325
    smtp_security: Literal["none", "starttls", "ssl"] = "none"
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_timeout_seconds: float = 30
    smtp_ca_file: Path | None = None
    mail_per_minute: int = 60
    mailbox_port: int = 8310

    soffice: Path | None = None
    pdf_engine: Literal["auto", "libreoffice", "dxpdf", "none"] = "auto"

    worker_concurrency: int = 4

    def path(self, value: Path) -> Path:
        """The absolute path of a setting that may be relative to the installation's root."""
        return value if value.is_absolute() else self.root / value
