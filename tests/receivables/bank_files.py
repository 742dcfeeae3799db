"""Where the sample files are, and how the third-party ones are found."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "data" / "receivables"
CORPUS = ROOT.parent / "shared" / "corpus" / "bank"
needs_corpus = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the third-party bank files are not there"
)


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()
