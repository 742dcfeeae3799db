"""Payment follow-up: who is reminded of what, when and why; letters, holds and promises."""
