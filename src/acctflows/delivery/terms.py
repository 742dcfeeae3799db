"""What the account manager chooses when an act is issued: the form in the Prefect UI."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ActTerms(BaseModel):
    """The choices for one act; everything else comes from the agency's records."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Choices for the act")

    language: Literal["client", "de", "en"] = Field(
        default="client",
        title="Language",
        description="Language of the act; “client” takes the one in the client's record.",
    )
    signer: str = Field(
        default="",
        max_length=254,
        title="E-mail of whoever accepts",
        description="Only needed when the client has more than one contact who may sign.",
    )
    acceptance_days: int | None = Field(
        default=None,
        ge=1,
        le=30,
        title="Days to examine and answer",
        description="Empty takes what the contract says, or 14 where there is none on file. More "
        "than 30 need an express agreement in the contract (§ 271a (3) BGB).",
    )
