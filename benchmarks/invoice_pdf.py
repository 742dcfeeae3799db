"""The same invoice drawn by us and by WeasyPrint from HTML: one page, and one of 100 lines.

Both draw the same words in the same typeface, with logo, table, totals, payment code and the page's
number, in processes that have drawn before; both PDFs must show every value that ours is checked
for. WeasyPrint (which needs Pango on the machine) is installed into ``benchmarks/.peers``.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from acctflows.documents.fonts import install_fonts  # noqa: E402 — the path above is for `tests`
from acctflows.documents.pdf.faces import load_faces  # noqa: E402
from acctflows.documents.pdfcheck import check_pdf  # noqa: E402
from acctflows.documents.wording import percentage, quantity  # noqa: E402
from acctflows.receivables.invoices.invoice_pdf import (  # noqa: E402
    must_appear,
    payment_code,
    render_invoice,
)
from acctflows.receivables.invoices.invoice_snapshot import InvoiceSnapshot  # noqa: E402
from acctflows.receivables.invoices.invoice_words import payment_words, tax_notice  # noqa: E402
from acctflows.receivables.letter_parts import (  # noqa: E402
    account_rows,
    footer,
    recipient_lines,
)
from acctflows.receivables.payment_code import code_matrix  # noqa: E402
from tests.receivables.invoices import make_invoice, many_lines  # noqa: E402

PEER = ROOT / "benchmarks" / ".peers" / "weasyprint"
VERSION = "70.0"
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
DRAW = """
import json, sys, time
from pathlib import Path
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
home, repeats, fonts = Path(sys.argv[1]), json.loads(sys.argv[2]), FontConfiguration()
pages = json.loads((home / "pages.json").read_text("utf-8"))
for line in sys.stdin:
    size = line.strip()
    began = time.perf_counter()
    for _ in range(repeats[size]):
        pdf = HTML(string=pages[size]).write_pdf(font_config=fonts)
    seconds = (time.perf_counter() - began) / repeats[size]
    (home / f"{size}.pdf").write_bytes(pdf)
    print(seconds, flush=True)
"""
"""The other process: draws each page asked for and answers the seconds of one."""
SIZES = {"1 page": 3, "100 lines": 100}
REPEATS = {"1 page": 10, "100 lines": 3}


def main() -> None:
    install_peer()
    with tempfile.TemporaryDirectory(prefix="invoice-pdf-") as home:
        draw, pages = prepare(Path(home))
        with Peer(pages, Path(home)) as peer:
            for size in SIZES:
                compare(size, draw[size], lambda name=size: peer.draw(name))


def compare(size: str, draw: Callable[[], None], draw_peer: Callable[[], float]) -> None:
    draw()
    draw_peer()  # typefaces and caches are warm on both sides
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(draw_peer())
        began = time.perf_counter()
        for _ in range(REPEATS[size]):
            draw()
        ours.append((time.perf_counter() - began) / REPEATS[size])
    mine, other = statistics.median(ours) * 1000, statistics.median(theirs) * 1000
    name = size.replace(" ", "_")
    print(
        f"RESULT invoice_pdf_{name} ours={mine:.1f}ms peer={other:.1f}ms ratio={mine / other:.3f}"
    )


def prepare(home: Path) -> tuple[dict[str, Callable[[], None]], dict[str, str]]:
    """What draws each invoice, and the HTML of the same page."""
    folder = install_fonts(home).folder
    faces = load_faces(folder)
    logo = (ROOT / "templates" / "agency" / "logo.png").read_bytes()
    draw: dict[str, Callable[[], None]] = {}
    pages: dict[str, str] = {}
    for size, count in SIZES.items():
        invoice = make_invoice(lines=many_lines(count))
        pdf = render_invoice(invoice, faces=faces, colour="#1f4e5f", logo=logo)
        assert check_pdf(pdf, must_appear=must_appear(invoice)).problems == ()
        draw[size] = lambda each=invoice: render_invoice(
            each, faces=faces, colour="#1f4e5f", logo=logo
        )
        pages[size] = html_of(invoice, folder)
        (home / f"{size}.json").write_text(json.dumps(must_appear(invoice)), "utf-8")
    return draw, pages


class Peer:
    """WeasyPrint in a process of its own, which draws what it is told and says how long it took."""

    def __init__(self, pages: dict[str, str], home: Path) -> None:
        self._home = home
        (home / "pages.json").write_text(json.dumps(pages), "utf-8")

    def __enter__(self) -> "Peer":
        self._process = subprocess.Popen(
            [sys.executable, "-c", DRAW, str(self._home), json.dumps(REPEATS)],
            env=os.environ | {"PYTHONPATH": str(PEER)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait(30)

    def draw(self, size: str) -> float:
        print(size, file=self._process.stdin, flush=True)
        seconds = float(self._process.stdout.readline())
        wanted = json.loads((self._home / f"{size}.json").read_text("utf-8"))
        report = check_pdf((self._home / f"{size}.pdf").read_bytes(), must_appear=wanted)
        assert report.problems == (), report.problems
        return seconds


def html_of(invoice: InvoiceSnapshot, fonts: Path) -> str:
    """The page in HTML: letterhead, lines, totals, payment code, notices, footer."""
    language, money = invoice.language, invoice.money
    rows = "".join(
        f"<tr><td>{line.position}</td><td><b>{escape(line.title)}</b><br>"
        f"{escape(line.description)}</td><td>{quantity(line.quantity, line.unit, language)}</td>"
        f"<td>{money(line.unit_price_minor).format(language)}</td>"
        f"<td>{percentage(line.tax_percent, language)}</td>"
        f"<td>{money(line.net_minor).format(language)}</td></tr>"
        for line in invoice.lines
    )
    totals = "".join(
        f"<p class=sum>{name} <b>{money(minor).format(language)}</b></p>"
        for name, minor in (
            ("Summe netto", invoice.totals.net_minor),
            *((f"{percentage(r.percent, language)} USt", r.tax_minor) for r in invoice.totals.rows),
            ("Rechnungsbetrag brutto", invoice.totals.gross_minor),
        )
    )
    account = account_rows(
        invoice.supplier.account, (invoice.rf_reference, invoice.purpose), language
    )
    return f"""<!DOCTYPE html><html lang={language}><style>
