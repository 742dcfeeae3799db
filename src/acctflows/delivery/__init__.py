"""The delivery job: what was done, shown to the client and accepted."""
