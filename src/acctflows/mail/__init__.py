"""Mail: composed from templates, kept in an outbox, handed over once."""
