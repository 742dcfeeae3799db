"""What is said of Word templates, in English and German, by code.

Facts stand behind a dollar sign, as the braces here are those of tags.
"""

from typing import NamedTuple


class Message(NamedTuple):
    """A sentence in both languages, and what to do about it where that helps."""

    en: str
    de: str
    todo_en: str = ""
    todo_de: str = ""


PARTS: dict[str, Message] = {
    "body": Message("body", "Text"),
    "header": Message("header", "Kopfzeile"),
    "footer": Message("footer", "Fußzeile"),
    "footnotes": Message("footnotes", "Fußnoten"),
    "endnotes": Message("endnotes", "Endnoten"),
}
"""The parts of a document as readers call them; others go by their names in the file."""

_OWN_PARAGRAPH = (
    "Let every {% if %} and {% for %} begin and end in the same paragraph, or give each a "
    "paragraph of its own with {%p … %}, rows with {%tr … %}.",
    "Jedes {% if %} und {% for %} im selben Absatz beginnen und enden lassen oder jedem mit "
    "{%p … %} einen eigenen Absatz geben, in Tabellen mit {%tr … %} eine eigene Zeile.",
)
_SAVE_AGAIN = (
    "Open it in Word, save it as .docx and try again.",
    "In Word öffnen, als .docx speichern und noch einmal versuchen.",
)

