"""What the pages share: the application, Prefect's API, the renderer and the limits."""

from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Annotated

from fastapi import Depends, Request

from acctflows.app import App
from acctflows.clockwork.api import PrefectApi
from acctflows.portal.limits import TokenBuckets
from acctflows.portal.pages import Pages
from acctflows.portal.postman import Postman
from acctflows.portal.resume import Resumer
from acctflows.portal.texts import accepted_language, choose_language


@dataclass(frozen=True)
class Portal:
    """Made once by ``create_portal``; every page gets it as an argument."""

    app: App
    prefect: PrefectApi | None
    pages: Pages
    resumer: Resumer
    postman: Postman
    misses: TokenBuckets
    """Wrong client links per visitor: nobody may try one after another."""
    uploads: TokenBuckets
    """Files per visitor."""
    reading: BoundedSemaphore
    """Files of strangers that are read at the same time."""

    @property
    def https(self) -> bool:
        """Whether people reach the portal by https."""
        return self.app.portal_url.startswith("https://")

    def language_of(self, request: Request) -> str:
        """What a reader nobody knows wants: ``?lang=``, the browser's, else the agency's."""
        return choose_language(
            request.query_params.get("lang"),
            accepted_language(request.headers.get("accept-language", "")),
            self.app.agency.language,
        )


def portal_of(request: Request) -> Portal:
    """The portal that serves this request."""
    portal: Portal = request.app.state.portal
    return portal


PortalDep = Annotated[Portal, Depends(portal_of)]
