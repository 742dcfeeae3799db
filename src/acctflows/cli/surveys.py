"""`acctflows survey …`: how satisfied clients are."""

from pathlib import Path

import cyclopts
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from acctflows.cli.opening import open_app
from acctflows.documents.fonts import install_fonts
from acctflows.satisfaction.result_pdf import render_result
from acctflows.satisfaction.result_words import WORDS, driver_words
from acctflows.satisfaction.results import latest_answers, read_result

app = cyclopts.App(name="survey", help="How satisfied clients are.")

PRINTED = 100
"""Answers that the PDF quotes."""


@app.command
def result(*, pdf: Path | None = None) -> None:
    """NPS and CSAT of the last year with their intervals, and the reasons.

    Args:
        pdf: Also write it as a PDF, with charts and the clients' words, to this file.
    """
    main = open_app()
    job, language = main.survey(), main.agency.language
    with main.database.reading() as session:
        found = read_result(session, job, today=main.clock.today())
        answers = latest_answers(session, job, language=language, limit=PRINTED)
    for sentence in [*found.sentences(language), *found.left_out(language)]:
        print(sentence)
    if found.drivers:
        words = WORDS[language]
        table = Table(words["reason"], words["answers"], words["mean"], words["detractors"])
        for driver in found.drivers:
            table.add_row(*map(escape, driver_words(driver, found.reasons, language)))
        Console().print(table)
    if pdf is not None:
        pdf.write_bytes(
            render_result(
                found,
                answers,
                agency=main.agency,
                language=language,
                stationery=main.stationery(),
                fonts=install_fonts(main.home),
            )
        )
        print(pdf)
