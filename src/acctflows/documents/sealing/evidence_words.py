"""The words of the pages of evidence, in both languages.

They say what is there and what it shows. The law: text form § 126b BGB; electronic signatures and
seals Art. 3 no. 10, 25 of Regulation (EU) 910/2014 (eIDAS). No more than that is claimed.
"""

from acctflows.documents.sealing.evidence import Placement, Way

WORDS = {
    "de": {
        "title": "Nachweis der Annahme: {number}, Version {version}",
        "heading": "Nachweis der Annahme",
        "intro": "{agency} hält auf diesen Seiten fest, wer dieses Dokument wann und wie "
        "angenommen hat, und hat sie zusammen mit der ganzen Datei gesiegelt.",
        "scan": "Datei prüfen",
        "page": "Nachweis, Seite {} von {}",
        "document": "Das Dokument",
        "kind": "Dokument",
        "kind_value": "{kind} {number}, Version {version}",
        "name": "Titel",
        "project": "Projekt",
        "agency": "Agentur",
        "client": "Auftraggeber",
        "file": "Angenommene Datei",
        "file_name": "Dateiname",
        "size": "{kind}, {size} Bytes",
        "pages": "{} Seiten",
        "one_page": "1 Seite",
        "sha256": "SHA-256",
        "approved": "Intern freigegeben",
        "approved_value": "{by}, {at}",
        "declared": "Erklärung",
        "accepted": "Angenommen",
        "entered": "Festgehalten",
        "invited": "Eingeladen",
        "way": "Wie",
        "proof": "Beleg",
        "ip": "IP-Adresse",
        "agent": "Browser",
        "had": "SHA-256 der Datei",
        "reservations": "Vorbehalten",
        "consent": "Wortlaut der Erklärung, wie er gezeigt wurde ({language})",
        "recorded": "Wie es aufgezeichnet wurde ({language})",
        "consent_hash": "SHA-256 des Wortlauts",
        "languages": {"de": "deutsch", "en": "englisch"},
        "rounds": "Frühere Fassungen",
        "version": "Version",
        "said": "Was dazu gesagt wurde",
        "events": "Verlauf",
        "time": "Zeit",
        "event": "Was geschah",
        "actor": "Durch",
        "zone": "Zeiten von {}, darunter in UTC.",
        "moment": "{date}, {time} Uhr ({zone}), {utc}",
        "audit": "Letzter Eintrag des Dokuments im Prüfprotokoll (verkettete SHA-256)",
        "shows": "Was das Siegel zeigt und was nicht",
        "replaced": "Zeichen, die unsere Schriften nicht haben, stehen hier als „\ufffd“.",
    },
    "en": {
        "title": "Evidence of acceptance: {number}, version {version}",
        "heading": "Evidence of acceptance",
        "intro": "On these pages {agency} records who accepted this document, when and how, and "
        "has sealed them together with the whole file.",
        "scan": "Check the file",
        "page": "Evidence, page {} of {}",
        "document": "The document",
        "kind": "Document",
        "kind_value": "{kind} {number}, version {version}",
        "name": "Title",
        "project": "Project",
        "agency": "Agency",
        "client": "Client",
        "file": "Accepted file",
        "file_name": "File name",
        "size": "{kind}, {size} bytes",
        "pages": "{} pages",
        "one_page": "1 page",
        "sha256": "SHA-256",
        "approved": "Approved internally",
        "approved_value": "{by}, {at}",
        "declared": "Declaration",
        "accepted": "Accepted",
        "entered": "Put on record",
        "invited": "Invited",
        "way": "How",
        "proof": "Proof",
        "ip": "IP address",
        "agent": "Browser",
        "had": "SHA-256 of the file",
        "reservations": "Reserved",
        "consent": "The declaration as it was shown ({language})",
        "recorded": "As it was recorded ({language})",
        "consent_hash": "SHA-256 of these words",
        "languages": {"de": "German", "en": "English"},
        "rounds": "Earlier versions",
        "version": "Version",
        "said": "What was said of it",
        "events": "History",
        "time": "Time",
        "event": "What happened",
        "actor": "By",
        "zone": "Times of {}, below in UTC.",
        "moment": "{date}, {time} ({zone}), {utc}",
        "audit": "The document's last entry in the audit trail (chained SHA-256)",
        "shows": "What the seal shows and what it does not",
        "replaced": "Characters that our typefaces lack stand here as “\ufffd”.",
    },
}

