"""The agency's look on the pages: its colour, logo and typeface, served as files of our own."""

import mimetypes
from importlib.resources import files

from fastapi import APIRouter, FastAPI, HTTPException, Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from acctflows.app import App

FONTS = {"regular": "SourceSansPro-Regular.otf", "semibold": "SourceSansPro-Semibold.otf"}
"""Weights of the house typeface (SIL Open Font License) the pages use."""

_ONE_DAY = {"Cache-Control": "public, max-age=86400"}
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


class VersionedFiles(StaticFiles):
    """Static files whose address changes with their content, so that they never go stale."""

    def file_response(self, *args: object, **options: object) -> Response:
        """The file, kept for ever."""
        response = super().file_response(*args, **options)  # type: ignore[arg-type]  # passed through
        response.headers.update(_FOR_EVER)
        return response


def serve_look(portal: FastAPI, app: App) -> None:
    """Add the stylesheet, the agency's colour and logo, and the typeface to the portal."""
    router = APIRouter()

    @router.api_route("/static/agency.css", methods=["GET", "HEAD"])
    def colour() -> Response:
        return Response(colour_css(app.agency.look.colour), media_type="text/css", headers=_ONE_DAY)

    @router.api_route("/static/logo", methods=["GET", "HEAD"])
    def logo() -> Response:
        file = app.logo_file
        if file is None:
            raise HTTPException(404)
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return FileResponse(file, media_type=kind, headers=_ONE_DAY)

    @router.api_route("/static/fonts/{weight}.otf", methods=["GET", "HEAD"])
    def font(weight: str) -> Response:
        if weight not in FONTS:
            raise HTTPException(404)
        content = files("font_source_sans_pro").joinpath("files", FONTS[weight]).read_bytes()
        return Response(content, media_type="font/otf", headers=_FOR_EVER)

    @router.api_route("/favicon.ico", methods=["GET", "HEAD"], include_in_schema=False)
    def icon(request: Request) -> Response:  # noqa: ARG001 — a route of its own, not a 404 in every log
        return Response(status_code=204, headers=_ONE_DAY)

    portal.include_router(router)
    portal.mount("/static", VersionedFiles(directory=app.templates / "portal" / "static"))


def colour_css(colour: str) -> str:
    """The agency's colour as CSS values, with an ink that can be read on it (WCAG 2.2, 1.4.3)."""
    ink = "#ffffff" if contrast(colour, "#ffffff") >= contrast(colour, "#111111") else "#111111"
    link = colour if contrast(colour, "#ffffff") >= 4.5 else "#1d3557"  # 4.5:1 for text
    return f":root{{--brand:{colour};--brand-ink:{ink};--link:{link}}}\n"


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours ``#rrggbb``, 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
