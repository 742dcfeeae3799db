import pytest
from pydantic import ValidationError

from acctflows.contracts.snapshot import AgreedTerms
from acctflows.contracts.terms import ContractTerms

FORM_ONLY = {
    *("agreement", "clause_variants", "co_signers", "keep_wordings", "language", "refers_to"),
    *("signer", "tax"),
}


def test_every_field_of_the_form_explains_itself() -> None:
    silent = [
        name
        for name, field in ContractTerms.model_fields.items()
        if not field.title or not field.description
    ]

    assert silent == []


def test_the_form_can_be_sent_off_as_it_stands() -> None:
    assert ContractTerms() == ContractTerms.model_validate({})


def test_everything_chosen_in_the_form_is_frozen_in_the_contract() -> None:
    assert set(ContractTerms.model_fields) - FORM_ONLY == set(AgreedTerms.model_fields)


def test_an_unknown_choice_is_refused() -> None:
    with pytest.raises(ValidationError):
        ContractTerms.model_validate({"payment_day": 14})
