"""Where a trusted time is asked for; apart from `seal`, whose libraries take long to load."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class TimestampService:
    """A time-stamp service (RFC 3161) of the operator's choice.

    Args:
        url: Where it takes requests.
        seconds: How long to wait for all of its answer.
        user: Where it wants a login.
        password: That goes with it.
    """

    url: str
    seconds: float = 5
    user: str = ""
    password: str = field(default="", repr=False)
