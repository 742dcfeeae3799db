"""Payments: bank files taken in, matched with evidence, booked and taken back."""
