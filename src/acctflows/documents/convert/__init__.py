"""Word to PDF by the best engine the machine has."""
