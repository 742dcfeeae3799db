from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctflows.money import Money
from acctflows.receivables.payments.matching import Decision, OpenItem, OpenItems, match_line
from acctflows.receivables.payments.matching_evidence import Kind, evidence
from acctflows.receivables.payments.payer_names import alike
from acctflows.receivables.payments.references import rf_reference
from acctflows.receivables.payments.reversals import match_reversal
from acctflows.receivables.statements import StatementLine

IBAN = "DE12500105170648489890"
OTHER_IBAN = "GB29NWBK60161331926819"
DAY = date(2026, 11, 20)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def line(minor=119000, text="", **more) -> StatementLine:
    values = {
        "account": "DE89370400440532013000",
        "booked_on": DAY,
        "value_on": None,
        "amount": eur(minor),
        "counterparty": "",
        "counterparty_iban": "",
        "remittance": text,
        "creditor_reference": "",
        "end_to_end_id": "",
        "bank_reference": "",
        "reversal": False,
        "idempotency_key": "k",
    }
    return StatementLine(**(values | more))


def item(sequence=17, minor=119000, *, client="mueller", **more) -> OpenItem:
    number = f"RE-2026-{sequence:04}"
    values = {
        "invoice_id": str(sequence),
        "number": number,
        "rf_reference": rf_reference(number),
        "client_id": client,
        "open": eur(minor),
        "gross": eur(minor),
        "due_on": DAY + timedelta(sequence - 30),
        "ibans": frozenset([IBAN]) if client == "mueller" else frozenset([OTHER_IBAN]),
        "names": ("Müller & Söhne GmbH",) if client == "mueller" else ("Acme Ltd",),
    }
    return OpenItem(**(values | more))


def decide(payment, *items):
    match = match_line(payment, OpenItems(items), prefixes=["RE"])
    shares = [(share.invoice_id, share.amount.minor) for share in match.shares]
    return match.decision, shares, [each.kind for each in (*match.evidence, *match.doubts)]


@pytest.mark.parametrize(
    ("payment", "kind"),
    [
        (line(creditor_reference="RF93RE20260017"), Kind.RF_REFERENCE),
        (line(text="Danke RF93 RE20 2600 17"), Kind.RF_REFERENCE),
        (line(text="Rechnung 2026-0017"), Kind.INVOICE_NUMBER),
        (line(end_to_end_id="RE-2026-0017"), Kind.INVOICE_NUMBER),
        (line(counterparty_iban=IBAN), Kind.KNOWN_IBAN),
    ],
)
def test_an_exact_payment_is_booked_by_each_kind_of_designation(payment, kind):
    items = item(17), item(18, 5000), item(19, 119000, client="acme")
    decision, shares, kinds = decide(payment, *items)
    assert (decision, shares) == (Decision.BOOK, [("17", 119000)])
    assert kinds[0] is kind
    assert kinds[-1] is Kind.EXACT_AMOUNT


def test_a_part_of_a_single_designated_invoice_is_booked():
    decision, shares, kinds = decide(line(50000, "RE-2026-0017"), item(17), item(18))
    assert (decision, shares) == (Decision.BOOK, [("17", 50000)])
    assert kinds == [Kind.INVOICE_NUMBER, Kind.PART_PAYMENT]


@pytest.mark.parametrize(
    ("payer", "iban", "decision"),
    [
        ("Müller und Söhne", OTHER_IBAN, Decision.BOOK),
        ("MUELLER VERTRIEB", "", Decision.BOOK),
        ("Steuerbüro Klar", IBAN, Decision.BOOK),
        ("", "", Decision.BOOK),
        ("Steuerbüro Klar", OTHER_IBAN, Decision.PROPOSE),
        ("Steuerbüro Klar", "", Decision.PROPOSE),
    ],
)
def test_a_part_is_booked_only_if_nobody_else_seems_to_pay(payer, iban, decision):
    payment = line(50000, "RE-2026-0017", counterparty=payer, counterparty_iban=iban)
    found, shares, kinds = decide(payment, item(17))
    assert (found, shares) == (decision, [("17", 50000)])
    assert (Kind.OTHER_NAME in kinds) is (decision is Decision.PROPOSE)


def test_a_month_is_no_invoice():
    payment = line(50000, "Rechnung 2026-11 Wartung", counterparty="Kontor Elbe AG")
    assert decide(payment, item(11)) == (Decision.NONE, [], [Kind.NOTHING])


def test_a_number_within_something_longer_is_proposed():
    decision, shares, kinds = decide(line(text="XRE-2026-0017-0019"), item(17))
    assert (decision, shares) == (Decision.PROPOSE, [("17", 119000)])
    assert kinds == [Kind.EXACT_AMOUNT, Kind.WITHIN_OTHER]


def test_several_named_invoices_whose_sums_fit_are_booked():
    payment = line(169000, "RE-2026-0017 und 0018")
    decision, shares, kinds = decide(payment, item(17), item(18, 50000), item(19, 50000))
    assert (decision, shares) == (Decision.BOOK, [("17", 119000), ("18", 50000)])
    assert kinds[-1] is Kind.EXACT_SUM


