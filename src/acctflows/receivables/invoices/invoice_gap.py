"""Something an invoice lacks, said to German and English readers."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Gap:
    """Something an invoice lacks.

    Args:
        field: Where it is missing, as a path in the snapshot.
        law: The provision that demands it, cited as in English texts.
        de: What is missing, for a German reader.
        en: The same for an English reader.
        todo_de: What to do about it.
        todo_en: The same in English.
    """

    field: str
    law: str
    de: str
    en: str
    todo_de: str
    todo_en: str

    def sentence(self, language: str) -> str:
        """Such as ``the recipient's address is incomplete (§ 14 …): complete it …``."""
        if language == "de":
            return f"{self.de} ({_in_german(self.law)}): {self.todo_de}"
        return f"{self.en} ({self.law}): {self.todo_en}"


def _in_german(citation: str) -> str:
    """``§ 14 (4) no. 1 UStG`` as ``§ 14 Abs. 4 Nr. 1 UStG``."""
    return re.sub(r"\((\d+)\)", r"Abs. \1", citation).replace("no. ", "Nr. ")