WAYS = {
    "de": {
        Way.LINK: "über den Link in der E-Mail",
        Way.CODE: "über den Link in der E-Mail und einen Code, der an dieselbe Adresse ging",
        Way.PAPER: "auf Papier; ein Scan liegt bei den Akten",
        Way.QUALIFIED: "in einer anderswo signierten PDF-Datei",
    },
    "en": {
        Way.LINK: "by the link in the mail",
        Way.CODE: "by the link in the mail and a code sent to the same address",
        Way.PAPER: "on paper; a scan is on file",
        Way.QUALIFIED: "in a PDF signed elsewhere",
    },
}

FORMS = {
    "de": {
        Way.LINK: "Erklärungen über den Link sind in Textform abgegeben (§ 126b BGB) und tragen "
        "eine einfache elektronische Signatur: den getippten Namen. Der Link zeigt, dass jemand "
        "Zugang zu dieser E-Mail hatte, nicht, wer das war.",
        Way.CODE: "Erklärungen mit Code sind in Textform abgegeben (§ 126b BGB) und tragen eine "
        "einfache elektronische Signatur: den getippten Namen. Der Code zeigt, dass jemand zur "
        "Zeit der Erklärung Zugang zu diesem Postfach hatte, nicht, wer das war.",
        Way.PAPER: "Bei Erklärungen auf Papier zählt das unterschriebene Original; hier steht nur, "
        "dass es vorlag und wann es erfasst wurde.",
        Way.QUALIFIED: "Bei anderswo signierten Dateien zählt deren eigene Signatur. Ob sie "
        "qualifiziert ist, sagt nur ein Validierungsdienst, nicht diese Seite.",
    },
    "en": {
        Way.LINK: "Declarations by the link were given in text form (section 126b of the German "
        "Civil Code, BGB) and bear a simple electronic signature: the typed name. The link shows "
        "that someone had access to that mail, not who it was.",
        Way.CODE: "Declarations with a code were given in text form (section 126b of the German "
        "Civil Code, BGB) and bear a simple electronic signature: the typed name. The code shows "
        "that someone had access to that mailbox at the time, not who it was.",
        Way.PAPER: "For declarations on paper the signed original counts; this page only says that "
        "it was there and when it was recorded.",
        Way.QUALIFIED: "For files signed elsewhere their own signature counts. Whether it is a "
        "qualified one, only a validation service can say, not this page.",
    },
}

SEAL = {
    "de": (
        "Das Siegel zeigt, dass die ganze Datei, diese Seiten eingeschlossen, seit der Siegelung "
        "nicht verändert wurde und dass sie mit dem Schlüssel von {agency} gesiegelt wurde. Es ist "
        "kein qualifiziertes elektronisches Siegel. Es zeigt nicht, wer angenommen hat: Dafür "
        "stehen die Angaben auf diesen Seiten, die {agency} selbst aufgezeichnet hat. Die Zeiten "
        "sind die der Uhr ihres Rechners, auch wenn später gesiegelt wurde.",
        "Ob eine Datei die aufgezeichnete ist, sagt {url} für die Datei selbst oder für ihre "
        "SHA-256. Ein Ausdruck und eine neu gespeicherte Datei sind nicht gesiegelt.",
    ),
    "en": (
        "The seal shows that the whole file, these pages included, has not been changed since it "
        "was sealed, and that it was sealed with the key of {agency}. It is not a qualified "
        "electronic seal. It does not show who accepted: for that these pages stand, which "
        "{agency} recorded itself. Times are those of the clock of its machine, even where the "
        "seal came later.",
        "Whether a file is the recorded one, {url} tells for the file itself or for its SHA-256. A "
        "printout and a file that was saved anew are not sealed.",
    ),
}

PLACES = {
    "de": {
        Placement.BEFORE: "Die angenommene Datei steht unverändert am Anfang dieser Datei: Ihre "
        "ersten {size} Bytes haben die SHA-256, die oben steht.",
        Placement.INSIDE: "Die angenommene Datei liegt dieser Datei als Anlage bei.",
    },
    "en": {
        Placement.BEFORE: "The accepted file stands unchanged at the beginning of this one: its "
        "first {size} bytes have the SHA-256 given above.",
        Placement.INSIDE: "The accepted file is attached to this one.",
    },
}
