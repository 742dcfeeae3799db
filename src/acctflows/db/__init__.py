"""What the house remembers: models by noun, sessions, migrations."""
