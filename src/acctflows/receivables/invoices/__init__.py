"""Invoices: what is charged, issued once, drawn and sent."""
