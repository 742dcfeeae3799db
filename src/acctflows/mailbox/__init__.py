"""A local mailbox: a real SMTP server that keeps every mail and shows it in a browser."""
