"""The forms: what they accept forgivingly, and how they refuse, all problems at once."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from acctflows.agency.choices import WORDS, label, read_choice
from acctflows.agency.forms import (
    ClientForm,
    ContactForm,
    FinishForm,
    MilestoneForm,
    PlanLineForm,
    ProjectForm,
    ServiceForm,
    SpecialistForm,
    WorkRecordForm,
)
from acctflows.agency.forms.fields import RecordForm
from acctflows.agency.messages import MESSAGES
from acctflows.agency.problems import Problem, ProblemsError, problems_of
from acctflows.db.models import agency as models

FORMS = [
    ClientForm,
    ContactForm,
    SpecialistForm,
    ServiceForm,
    ProjectForm,
    PlanLineForm,
    MilestoneForm,
    WorkRecordForm,
    FinishForm,
]
CHOICES = [
    models.ClientKind,
    models.ContactRole,
    models.SurveyBasis,
    models.Discipline,
    models.Stage,
    models.ContractNature,
    models.Unit,
    models.MilestoneState,
]


def problems(form: type[RecordForm], **said: Any) -> dict[str, Problem]:
    with pytest.raises(ValidationError) as refused:
        form.model_validate(said)
    return {problem.field: problem for problem in problems_of(refused.value)}


def test_all_problems_of_a_client_are_told_at_once() -> None:
    found = problems(
        ClientForm,
        legal_name="Möwe\x07",
        kind="Verbraucher",
        country="Bayern",
        vat_id="DE136695976",
        language="fr",
        payment_days=90,
        invoice_email="möwe",
        currency="DEM",
    )
    assert set(found) == {
        "legal_name",
        "country",
        "vat_id",
        "language",
        "long_payment_agreed",
        "invoice_email",
        "currency",
    }
    assert found["vat_id"].text("de").startswith("Verbraucher haben keine USt-IdNr.")
    assert found["vat_id"].text("en").startswith("a consumer has no VAT id")


@pytest.mark.parametrize(("days", "agreed"), [(0, None), (60, None), (61, "ja"), (365, True)])
def test_payment_period_within_the_law_or_agreed_is_accepted(days: int, agreed: Any) -> None:
    form = ClientForm.model_validate(
        {"legal_name": "Möwe", "payment_days": days, "long_payment_agreed": agreed}
    )
    assert form.payment_days == days


@pytest.mark.parametrize("days", [61, 90, 365])
def test_payment_period_beyond_sixty_days_is_refused_with_the_law(days: int) -> None:
    problem = problems(ClientForm, legal_name="Möwe", payment_days=days)["long_payment_agreed"]
    assert "§ 271a BGB" in problem.text("de")
    assert str(days) in problem.text("en")


@pytest.mark.parametrize("days", [-1, 366, "two weeks", 14.5, "1e2"])
def test_payment_period_that_is_none_is_refused(days: Any) -> None:
    assert "payment_days" in problems(ClientForm, legal_name="Möwe", payment_days=days)


def test_consumer_has_no_company_details() -> None:
    found = problems(
        ClientForm,
        legal_name="F. Sommerfeld",
        kind="B2C",
        legal_form="GmbH",
        register_entry="HRB 1",
    )
    assert set(found) == {"legal_form", "register_entry"}


def test_blank_fields_are_not_said() -> None:
    form = ClientForm.model_validate(
        {"legal_name": " Möwe  GmbH ", "city": "  ", "kind": "", "payment_days": None, "notes": "-"}
    )
    assert form.legal_name == "Möwe GmbH"
    assert form.model_fields_set == {"legal_name", "notes"}
    assert form.notes == ""


def test_dash_does_not_empty_what_every_record_has() -> None:
    assert set(problems(ClientForm, legal_name="Möwe", country="-", kind="–")) == {
        "country",
        "kind",
    }


def test_roles_stand_in_one_cell() -> None:
    form = ContactForm(
        client="K-1", email="a@moewe.example", roles="Umfrage; Unterzeichnerin, signer"
    )
    assert form.roles == [models.ContactRole.SIGNER, models.ContactRole.SURVEY]


def test_price_has_no_more_decimals_than_its_currency() -> None:
    assert ServiceForm(code="A", unit_price="1250.50").unit_price == Decimal("1250.50")
    assert "unit_price" in problems(ServiceForm, code="A", unit_price="1250.505")
    assert "unit_price" in problems(ServiceForm, code="A", unit_price="1250.5", currency="JPY")


@pytest.mark.parametrize("price", ["free", "-1", "NaN", "Infinity", "1e400", "9" * 30])
def test_price_that_is_none_is_refused(price: str) -> None:
    assert "unit_price" in problems(ServiceForm, code="A", unit_price=price)


def test_vat_rate_given_as_fraction_is_refused() -> None:
    assert "19" in problems(ServiceForm, code="A", tax_percent="0.19")["tax_percent"].text("en")


def test_project_ends_after_it_starts() -> None:
    found = problems(
        ProjectForm, client="K-1", title="Relaunch", starts_on="2027-02-01", ends_on="2027-01-31"
    )
    assert set(found) == {"ends_on"}


@pytest.mark.parametrize("key", ["../etc", "K 1001", "", "K-1\n2", "<b>", ".hidden"])
def test_key_that_could_not_name_a_file_is_refused(key: str) -> None:
    assert "code" in problems(ServiceForm, code=key)


@pytest.mark.parametrize("form", FORMS)
def test_form_explains_every_field_and_shows_no_type_toggle(form: type[RecordForm]) -> None:
    schema = form.model_json_schema()
    for name, field in form.model_fields.items():
        assert field.title, name
        assert field.description, name
        shown = schema["properties"][name]
        assert "anyOf" not in shown, f"{name} would show as a choice of types"
        assert shown.get("default", "set") not in (None, ""), name


@pytest.mark.parametrize("form", FORMS)
def test_whatever_a_form_is_given_it_refuses_or_reads(form: type[RecordForm]) -> None:
    strange = ["\0", "\ud800", [], {}, 10**400, float("nan"), b"\xff", "-", True, object(), [[]]]
    for value in strange:
        for name in form.model_fields:
            try:
                form.model_validate({name: value})
            except ValidationError as error:
                for problem in problems_of(error):
                    assert problem.text("de")
                    assert problem.text("en").encode()


@pytest.mark.parametrize("kind", CHOICES)
def test_every_choice_has_words_in_both_languages_that_read_back(kind: type[Any]) -> None:
    for choice in kind:
        assert choice in WORDS
        for language in ("de", "en"):
            assert read_choice(kind, f" {label(choice, language).upper()} ") is choice
        if choice.value:
            assert read_choice(kind, choice.value) is choice


@pytest.mark.parametrize("kind", CHOICES)
def test_no_word_means_two_choices(kind: type[Any]) -> None:
    spellings = [fold for c in kind for fold in {w.casefold() for w in WORDS[c].spellings()}]
    assert len(spellings) == len(set(spellings))


def test_unknown_choice_is_refused_with_the_choices_in_the_readers_language() -> None:
    problem = problems(ClientForm, legal_name="Möwe", kind="Verein")["kind"]
    assert "Unternehmen, Verbraucher" in problem.text("de")
    assert "Business, Consumer" in problem.text("en")


def test_both_languages_of_a_message_hold_the_same_facts() -> None:
    for code, message in MESSAGES.items():
        english, german = (
            {part.split("}")[0] for part in text.split("{")[1:]}
            for text in (message.en, message.de)
        )
        assert english == german, code


def test_hostile_value_is_shown_in_one_printable_line() -> None:
    error = ProblemsError([Problem("name", "no_text", {"value": "\x1b[31m\n{value}" + "x" * 500})])
    assert len(error.text("de")) < 130
    assert error.text("de").isprintable()
