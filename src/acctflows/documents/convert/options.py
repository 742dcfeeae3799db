"""What a PDF must be, besides readable by people who see."""

from dataclasses import dataclass

from acctflows.errors import InputError


@dataclass(frozen=True)
class PrintOptions:
    """What to ask of an engine; one that cannot do it says so and prints nothing.

    Args:
        archival: PDF/A-2b (ISO 19005-2): everything that shows the page is in the file, so that it
            looks the same in decades, and nothing in it can change or run.
        tagged: With the structure (headings, paragraphs, lists, tables) that screen readers need.
    """

    archival: bool = False
    tagged: bool = False

    def beyond(self, offered: "PrintOptions") -> tuple[str, ...]:
        """The names of what is asked here and not offered there."""
        asked = (
            ("PDF/A-2b", self.archival and not offered.archival),
            ("tagged PDF", self.tagged and not offered.tagged),
        )
        return tuple(name for name, is_missing in asked if is_missing)

    def require(self, offered: "PrintOptions", *, engine: str) -> None:
        """Refuse what the engine does not offer.

        Raises:
            InputError: It cannot do all that is asked here.
        """
        if missing := self.beyond(offered):
            raise InputError(
                f"{engine} makes no {' and no '.join(missing)}.",
                todo="install LibreOffice, or ask for less",
            )


PLAIN_PDF = PrintOptions()
TAGGED_PDF = PrintOptions(tagged=True)
ARCHIVAL_PDF = PrintOptions(archival=True, tagged=True)
