"""The same contract filled by us, docxtpl, docxtemplater and carbone; and a table of 5,000 rows.

One builder writes the contract (five pages: logo and fields in header and footer, parties, thirty
clauses, a table of services) in each engine's language. docxtpl is used as its README shows;
docxtemplater and carbone (from npm, installed into ``benchmarks/.peers``) run in a process of
theirs, with the template's bytes in memory, and say how long they took. All are measured by turns,
warm, and every output is searched for every value.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

from docx import Document
from docxtpl import DocxTemplate

from acctflows.documents.word import render_word

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "benchmarks" / ".peers" / "word"
PACKAGES = ("docxtemplater@3.71.0", "pizzip@3.3.0", "carbone@3.8.2")
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
SIZES = {"contract": 10, "5000 rows": 5000}
REPEATS = {"contract": 20, "5000 rows": 1}
FIELDS = ("client", "street", "city", "signer", "agency", "number", "day", "total")
COLUMNS = ("position", "title", "quantity", "price", "amount")
CLAUSES = 30
WORDS = "Die Agentur erbringt ihre Leistungen nach dem Plan, den beide Seiten vereinbart haben. "

NODE = """
const fs = require("fs"), readline = require("readline"), path = require("path");
const [peers, home, repeats] = [process.argv[2], process.argv[3], JSON.parse(process.argv[4])];
const load = (name) => require(path.join(peers, "node_modules", name));
const PizZip = load("pizzip"), Docxtemplater = load("docxtemplater"), carbone = load("carbone");
const templates = {}, data = {};
for (const size of Object.keys(repeats)) {
  templates[size] = fs.readFileSync(path.join(home, `docxtemplater ${size}.docx`));
  data[size] = JSON.parse(fs.readFileSync(path.join(home, `${size}.json`), "utf-8"));
}
const engines = {
  docxtemplater: async (size) => {
    const document = new Docxtemplater(new PizZip(templates[size]), {
      paragraphLoop: true, linebreaks: true,
    });
    document.render(data[size]);
    return document.getZip().generate({ type: "nodebuffer", compression: "DEFLATE" });
  },
  carbone: (size) => new Promise((done, failed) => carbone.render(
    path.join(home, `carbone ${size}.docx`), data[size],
    (error, made) => (error ? failed(error) : done(made)))),
};
readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  const [engine, size] = JSON.parse(line);
  let made;
  const began = process.hrtime.bigint();
  for (let n = 0; n < repeats[size]; n++) made = await engines[engine](size);
  const seconds = Number(process.hrtime.bigint() - began) / 1e9 / repeats[size];
  fs.writeFileSync(path.join(home, `made by ${engine} ${size}.docx`), made);
  console.log(JSON.stringify([seconds, process.memoryUsage().rss / 1e6]));
});
"""
LANGUAGES: dict[str, dict[str, str]] = {
    "jinja": {"field": "{{{{ {} }}}}", "first": "{{{{ line.{} }}}}", "last": "",
              "if": "{%p if total %}", "end": "{%p endif %}"},
    "docxtemplater": {"field": "{{{}}}", "first": "{{{}}}", "last": "", "if": "{#total}",
                      "end": "{/total}"},
    "carbone": {"field": "{{d.{}}}", "first": "{{d.lines[i].{}}}", "last": "{{d.lines[i+1].{}}}",
                "if": "{d.total:ifNEM:showBegin}", "end": "{d.total:showEnd}"},
}  # fmt: skip


def main() -> None:
    install_peers()
    with tempfile.TemporaryDirectory(prefix="word-templates-") as folder:
        home = Path(folder)
        for size, count in SIZES.items():
            (home / f"{size}.json").write_text(json.dumps(data(count)), "utf-8")
            for language in LANGUAGES:
                (home / f"{language} {size}.docx").write_bytes(template(language))
        with Peers(home) as peers:
            for size in SIZES:
                compare(home, size, peers)


def compare(home: Path, size: str, peers: "Peers") -> None:
    values = data(SIZES[size])
    file = home / f"jinja {size}.docx"
    given = {"created": datetime(2026, 11, 27, tzinfo=UTC), "title": "T", "author": "A"}
    engines: dict[str, Callable[[], float]] = {
        "ours": lambda: timed(lambda: render_word(file, values, **given).content, size),
        "docxtpl": lambda: timed(lambda: by_docxtpl(file, values), size),
        "docxtemplater": lambda: peers.fill("docxtemplater", size),
        "carbone": lambda: peers.fill("carbone", size),
    }
    took: dict[str, list[float]] = {name: [] for name in engines}
    for fill in engines.values():
        fill()  # all are warm
    for _ in range(ROUNDS):
        for name, fill in engines.items():
            took[name].append(fill())
    print(f"{size:12}" + "".join(f"{name:>15}" for name in engines))
    middle = {name: statistics.median(each) * 1000 for name, each in took.items()}
    print(f"{'ms':12}" + "".join(f"{each:15.1f}" for each in middle.values()))
    targets = (
        {"docxtpl": 1 / 20, "docxtemplater": 1 / 5} if size == "contract" else {"carbone": 1.0}
    )
    for peer, target in targets.items():
        print(
            f"RESULT word_{size.replace(' ', '_')}_{peer} ours={middle['ours']:.1f}ms "
            f"peer={middle[peer]:.1f}ms ratio={middle['ours'] / middle[peer]:.3f} target={target}"
        )
    if size != "contract":
        command = [sys.executable, __file__, str(file), str(home / f"{size}.json")]
        ours = float(subprocess.check_output(command, cwd=ROOT, text=True))
        print(
            f"RESULT word_{size.replace(' ', '_')}_memory ours={ours:.0f}MB "
            f"peer={peers.megabytes:.0f}MB ratio={ours / peers.megabytes:.2f}"
        )


def timed(fill: Callable[[], bytes], size: str) -> float:
    began = time.perf_counter()
    for _ in range(REPEATS[size]):
        made = fill()
    seconds = (time.perf_counter() - began) / REPEATS[size]
    check(made, size)
    return seconds


def by_docxtpl(file: Path, values: Mapping[str, Any]) -> bytes:
    document = DocxTemplate(file)
    document.render(values, autoescape=True)
    packed = BytesIO()
    document.save(packed)
    return packed.getvalue()


class Peers:
    """docxtemplater and carbone in one process of Node.js, which fills what it is told."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.megabytes = 0.0

    def __enter__(self) -> "Peers":
        (self._home / "peers.js").write_text(NODE, "utf-8")
        self._process = subprocess.Popen(
            [
                "node",
                str(self._home / "peers.js"),
                str(PEERS),
                str(self._home),
                json.dumps(REPEATS),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait(30)

    def fill(self, engine: str, size: str) -> float:
        print(json.dumps([engine, size]), file=self._process.stdin, flush=True)
        seconds, megabytes = json.loads(self._process.stdout.readline())
        self.megabytes = max(self.megabytes, megabytes)
        check((self._home / f"made by {engine} {size}.docx").read_bytes(), size)
        return float(seconds)


def check(made: bytes, size: str) -> None:
    """Every value can be read in the result."""
    with zipfile.ZipFile(BytesIO(made)) as archive:
        text = unescape(archive.read("word/document.xml").decode())
    values = data(SIZES[size])
    wanted = [values[name] for name in FIELDS]
    wanted += [line[name] for line in values["lines"] for name in COLUMNS]
    missing = [value for value in wanted if value not in text]
    assert not missing, missing[:3]
    assert text.count("Leistung Nr. ") == SIZES[size], text.count("Leistung Nr. ")


def data(lines: int) -> dict[str, Any]:
    return {
        "client": "Möwe & Söhne Handel GmbH",
        "street": "Am Markt 3",
        "city": "28195 Bremen",
        "signer": "Käthe Brünning",
        "agency": "Nordlicht Digital GmbH",
        "number": "V-2026-0001",
        "day": "27. November 2026",
        "total": "12.345,00 €",
        "lines": [
            {
                "position": f"{n}.",
                "title": f"Leistung Nr. {n} <Website & Pflege>",
                "quantity": f"{n % 40 + 1},5 Stunden",
                "price": f"{n % 90 + 60},00 €",
                "amount": f"{n * 97 % 9000},00 €",
            }
            for n in range(1, lines + 1)
        ],
    }


def template(language: str) -> bytes:
    """The contract in that engine's language."""
    tags = LANGUAGES[language]
    field = {name: tags["field"].format(name) for name in FIELDS}
    document = Document()
    section = document.sections[0]
    section.header.paragraphs[0].add_run().add_picture(str(ROOT / "templates/agency/logo.png"))
    section.header.add_paragraph(f"{field['agency']} · {field['number']}")
    section.footer.paragraphs[0].text = f"{field['client']} · {field['day']}"
    document.add_heading(f"Vertrag {field['number']}", 1)
    parties = document.add_table(rows=3, cols=2)
    for row, names in zip(
        parties.rows, (("agency", "client"), ("day", "street"), ("number", "city")), strict=True
    ):
        for cell, name in zip(row.cells, names, strict=True):
            cell.text = f"{name}: {field[name]}"
    for clause in range(1, CLAUSES + 1):
        document.add_heading(f"§ {clause} Bestimmung", 2)
        document.add_paragraph(WORDS * 3 + f"Für {field['client']} zeichnet {field['signer']}.")
        document.add_paragraph(WORDS * 2, style="List Number")
    table(document, language)
    document.add_paragraph(tags["if"])
    document.add_paragraph(f"Summe: {field['total']}")
    document.add_paragraph(tags["end"])
    packed = BytesIO()
    document.save(packed)
    return packed.getvalue()


def table(document: Any, language: str) -> None:
    """The services, a row each."""
    tags = LANGUAGES[language]
    rows = [[tags["first"].format(name) for name in COLUMNS]]
    if language == "jinja":
        nothing = [""] * (len(COLUMNS) - 1)
        rows = [["{%tr for line in lines %}", *nothing], *rows, ["{%tr endfor %}", *nothing]]
    elif language == "docxtemplater":
        rows[0][0], rows[0][-1] = "{#lines}" + rows[0][0], rows[0][-1] + "{/lines}"
    else:
        rows.append([tags["last"].format(name) for name in COLUMNS])
    made = document.add_table(rows=len(rows) + 1, cols=len(COLUMNS), style="Table Grid")
    for row, texts in zip(made.rows, [list(COLUMNS), *rows], strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text


def install_peers() -> None:
    wanted = json.dumps(PACKAGES)
    done = PEERS / "installed.json"
    if done.exists() and done.read_text() == wanted:
        return
    PEERS.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["npm", "install", "--prefix", str(PEERS), "--no-audit", "--no-fund", *PACKAGES],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    done.write_text(wanted)


def measure_memory(file: Path, values: dict[str, Any]) -> None:
    """Megabytes at the most of a process that does nothing but fill this template three times."""
    for _ in range(3):
        render_word(file, values, created=datetime(2026, 11, 27, tzinfo=UTC), title="T", author="A")
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        measure_memory(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text("utf-8")))
    else:
        main()
