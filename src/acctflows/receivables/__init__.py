"""The receivables job: from the invoice to the money."""
