"""Who owes the VAT of the agency's services: a pure rule for contracts and invoices alike."""

from enum import StrEnum


class TaxTreatment(StrEnum):
    """Who owes the VAT of the agency's services, and whether there is any."""

    DOMESTIC = "domestic"
    SMALL_BUSINESS = "small_business"
    """None is owed: the agency is an exempt small business (Kleinunternehmer, § 19 UStG)."""
    REVERSE_CHARGE = "reverse_charge"
    OUTSIDE_SCOPE = "outside_scope"


EU_COUNTRIES = frozenset(
    (
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    )
)


def tax_treatment(
    *,
    agency_country: str,
    client_country: str,
    consumer: bool,
    vat_id_valid: bool,
    small_business: bool = False,
) -> TaxTreatment | None:
    """Who owes the VAT on services of an agency in the EU (Art. 44, 45, 196 Directive 2006/112/EC).

    Services that are supplied elsewhere are so for a small business too. Consumers in the EU count
    as at home (§ 3a (1) UStG): services rendered by electronic means (§ 3a (5) UStG) are not
    looked for here.

    Returns:
        The treatment, or None where the records do not settle it: a business in another EU country
        without a valid VAT id, and a consumer outside the EU (see `unclear_tax`).
    """
    at_home = TaxTreatment.SMALL_BUSINESS if small_business else TaxTreatment.DOMESTIC
    if client_country == agency_country:
        return at_home
    if client_country in EU_COUNTRIES:
        if consumer:
            return at_home
        return TaxTreatment.REVERSE_CHARGE if vat_id_valid else None
    return None if consumer else TaxTreatment.OUTSIDE_SCOPE


def unclear_tax(*, number: str, country: str, consumer: bool) -> str:
    """Why the records do not settle the VAT of a client, as a sentence."""
    if not consumer:
        return f"the VAT of client {number} ({country}) is not clear"
    return (
        f"client {number} is a consumer outside the EU ({country}): advertising, consulting, data "
        "processing and the other services of § 3a (4) UStG are supplied where they live and bear "
        "no German VAT, all others are supplied at home and bear it (§ 3a (1) UStG)"
    )
