import pytest

from acctflows.documents.fonts import install_fonts
from acctflows.documents.pdf.faces import Faces, load_faces


@pytest.fixture(scope="session")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Faces:
    return load_faces(install_fonts(tmp_path_factory.mktemp("home")).folder)
