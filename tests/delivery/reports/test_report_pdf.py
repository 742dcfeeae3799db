import pytest

from acctflows.documents.convert.dxpdf import DxpdfConverter
from acctflows.documents.fonts import install_fonts
from tests.conftest import Golden
from tests.delivery.reports.variants import NOTHING, make_report, write_word
from tests.delivery.variants import LANGUAGES
from tests.documents.pdf.reading import read_as_text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "facts"), [("full", {}), ("empty", NOTHING)])
def test_a_report_reads_as_it_always_did(
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    facts: dict[str, object],
    language: str,
    golden: Golden,
) -> None:
    fonts = install_fonts(tmp_path_factory.mktemp("home"))
    pdf = DxpdfConverter(fonts).convert(write_word(make_report(language, **facts), fonts))
    golden(f"reports/{name}.{language}.txt", read_as_text(pdf))