MESSAGES: dict[str, Message] = {
    # The file
    "file_missing": Message("The file is missing.", "Die Datei fehlt."),
    "file_unreadable": Message(
        "The file cannot be read ($reason).", "Die Datei lässt sich nicht lesen ($reason)."
    ),
    "no_word_file": Message(
        "This is not a readable Word file (.docx).",
        "Das ist keine lesbare Word-Datei (.docx).",
        *_SAVE_AGAIN,
    ),
    "old_word_file": Message(
        "This is an old Word file (.doc) or one that a password protects.",
        "Das ist eine alte Word-Datei (.doc) oder eine mit Kennwort.",
        "Open it in Word, save it as .docx without a password and try again.",
        "In Word öffnen, ohne Kennwort als .docx speichern und noch einmal versuchen.",
    ),
    "word_template": Message(
        "The file was saved as a Word template (.dotx) or with macros (.docm).",
        "Die Datei wurde als Word-Vorlage (.dotx) oder mit Makros (.docm) gespeichert.",
        "In Word: Save As, Word Document (.docx).",
        "In Word: Speichern unter, Word-Dokument (.docx).",
    ),
    "strict_word_file": Message(
        "The file was saved as a Strict Open XML Document.",
        "Die Datei wurde als „Strict Open XML-Dokument“ gespeichert.",
        "In Word: Save As, Word Document (.docx).",
        "In Word: Speichern unter, Word-Dokument (.docx).",
    ),
    "file_too_large": Message(
        "The file is larger than $limit MB.", "Die Datei ist größer als $limit MB."
    ),
    "unpacks_too_large": Message(
        "The file unpacks to $size MB in $count parts; allowed are $limit MB in $parts parts.",
        "Die Datei entpackt sich auf $size MB in $count Teilen; erlaubt sind $limit MB in $parts "
        "Teilen.",
        "Make the pictures smaller.",
        "Die Bilder verkleinern.",
    ),
    "picture_too_large": Message(
        "The picture has $width × $height pixels; allowed are $limit million.",
        "Das Bild hat $width × $height Bildpunkte; erlaubt sind $limit Millionen.",
        "Make it smaller: in Word, Picture Format, Compress Pictures.",
        "Verkleinern: in Word unter Bildformat, Bilder komprimieren.",
    ),
    "part_twice": Message(
        "The file holds the same part twice.", "Die Datei enthält denselben Teil doppelt."
    ),
    "macros": Message(
        "The file holds macros.",
        "Die Datei enthält Makros.",
        "Save it as .docx.",
        "Als .docx speichern.",
    ),
    "part_missing": Message("The part $name is missing.", "Der Teil $name fehlt."),
    "part_damaged": Message("The part is damaged: $reason", "Der Teil ist beschädigt: $reason"),
    "damaged": Message(
        "A part of the file is missing or damaged: $reason",
        "Ein Teil der Datei fehlt oder ist beschädigt: $reason",
    ),
    "points_outside": Message(
        "It points to something outside the file ($kind: $target).",
        "Verweis auf etwas außerhalb der Datei ($kind: $target).",
        "Insert the picture or object into the file instead of linking to it.",
        "Das Bild oder Objekt in die Datei einfügen statt zu verknüpfen.",
    ),
    "template_outside": Message(
        "It points to something outside the file ($kind: $target).",
        "Verweis auf etwas außerhalb der Datei ($kind: $target).",
        "In Word: Developer, Document Template, Attach “Normal”; then save.",
        "In Word: Entwicklertools, Dokumentvorlage, „Normal“ anfügen; dann speichern.",
    ),
    "font_elsewhere": Message(
        "acctflows does not bring these typefaces, and another machine may print others: $faces.",
        "Diese Schriftarten bringt acctflows nicht mit, und ein anderer Rechner druckt womöglich "
        "andere: $faces.",
    ),
    "font_missing": Message(
        "These typefaces are missing here, so others are printed: $faces.",
        "Diese Schriftarten fehlen hier, gedruckt werden andere: $faces.",
        "Install them, or choose one that acctflows brings: $shipped.",
        "Sie installieren oder eine wählen, die acctflows mitbringt: $shipped.",
    ),
    # Left over from its making
    "tracked_changes": Message(
        "Tracked changes: $count. Every document made of it shows them.",
        "Nachverfolgte Änderungen: $count. Jedes Dokument daraus zeigt sie.",
        "In Word: Review, accept or reject all changes.",
        "In Word unter Überprüfen alle Änderungen annehmen oder ablehnen.",
    ),
    "comments": Message(
        "Comments: $count. Whoever gets a Word file made of it can read them.",
        "Kommentare: $count. Wer eine Word-Datei daraus bekommt, kann sie lesen.",
        "In Word: Review, delete all comments.",
        "In Word unter Überprüfen alle Kommentare löschen.",
    ),
    "foreign_tag": Message(
        "This looks like a tag of another program: nothing fills it.",
        "Das sieht aus wie der Platzhalter eines anderen Programms: Nichts füllt ihn.",
        "Write {{ … }} with the name of a value.",
        "{{ … }} mit dem Namen eines Werts schreiben.",
    ),
    # Tags, each by itself
    "tag_elsewhere": Message(
        "Tags are not filled in this part.",
        "In diesem Teil werden keine Platzhalter gefüllt.",
        "Take the tag away there; write it in text, header, footer or a note.",
        "Den Platzhalter dort entfernen; er gehört in Text, Kopf-, Fußzeile oder Fußnote.",
    ),
    "torn": Message(
        "It begins outside and ends inside of a tracked change, a link or a field, or the reverse.",
        "Er beginnt außerhalb und endet innerhalb einer nachverfolgten Änderung, eines Links oder "
        "Felds oder umgekehrt.",
        "Accept the changes, then write the whole tag anew in one go.",
        "Die Änderungen annehmen, dann den ganzen Platzhalter in einem Zug neu schreiben.",
    ),
    "not_opened": Message(
        "“$mark” closes a tag that is not opened.",
        "„$mark“ schließt einen Platzhalter, der nicht geöffnet ist.",
    ),
    "not_closed": Message(
        "The tag “$opened” is not closed in its paragraph.",
        "Der Platzhalter „$opened“ wird in seinem Absatz nicht geschlossen.",
    ),
    "outside_table": Message(
        "{%$prefix … %} stands outside a table; it belongs in a row.",
        "{%$prefix … %} steht außerhalb einer Tabelle; es gehört in eine Tabellenzeile.",
    ),
    "rest_vanishes": Message(
        "The rest of a paragraph with {%p … %} vanishes; give the tag its own paragraph.",
        "Der Rest eines Absatzes mit {%p … %} verschwindet; dem Platzhalter einen eigenen Absatz "
        "geben.",
    ),
    "rest_vanishes_value": Message(
        "The rest of a paragraph with {{p … }} vanishes; give the tag its own paragraph.",
        "Der Rest eines Absatzes mit {{p … }} verschwindet; dem Platzhalter einen eigenen Absatz "
        "geben.",
    ),
    "plain_value": Message(
        "$code is plain text; write {{ $code }}.",
        "$code ist einfacher Text; {{ $code }} schreiben.",
    ),
    "wrong_tag_picture": Message(
        "It is a picture, and this tag cannot show that.",
        "Das ist ein Bild, und dieser Platzhalter kann das nicht zeigen.",
        "Write {{ … }}.",
        "{{ … }} schreiben.",
    ),
    "wrong_tag_rich": Message(
        "It is rich text, and this tag cannot show that.",
        "Das ist formatierter Text, und dieser Platzhalter kann das nicht zeigen.",
        "Write {{r … }}.",
        "{{r … }} schreiben.",
    ),
    "wrong_tag_paragraphs": Message(
        "It is rich text of whole paragraphs, and this tag cannot show that.",
        "Das sind ganze formatierte Absätze, und dieser Platzhalter kann das nicht zeigen.",
        "Write {{p … }} in a paragraph of its own.",
        "{{p … }} in einen eigenen Absatz schreiben.",
    ),
    "wrong_tag_document": Message(
        "It is a sub-document, and this tag cannot show that.",
        "Das ist ein eigenes Dokument, und dieser Platzhalter kann das nicht zeigen.",
        "Write {{p … }} in a paragraph of its own.",
        "{{p … }} in einen eigenen Absatz schreiben.",
    ),
    "document_outside_body": Message(
        "A sub-document can only stand in the body.",
        "Ein eigenes Dokument kann nur im Text stehen.",
        "Move the tag there.",
        "Den Platzhalter dorthin setzen.",
    ),
    "value_filtered": Message(
        "A filter changed a value that is no text.",
        "Ein Filter hat einen Wert verändert, der kein Text ist.",
        "Print it without filters.",
        "Ohne Filter ausgeben.",
    ),
    "link_elsewhere": Message(
        "The link in docxtpl's rich text belongs to another file.",
        "Der Link im formatierten Text von docxtpl gehört zu einer anderen Datei.",
        "Give RichText of acctflows.documents.values, which carries the address.",
        "RichText aus acctflows.documents.values verwenden; es bringt die Adresse mit.",
    ),
    "unknown_name": Message("There is no value “$path”.", "Einen Wert „$path“ gibt es nicht."),
    "misspelt_name": Message(
        "There is no value “$path”. Is “$similar” meant?",
        "Einen Wert „$path“ gibt es nicht. Ist „$similar“ gemeint?",
    ),
    "unknown_filter": Message("There is no filter “$name”.", "Einen Filter „$name“ gibt es nicht."),
    "misspelt_filter": Message(
        "There is no filter “$name”. Is “$similar” meant?",
        "Einen Filter „$name“ gibt es nicht. Ist „$similar“ gemeint?",
    ),
    "unknown_test": Message("There is no test “$name”.", "Eine Prüfung „$name“ gibt es nicht."),
    "misspelt_test": Message(
        "There is no test “$name”. Is “$similar” meant?",
        "Eine Prüfung „$name“ gibt es nicht. Ist „$similar“ gemeint?",
    ),
    "unknown_instruction": Message(
        "There is no instruction “$name”.", "Eine Anweisung „$name“ gibt es nicht."
    ),
    "misspelt_instruction": Message(
        "There is no instruction “$name”. Is “$similar” meant?",
        "Eine Anweisung „$name“ gibt es nicht. Ist „$similar“ gemeint?",
    ),
    # Tags among each other
    "block_open": Message(
        "{% $begin %} is not closed: {% $end %} is missing.",
        "{% $begin %} wird nicht geschlossen: {% $end %} fehlt.",
    ),
    "within_nothing": Message(
        "{% $word %} stands in no {% $outer %}.", "{% $word %} steht in keinem {% $outer %}."
    ),
    "closes_nothing": Message(
        "{% $word %} closes nothing: there is no open {% $begin %} before it.",
        "{% $word %} schließt nichts: Davor ist kein {% $begin %} offen.",
    ),
    "crossed": Message(
        "{% $word %} comes before the end of {% $code %} in “$paragraph”.",
        "{% $word %} kommt vor dem Ende von {% $code %} in „$paragraph“.",
    ),
    "structure": Message(
        "The tags break the document's structure ($reason).",
        "Die Platzhalter zerreißen den Aufbau des Dokuments ($reason).",
        *_OWN_PARAGRAPH,
    ),
    "stray_text": Message(
        "This text stands where Word does not show any.",
        "Dieser Text steht, wo Word keinen zeigt.",
        "Write {{ value }}; {{r …}}, {{p …}} and {{tr …}} are for other things.",
        "{{ wert }} schreiben; {{r …}}, {{p …}} und {{tr …}} sind für anderes.",
    ),
    "too_deep": Message(
        "The tags are nested too deeply.", "Die Platzhalter sind zu tief verschachtelt."
    ),
    # What Jinja finds in a tag
    "unexpected": Message(
        "A tag is wrong: after its beginning comes “$got”, which does not belong there.",
        "Ein Platzhalter ist falsch: Nach seinem Anfang kommt „$got“, das dort nicht hingehört.",
        "Look for a forgotten comma, quotation mark, bracket or |.",
        "Nach vergessenem Komma, Anführungszeichen, vergessener Klammer oder | suchen.",
    ),
    "expected": Message(
        "A tag is wrong: “$expected” is expected, but there is “$got”.",
        "Ein Platzhalter ist falsch: Erwartet wird „$expected“, da steht aber „$got“.",
    ),
    "ends_early": Message(
        "A tag is wrong: it ends where something is still to come.",
        "Ein Platzhalter ist falsch: Er endet, wo noch etwas kommen muss.",
    ),
    "unexpected_sign": Message(
        "A tag is wrong: the sign “$sign” does not belong there.",
        "Ein Platzhalter ist falsch: Das Zeichen „$sign“ gehört dort nicht hin.",
    ),
    "tag_wrong": Message("A tag is wrong: $reason.", "Ein Platzhalter ist falsch: $reason."),
    "autoescape": Message(
        "{% autoescape %} is not allowed.", "{% autoescape %} ist nicht erlaubt."
    ),
    "value_missing": Message(
        "A value is missing: there is no “$name” in the data.",
        "Ein Wert fehlt: „$name“ kommt in den Daten nicht vor.",
    ),
    "value_misspelt": Message(
        "A value is missing: there is no “$name” in the data (is “$similar” meant?).",
        "Ein Wert fehlt: „$name“ kommt in den Daten nicht vor (ist „$similar“ gemeint?).",
    ),
    "value_empty": Message(
        "A value is missing: the value is empty (None).",
        "Ein Wert fehlt: Der Wert ist leer.",
        "Where it may be, write {{ value or '–' }} or ask with {% if value %}.",
        "Wo er es sein darf, {{ wert or '–' }} schreiben oder mit {% if wert %} fragen.",
    ),
    "value_gone": Message("A value is missing: $reason.", "Ein Wert fehlt: $reason."),
    "no_single_value": Message(
        "A tag is wrong: it prints no single value ($kind).",
        "Ein Platzhalter ist falsch: Er gibt keinen einzelnen Wert aus ($kind).",
        "Name a value inside, go through it with {% for %}, or ask it with {% if %}.",
        "Einen Wert darin nennen, ihn mit {% for %} durchgehen oder mit {% if %} fragen.",
    ),
    "not_allowed": Message(
        "The template asks for something that is not allowed: $reason.",
        "Die Vorlage verlangt etwas, das nicht erlaubt ist: $reason.",
    ),
    "forbidden_name": Message(
        "The template asks for something that is not allowed: “$name”.",
        "Die Vorlage verlangt etwas, das nicht erlaubt ist: „$name“.",
        "Names that begin with _ belong to the program, not to the data.",
        "Namen, die mit _ beginnen, gehören dem Programm, nicht zu den Daten.",
    ),
    "forbidden_operator": Message(
        "The template asks for something that is not allowed: the operator $name.",
        "Die Vorlage verlangt etwas, das nicht erlaubt ist: den Operator $name.",
    ),
    "not_worked_out": Message(
        "A tag cannot be worked out: $reason.",
        "Ein Platzhalter lässt sich nicht ausrechnen: $reason.",
    ),
    # Documents and pictures
    "no_picture": Message(
        "There is no picture named “$name”.",
        "Ein Bild namens „$name“ gibt es nicht.",
        "Insert a picture of that file name where it shall stand.",
        "Ein Bild dieses Dateinamens einfügen, wo es stehen soll.",
    ),
    "not_merged": Message(
        "It cannot be merged into $file: $reason",
        "Lässt sich nicht in $file einfügen: $reason",
        *_SAVE_AGAIN,
    ),
    "tag_in_note": Message(
        "A footnote has a tag: it would be filled.",
        "Eine Fußnote hat einen Platzhalter: Er würde gefüllt.",
        "A sub-document holds no tags: write out what the footnote says.",
        "Ein eingefügtes Dokument hat keine Platzhalter: ausschreiben, was da stehen soll.",
    ),
    # Limits
    "too_slow": Message(
        "It could not be filled within $seconds seconds: look at its loops.",
        "Sie ließ sich in $seconds Sekunden nicht füllen: die Schleifen ansehen.",
    ),
    "too_much_memory": Message(
        "It asks for more memory than a document may need: look at its loops and long texts.",
        "Sie verlangt mehr Speicher, als ein Dokument brauchen darf: Schleifen und lange Texte "
        "ansehen.",
    ),
    "ended_by_signal": Message(
        "The check was ended by signal $number; perhaps the memory ran out.",
        "Die Prüfung wurde durch Signal $number beendet; vielleicht reichte der Speicher nicht.",
    ),
    "broke_off": Message("The check broke off ($reason).", "Die Prüfung brach ab ($reason)."),
    "grows": Message(
        "“$name” would make a text of more than $limit characters.",
        "„$name“ ergäbe einen Text von mehr als $limit Zeichen.",
    ),
    "too_long": Message(
        "It would be longer than $limit million characters.",
        "Sie würde länger als $limit Millionen Zeichen.",
        "Look at its loops and long texts.",
        "Schleifen und lange Texte ansehen.",
    ),
}
