"""Who owes the VAT of the agency's services: a pure rule for contracts and invoices alike."""

from enum import StrEnum


class TaxTreatment(StrEnum):
    """Who owes the VAT of the agency's services, and whether there is any."""

    DOMESTIC = "domestic"
    REVERSE_CHARGE = "reverse_charge"
    OUTSIDE_SCOPE = "outside_scope"


EU_COUNTRIES = frozenset(
    (
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    )
)


def tax_treatment(
    *, agency_country: str, client_country: str, consumer: bool, vat_id_valid: bool
) -> TaxTreatment | None:
    """Who owes the VAT on services of an agency in the EU (Art. 44, 45, 196 Directive 2006/112/EC).

    Returns:
        The treatment, or None where the records do not settle it: a business in another EU country
        without a valid VAT id, and a consumer outside the EU.
    """
    if client_country == agency_country:
        return TaxTreatment.DOMESTIC
    if client_country in EU_COUNTRIES:
        if consumer:
            return TaxTreatment.DOMESTIC
        return TaxTreatment.REVERSE_CHARGE if vat_id_valid else None
    return None if consumer else TaxTreatment.OUTSIDE_SCOPE
