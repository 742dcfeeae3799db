"""From data and a template to bytes, numbers, versions, evidence."""
