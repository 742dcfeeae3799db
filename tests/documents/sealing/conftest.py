from datetime import UTC, datetime
from pathlib import Path

import pytest

from acctflows.documents.fonts import install_fonts
from acctflows.documents.pdf.faces import Faces, load_faces
from acctflows.documents.sealing.certificate import Owner, SealKey, load_seal_key

OWNER = Owner("Nordlicht Digital GmbH", "DE")


@pytest.fixture(scope="session")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Faces:
    return load_faces(install_fonts(tmp_path_factory.mktemp("home")).folder)


@pytest.fixture(scope="session")
def seal_key(tmp_path_factory: pytest.TempPathFactory) -> SealKey:
    """A seal made once for all tests; the clock is the machine's, as pyHanko's is."""
    home = tmp_path_factory.mktemp("seal")
    return load_seal_key(home, owner=OWNER, pkcs12_file=None, now=datetime.now(UTC))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "var"