@font-face {{ font-family: House; src: url("{(fonts / "SourceSansPro-Regular.ttf").as_uri()}") }}
@font-face {{ font-family: House; font-weight: 600;
             src: url("{(fonts / "SourceSansPro-Semibold.ttf").as_uri()}") }}
@page {{ size: A4; margin: 32mm 20mm 32mm 25mm;
        @bottom-right {{ content: "Seite " counter(page) " von " counter(pages) }} }}
body {{ font: 10pt House }} b, th, h1 {{ font-weight: 600 }}
table {{ width: 100%; border-collapse: collapse }} tr {{ break-inside: avoid }}
td {{ border-bottom: .5pt solid #ccc; vertical-align: top; padding: 4pt 2pt }}
td:nth-child(n+3) {{ text-align: right; white-space: nowrap }} .sum {{ text-align: right }}
footer {{ font-size: 7.5pt; columns: 4; border-top: 1pt solid #1f4e5f }}
</style><img src="{(ROOT / "templates" / "agency" / "logo.png").as_uri()}" width=200>
<p>{"<br>".join(map(escape, recipient_lines(invoice.recipient, invoice.supplier, language)))}</p>
<h1>Rechnung {invoice.number}</h1>
<table><thead><tr><th>Pos.<th>Leistung<th>Menge<th>Einzelpreis<th>USt<th>Betrag</tr></thead>
{rows}</table>{totals}<p>{escape(tax_notice(invoice))}</p>
{"".join(f"<p>{escape(text)}</p>" for text in payment_words(invoice))}
<p>{"<br>".join(f"{label}: {escape(value)}" for label, value in account)}</p>
{code_of(str(payment_code(invoice)))}<p>{escape(invoice.notes)}</p>
<footer>{
        "<br>".join(
            escape(line) for column in footer(invoice.supplier, language) for line in column
        )
    }</footer></html>"""


def code_of(payload: str) -> str:
    """The payment code as one SVG path, as we draw it."""
    matrix = code_matrix(payload)
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark
    )
    side = len(matrix)
    return f'<svg width="30mm" height="30mm" viewBox="0 0 {side} {side}"><path d="{path}"/></svg>'


def install_peer() -> None:
    if not (PEER / "weasyprint").is_dir():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(PEER)]
        subprocess.run([*command, f"weasyprint=={VERSION}"], check=True)


if __name__ == "__main__":
    main()
