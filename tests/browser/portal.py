"""The portal for a browser: served on a free port, with one contract at the client's."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from acctflows.agency.profile import AgencyProfile
from acctflows.app import App
from acctflows.db.session import Database
from acctflows.portal.web import create_portal
from tests.portal.serving import serving
from tests.portal.world import FakePrefect, Hand, make_app

PHONE, SMALL_PHONE, DESKTOP = (360, 740), (320, 640), (1280, 800)


@dataclass
class Served:
    """The portal, where it is, and what stands behind it."""

    app: App
    url: str
    prefect: FakePrefect = field(default_factory=FakePrefect)


@contextmanager
def portal_at(folder: Path, sqlite_file: Path, agency: AgencyProfile) -> Iterator[Served]:
    database = Database(f"sqlite:///{sqlite_file}")
    app = make_app(folder, database, agency, Hand())
    prefect = FakePrefect()
    portal = create_portal(app, prefect)  # type: ignore[arg-type]  # the fake at the outer edge
    with serving(portal) as url:
        yield Served(app, url, prefect)
    database.close()


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than the screen."""
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return max(0, int(wide))


def accessibility_faults(page: Page) -> str:
    """What axe-core finds wrong, empty when nothing is."""
    results = Axe().run(page)
    return results.generate_report() if results.violations_count else ""