def test_several_named_invoices_whose_sums_do_not_fit_go_to_a_person():
    decision, shares, kinds = decide(line(130000, "RE-2026-0018, RE-2026-0017"), item(17), item(18))
    assert (decision, shares) == (Decision.PROPOSE, [("18", 119000), ("17", 11000)])
    assert kinds[-1] is Kind.SUM_DIFFERS


def test_an_overpayment_goes_to_a_person_with_what_is_left():
    match = match_line(line(120000, "RE-2026-0017"), OpenItems([item(17)]), prefixes=["RE"])
    assert match.decision is Decision.PROPOSE
    assert match.left_over == eur(1000)
    assert "10,00" in match.doubts[0].de


@pytest.mark.parametrize(
    ("until", "decision", "discount"),
    [(DAY, Decision.BOOK, 2380), (DAY - timedelta(1), Decision.BOOK, 0)],
)
def test_an_agreed_discount_settles_within_its_period_and_is_a_part_payment_later(
    until, decision, discount
):
    one = item(17, discount=eur(2380), discount_until=until)
    match = match_line(line(116620, "RE-2026-0017"), OpenItems([one]), prefixes=["RE"])
    assert match.decision is decision
    assert match.shares[0].discount == eur(discount)
    expected = Kind.DISCOUNT if discount else Kind.PART_PAYMENT
    assert match.evidence[-1].kind is expected


def test_no_discount_on_the_rest_of_an_invoice_that_was_paid_in_part():
    one = item(17, 50000, gross=eur(119000), discount=eur(1000), discount_until=DAY)
    match = match_line(line(49000, "RE-2026-0017"), OpenItems([one]), prefixes=["RE"])
    assert match.evidence[-1].kind is Kind.PART_PAYMENT


@pytest.mark.parametrize(
    ("payment", "items", "doubt"),
    [
        (line(text="RE-2026-0099"), [item(17)], Kind.NOT_OPEN),
        (line(creditor_reference="RF93RE20260017"), [item(18)], Kind.NOT_OPEN),
        (line(text="RE-2026-0017, RE-2026-0099"), [item(17)], Kind.NOT_OPEN),
        (line(text="RE-2026-0099", counterparty_iban=IBAN), [item(17)], Kind.NOT_OPEN),
        (
            line(238000, "RE-2026-0017 + RE-2026-0018"),
            [item(17), item(18, client="acme")],
            Kind.SEVERAL_CLIENTS,
        ),
        (
            line(text="RE-2026-0017", counterparty_iban=OTHER_IBAN),
            [item(17), item(18, client="acme")],
            Kind.OTHER_PAYER,
        ),
        (
            line(text="RE-2026-0017"),
            [item(17, open=Money(119000, "CHF"), gross=Money(119000, "CHF"))],
            Kind.OTHER_CURRENCY,
        ),
        (line(text="2026-0017"), [item(17), item(17, invoice_id="x")], Kind.AMBIGUOUS_NUMBER),
        (line(counterparty_iban=IBAN), [item(17), item(18)], Kind.SEVERAL_FIT),
        (
            line(20000, counterparty_iban=IBAN),
            [item(1, 20000), item(2, 12000), item(3, 8000)],
            Kind.SEVERAL_FIT,
        ),
        (line(77, counterparty_iban=IBAN), [item(17)], Kind.NO_FIT),
        (line(counterparty="Mueller und Soehne"), [item(17)], Kind.NAME_ONLY),
        (line(counterparty="MÜLLER & SÖHNE"), [item(17)], Kind.NAME_ONLY),
        (line(), [item(17)], Kind.AMOUNT_ONLY),
        (
            line(counterparty_iban=IBAN),
            [item(17), *(item(each, each * 7919) for each in range(20, 28))],
            Kind.TOO_MANY_ITEMS,
        ),
    ],
)
def test_what_is_not_certain_goes_to_a_person_who_is_told_why(payment, items, doubt):
    match = match_line(payment, OpenItems(items), prefixes=["RE"])
    assert match.decision is Decision.PROPOSE
    assert doubt in [each.kind for each in match.doubts]


def test_a_sum_that_fits_in_one_way_only_is_booked_from_a_known_account():
    items = item(17, 10000), item(18, 20000), item(19, 40000)
    decision, shares, kinds = decide(line(50000, counterparty_iban=IBAN), *items)
    assert (decision, shares) == (Decision.BOOK, [("17", 10000), ("19", 40000)])
    assert kinds == [Kind.KNOWN_IBAN, Kind.EXACT_SUM]


def test_without_a_fit_the_older_invoice_is_proposed_first():
    items = item(19), item(17)
    decision, shares, _ = decide(line(120000, counterparty_iban=IBAN), *items)
    assert (decision, shares) == (Decision.PROPOSE, [("17", 119000), ("19", 1000)])


def test_a_payment_of_a_stranger_is_left_alone():
    decision, shares, kinds = decide(line(77, "Miete", counterparty="Landlord"), item(17))
    assert (decision, shares, kinds) == (Decision.NONE, [], [Kind.NOTHING])


def test_money_that_went_out_pays_no_invoice():
    assert decide(line(-119000, "RE-2026-0017"), item(17))[0] is Decision.NONE


