"""Equal lines in several statements: one booking told twice, or two bookings."""

from sqlalchemy.orm import Session

from acctflows.receivables.payments.taking_files import read_bank_file, take_file
from tests.receivables.bank_world import NOW, lines_of

LINE = ":61:2611201120C500,00NTRFNONREF\n:86:166?00GUTSCHRIFT?20SVWZ+RE-2026-0017?32MOEWE\n"


def mt940(*statements: tuple[int, int, int], number: str = "22{}/1") -> bytes:
    """Statements by opening and closing balance in euros and how often the line is in them."""
    return "".join(
        f":20:X\n:25:37040044/0532013000\n:28C:{number.format(index)}\n"
        f":60F:C261120EUR{opening},00\n{LINE * times}:62F:C261120EUR{closing},00\n-\n"
        for index, (opening, closing, times) in enumerate(statements)
    ).encode()


def take(session: Session, data: bytes, name: str) -> int:
    return take_file(session, read_bank_file(data, name=name), by="test", now=NOW).new_lines


MORNING, EVENING = (1000, 1500, 1), (1500, 2000, 1)


def test_equal_lines_of_two_statements_of_a_day_are_two_bookings(session: Session) -> None:
    assert take(session, mt940(MORNING), "morning.sta") == 1
    assert take(session, mt940(EVENING, number="9{}/1"), "evening.sta") == 1
    assert take(session, mt940((2000, 3000, 2), number="8{}/1"), "night.sta") == 2
    assert len(lines_of(session)) == 4


def test_the_same_statements_in_other_files_bring_nothing_new(session: Session) -> None:
    take(session, mt940(MORNING, EVENING), "day.sta")
    assert len(lines_of(session)) == 2
    again = [mt940(MORNING), mt940(MORNING, EVENING, number=""), mt940((1000, 2000, 2))]
    assert [take(session, each, f"{index}.sta") for index, each in enumerate(again)] == [0, 0, 0]


def test_a_day_whose_statement_ends_where_it_began_is_told_once(session: Session) -> None:
    back = LINE.replace("C500", "D500")
    data = mt940((1000, 1000, 1)).replace(LINE.encode(), (LINE + back).encode())
    assert take(session, data, "a.sta") == 2
    assert take(session, data + b"\n", "b.sta") == 0


def camt(*statements: str) -> bytes:
    entry = (
        "<Ntry><Amt Ccy='EUR'>500.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>"
        "<BookgDt><Dt>2026-11-20</Dt></BookgDt>{}<NtryDtls><TxDtls><RmtInf><Ustrd>RE-2026-0017"
        "</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )
    bodies = "".join(
        f"<Stmt><Id>S{index}</Id><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>"
        f"{entry.format(reference)}</Stmt>"
        for index, reference in enumerate(statements)
    )
    return f"<Document><BkToCstmrStmt>{bodies}</BkToCstmrStmt></Document>".encode()


def test_a_reference_names_the_same_booking_in_every_statement_of_a_file(session: Session) -> None:
    reference = "<AcctSvcrRef>B-17</AcctSvcrRef>"
    assert take(session, camt(reference, reference), "a.xml") == 1
    assert take(session, camt("", ""), "b.xml") == 2  # nothing says that they are one
