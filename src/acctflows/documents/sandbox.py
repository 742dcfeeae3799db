"""The little language of the templates: Jinja without a way out of the document's data."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment, safe_range

# They return markup that is not escaped again, so a client's words could become Word's XML.
_MARKUP_FILTERS = ("safe", "forceescape", "urlize", "tojson", "xmlattr")
_LONGEST = 100_000


class MissingValue(jinja2.StrictUndefined):
    """A value the data lack; any use of it is an error that names it and what resembles it."""

    @property
    def _undefined_message(self) -> str:
        name = str(self._undefined_name)
        known = self._undefined_obj if isinstance(self._undefined_obj, Mapping) else {}
        similar = get_close_matches(name, map(str, known), n=1)
        hint = f" (is “{similar[0]}” meant?)" if similar else ""
        if self._undefined_hint:
            return str(self._undefined_hint)
        return f"there is no “{name}” in the data{hint}"


class TemplateSandbox(ImmutableSandboxedEnvironment):
    """Escapes every value, refuses missing ones and everything that is not plain data."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self) -> None:
        super().__init__(autoescape=True, undefined=MissingValue, finalize=_printable)
        self.globals = {"range": safe_range}
        for name in _MARKUP_FILTERS:
            del self.filters[name]

    def read(self, source: str) -> nodes.Template:
        """Parse a template, refusing blocks that would switch the escaping off."""
        try:
            tree = self.parse(source)
        except RecursionError as error:
            raise jinja2.TemplateSyntaxError("it is nested too deeply", 1) from error
        for node in tree.find_all(nodes.ScopedEvalContextModifier):
            raise jinja2.TemplateSyntaxError("{% autoescape %} is not allowed", node.lineno)
        return tree

    def getattr(self, obj: Any, attribute: str) -> Any:
        """``fees.items`` is the value of that name, not the method every mapping has."""
        if isinstance(obj, dict) and attribute in obj:  # as all mappings in cleaned data are
            return obj[attribute]
        return super().getattr(obj, attribute)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Keep one expression from filling the memory: ``'a' * 10**9``, ``'%999999999d' % 1``."""
        if operator == "**" or (operator == "%" and isinstance(left, str)):
            raise SecurityError(f"the operator {operator} is not available in templates")
        for text, times in ((left, right), (right, left)):
            is_long = hasattr(text, "__len__") and isinstance(times, int)
            if is_long and len(text) * times > _LONGEST:
                raise SecurityError(f"the result of * is longer than {_LONGEST} characters")
        return super().call_binop(context, operator, left, right)


def template_line(error: BaseException) -> int | None:
    """The line of the template's source an error came from."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return error.lineno
    line = None
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == "<template>":
            line = step.tb_lineno
        step = step.tb_next
    return line


def _printable(value: Any) -> Any:
    """A value a reader can be shown; an empty one must be meant: ``{% if %}`` or ``or ''``."""
    if isinstance(value, str | jinja2.Undefined):
        return value
    if value is None:
        raise jinja2.UndefinedError("the value is empty (None)")
    if isinstance(value, bool | Mapping | list | tuple) or callable(value):
        raise jinja2.TemplateRuntimeError(
            f"it prints no single value but a {type(value).__name__}; name a value inside, "
            "go through it with {% for %}, or ask it with {% if %}"
        )
    return value
