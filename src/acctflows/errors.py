"""Errors that say what was wrong, where, what to do about it, and whether a retry can help."""


class AcctflowsError(Exception):
    """Something a person can understand and act on.

    Args:
        what: What was wrong, one sentence in the user's words.
        where: The place: a file, field, row, paragraph or record; empty where the sentence says it.
        todo: What the reader should do next; empty where nothing can be done.
        permanent: True when the same call will fail again, so that a flow must not retry it.
    """

    permanent_by_default = True

    def __init__(
        self, what: str, *, where: str = "", todo: str = "", permanent: bool | None = None
    ) -> None:
        self.what = what
        self.where = where
        self.todo = todo
        self.permanent = self.permanent_by_default if permanent is None else permanent
        place = f"{where}: " if where else ""
        advice = f" → {todo}" if todo else ""
        super().__init__(f"{place}{what}{advice}")


class InputError(AcctflowsError):
    """What a person or a file gave cannot be used as it is."""


class NotFoundError(AcctflowsError):
    """A named record does not exist."""


class ConflictError(AcctflowsError):
    """The record is in another state than the step needs (already decided, superseded, changed)."""


class ConfigurationError(AcctflowsError):
    """The installation lacks something: a setting, a font, a template, a server."""


class TemporaryError(AcctflowsError):
    """Outside circumstances failed; the same call may succeed later."""

    permanent_by_default = False
