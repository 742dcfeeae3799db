"""Errors: what was wrong, where, what to do, and whether a retry can help."""

import pickle

import pytest

from acctflows import errors
from acctflows.errors import (
    AcctflowsError,
    ConfigurationError,
    ConflictError,
    InputError,
    NotFoundError,
    TemporaryError,
)

PERMANENT = [InputError, NotFoundError, ConflictError, ConfigurationError, AcctflowsError]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "the VAT id is wrong"),
        ({"where": "clients.csv, row 7"}, "clients.csv, row 7: the VAT id is wrong"),
        ({"todo": "correct it"}, "the VAT id is wrong → correct it"),
        (
            {"where": "clients.csv, row 7", "todo": "correct it"},
            "clients.csv, row 7: the VAT id is wrong → correct it",
        ),
    ],
)
def test_the_message_reads_as_one_sentence(given: dict[str, str], words: str) -> None:
    error = InputError("the VAT id is wrong", **given)
    assert str(error) == words
    assert (error.what, error.where, error.todo) == (
        "the VAT id is wrong",
        given.get("where", ""),
        given.get("todo", ""),
    )


@pytest.mark.parametrize("kind", PERMANENT)
def test_what_was_wrong_stays_wrong(kind: type[AcctflowsError]) -> None:
    assert kind("x").permanent


def test_circumstances_may_pass() -> None:
    assert not TemporaryError("the mail server did not answer").permanent


def test_a_single_error_may_know_better() -> None:
    assert not ConflictError("somebody else is at it", permanent=False).permanent
    assert TemporaryError("gone for good", permanent=True).permanent


def test_every_error_of_the_house_is_one_that_can_be_acted_on() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert set(kinds) == {*PERMANENT, TemporaryError}
    assert all(issubclass(kind, AcctflowsError) for kind in kinds)


@pytest.mark.parametrize("kind", [*PERMANENT, TemporaryError])
def test_errors_travel_between_processes_whole(kind: type[AcctflowsError]) -> None:
    """Flow engines keep what a task raised; it must say the same when it is read again."""
    error = kind("x", where="here", todo="that", permanent=False)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error) == "here: x → that"
    assert (again.what, again.where, again.todo, again.permanent) == ("x", "here", "that", False)