def test_our_own_payment_that_came_back_pays_no_invoice():
    decision, shares, kinds = decide(line(text="RE-2026-0017", reversal=True), item(17))
    assert (decision, shares, kinds) == (Decision.PROPOSE, [], [Kind.RETURNED_TO_US])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Müller GmbH & Co. KG", "MUELLER", True),
        ("Erika Mustermann", "Mustermann, Erika", True),
        ("Acme Ltd", "Acme Limited", True),
        ("Müller & Söhne", "Mueller und Soehne GmbH", True),
        ("Müller GmbH", "Schulze GmbH", False),
        ("AG", "AG", False),
        ("", "", False),
    ],
)
def test_names_are_alike_without_legal_form_and_order(one, other, same):
    assert alike(one, other) is same


def reversal(minor=-119000, **more):
    return line(minor, reversal=True, idempotency_key="r", **more)


def test_a_reversal_points_at_the_payment_it_takes_back():
    earlier = [
        line(idempotency_key="a", end_to_end_id="E1"),
        line(idempotency_key="b", end_to_end_id="E2"),
    ]
    match = match_reversal(reversal(end_to_end_id="E2"), earlier, prefixes=["RE"])
    assert (match.decision, match.reversed_key) == (Decision.REVERSAL, "b")


@pytest.mark.parametrize("trait", [{"text": "Retoure RE-2026-0017"}, {"counterparty_iban": IBAN}])
def test_a_reversal_is_known_by_invoice_or_account_as_well(trait):
    paid = line(idempotency_key="a", text="RE 2026/17", counterparty_iban=IBAN)
    others = line(idempotency_key="b", text="RE-2026-0018"), line(100, idempotency_key="c")
    match = match_reversal(reversal(**trait), [*others, paid], prefixes=["RE"])
    assert (match.decision, match.reversed_key) == (Decision.REVERSAL, "a")


@pytest.mark.parametrize(
    ("back", "earlier", "key"),
    [
        (reversal(), [line(idempotency_key="a")], ""),
        (
            reversal(counterparty_iban=IBAN),
            [line(idempotency_key=each, counterparty_iban=IBAN) for each in "ab"],
            "",
        ),
        (reversal(counterparty_iban=IBAN), [line(-119000, counterparty_iban=IBAN)], ""),
        (
            reversal(counterparty_iban=IBAN),
            [line(counterparty_iban=IBAN, booked_on=DAY + timedelta(1))],
            "",
        ),
        (reversal(-119300, end_to_end_id="E1"), [line(end_to_end_id="E1")], "k"),
    ],
)
def test_an_unclear_reversal_goes_to_a_person(back, earlier, key):
    match = match_reversal(back, earlier, prefixes=["RE"])
    assert (match.decision, match.reversed_key) == (Decision.PROPOSE, key)
    assert match.doubts[0].kind is Kind.ORIGINAL_UNKNOWN


def test_what_is_no_reversal_takes_nothing_back():
    assert match_reversal(line(), [line()], prefixes=["RE"]).decision is Decision.NONE


@pytest.mark.parametrize("kind", Kind)
def test_all_evidence_has_words_in_both_languages(kind):
    facts = {"what": "X", "numbers": ["A", "B", "C"], "day": "2026-11-20"}
    money = dict.fromkeys(("amount", "sum", "rest"), eur(119000))
    said = evidence(kind, **facts, **money)
    assert said.de != said.en
    assert "{" not in said.de + said.en
    if "1.190,00" in said.de:
        assert "1,190.00" in said.en


items_strategy = st.lists(
    st.builds(
        item,
        st.integers(1, 12),
        st.integers(1, 50),
        client=st.sampled_from(["mueller", "acme"]),
    ),
    max_size=10,
    unique_by=lambda each: each.invoice_id,
)
payments = st.builds(
    line,
    st.integers(1, 150),
    st.sampled_from(["", "RE-2026-0001", "RE-2026-0002, 0003", "RF93RE20260017", "danke"]),
    counterparty_iban=st.sampled_from(["", IBAN, OTHER_IBAN]),
    counterparty=st.sampled_from(["", "Acme", "Müller Söhne"]),
)


@given(payments, items_strategy, st.randoms(use_true_random=False))
def test_no_cent_is_lost_and_no_invoice_overpaid_whatever_the_order(payment, items, random):
    match = match_line(payment, OpenItems(items), prefixes=["RE"])
    opens = {each.invoice_id: each.open for each in items}
    for share in match.shares:
        assert eur(0) < share.amount <= opens[share.invoice_id]
    if match.left_over is not None:
        total = sum((share.amount for share in match.shares), eur(0))
        assert total + match.left_over == payment.amount
    if match.decision is Decision.BOOK:
        assert match.left_over == eur(0)
        assert {each.kind for each in match.evidence} & {
            *(Kind.RF_REFERENCE, Kind.INVOICE_NUMBER, Kind.KNOWN_IBAN)
        }
    shuffled = list(items)
    random.shuffle(shuffled)
    assert match_line(payment, OpenItems(shuffled), prefixes=["RE"]) == match
