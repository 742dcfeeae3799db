"""Made-up parties in each language, for the samples that Word templates are checked with."""

from typing import Any

_CLIENTS: dict[str, dict[str, Any]] = {
    "de": {
        "client": ("Möwe Handel GmbH", "Am Markt 3", "28195", "Bremen", "DE"),
        "register": "Amtsgericht Bremen, HRB 21487",
        "signer": ("Käthe Brünning", "Geschäftsführerin"),
    },
    "en": {
        "client": ("Harbour & Finch Ltd", "12 Quay Street", "BS1 4SD", "Bristol", "GB"),
        "register": "Companies House 09876543",
        "signer": ("Grace Finch", "Managing Director"),
    },
}


def sample_parties(language: str) -> dict[str, Any]:
    """``agency``, ``client``, ``signer`` and ``manager`` as the snapshots take them."""
    words = _CLIENTS[language]
    name, *address = words["client"]
    signer, function = words["signer"]
    return {
        "agency": _AGENCY,
        "client": {
            "number": "K-1001",
            "legal_name": name,
            "kind": "business",
            "address": _address(*address),
            "register_entry": words["register"],
            "vat_id": "",
            "invoice_email": "invoices@client.example",
        },
        "signer": _person(1, signer, function, "signer@client.example"),
        "manager": _person(2, "Lena Hansen", "", "lena@nordlicht-digital.example"),
    }


def _address(street: str, postal_code: str, city: str, country: str) -> dict[str, str]:
    return {"street": street, "postal_code": postal_code, "city": city, "country": country}


def _person(key: int, name: str, function: str, email: str) -> dict[str, Any]:
    phone = "+49 40 5550143"
    return {"id": key, "name": name, "function": function, "email": email, "phone": phone}


_AGENCY = {
    "legal_name": "Nordlicht Digital GmbH",
    "short_name": "Nordlicht Digital",
    "address": _address("Speicherstraße 14", "20457", "Hamburg", "DE"),
    "email": "hallo@nordlicht-digital.example",
    "phone": "+49 40 5550142",
    "website": "https://www.nordlicht-digital.example",
    "represented_by": ["Jonas Petersen"],
    "register_court": "Amtsgericht Hamburg",
    "register_number": "HRB 123987",
    "vat_id": "DE136695976",
    "tax_number": "",
    "privacy_url": "https://www.nordlicht-digital.example/datenschutz",
}
