"""The little language of the templates: Jinja without a way out of the document's data."""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import partial
from typing import Any, cast

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment, safe_range
from jinja2.visitor import NodeTransformer
from markupsafe import escape

from acctflows.documents.budget import EACH, PURSE, paid, spend
from acctflows.documents.growth import GROWING, LONGEST, bounded, bounded_filters, refusal, short

# They return markup that is not escaped again, so a client's words could become Word's XML.
_MARKUP_FILTERS = ("safe", "forceescape", "urlize", "tojson", "xmlattr")
# Names no template can write.
_PAID, _SHORT = "is paid", "is short"
_MARKUP = re.compile("[&<>\"']")


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

    intercepted_binops = frozenset({"*", "**", "%", "+"})
    printed: Callable[[Any], str]
    """What the compiled templates print a value by."""

    def __init__(self) -> None:
        super().__init__(autoescape=True, undefined=MissingValue, finalize=_printable)
        self.code_generator_class = _OneCall
        self.printed = _printed
        self.globals = {"range": _paid_range}
        for name in _MARKUP_FILTERS:
            del self.filters[name]
        self.filters |= bounded_filters(self.filters) | {_PAID: paid, _SHORT: short}

    def prepare(self, source: str) -> jinja2.Template:
        """The template, ready to be filled within `acctflows.documents.budget.limited`.

        Raises:
            jinja2.TemplateSyntaxError: A tag is wrong.
        """
        return self.from_string(_Counting().visit(self.read(source)))

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
            if operator == "*" and is_long and len(text) * times > LONGEST:
                raise refusal("*")
        result = super().call_binop(context, operator, left, right)
        return short(result) if operator == "+" else result

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Pay for the call, and keep a text's own methods from filling the memory."""
        spend(EACH)
        owner, name = getattr(obj, "__self__", None), getattr(obj, "__name__", "")
        if isinstance(owner, str) and name in GROWING:
            checked = bounded(name, partial(super().call, context, obj), owner)
            return checked(*args, **kwargs)
        return super().call(context, obj, *args, **kwargs)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """Jinja's own formatting of texts, with the limits of ours."""
        safe = super().wrap_str_format(value)
        return safe and bounded(value.__name__, safe, str(value.__self__))


class _OneCall(CodeGenerator):
    """Prints a value by one call where Jinja makes two and an object: half the time of a table."""

    def _output_child_pre(self, *_: object) -> None:
        self.write("environment.printed(")

    def _output_child_post(self, *_: object) -> None:
        self.write(")")


class _Counting(NodeTransformer):
    """Lets loops pay for their turns, and looks at texts that are put together."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 — Jinja's name
        self.generic_visit(node)
        text = sum(len(data.data) for data in node.find_all(nodes.TemplateData))
        node.iter = _filtered(cast("nodes.Expr", node.iter), _PAID, nodes.Const(EACH + text))
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802 — Jinja's name
        self.generic_visit(node)
        return _filtered(node, _SHORT)


def _filtered(node: nodes.Expr, name: str, *given: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, name, list(given), [], None, None, lineno=node.lineno)


def _paid_range(*bounds: int) -> range:
    """The numbers of a loop; they cost even where a filter goes through them."""
    numbers = safe_range(*bounds)
    spend(len(numbers) * EACH)
    return numbers


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


def _printed(value: Any) -> str:
    """A value as it is printed: paid for, and escaped."""
    if type(value) is str:
        PURSE.left -= EACH + len(value)  # `spend`, without a call for every value
        if PURSE.left < 0:
            PURSE.refill()
        return escape(value) if _MARKUP.search(value) else value
    return escape(_printable(value))


def _printable(value: Any) -> Any:
    """A value a reader can be shown; an empty one must be meant: ``{% if %}`` or ``or ''``."""
    if isinstance(value, jinja2.Undefined):
        return value
    spend(EACH + (len(value) if isinstance(value, str) else 0))
    if value is None:
        raise jinja2.UndefinedError("the value is empty (None)")
    if isinstance(value, bool | Mapping | list | tuple) or callable(value):
        raise jinja2.TemplateRuntimeError(
            f"it prints no single value ({type(value).__name__}); name a value inside, "
            "go through it with {% for %}, or ask it with {% if %}"
        )
    return value
