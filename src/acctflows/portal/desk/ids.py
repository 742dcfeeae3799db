"""Ids inside addresses: positive, and within what every database can hold."""

from typing import Annotated

from fastapi import Path

Id = Annotated[int, Path(ge=1, le=2**53)]
