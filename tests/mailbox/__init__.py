# noqa: A005 — imported as tests.mailbox, never as mailbox
