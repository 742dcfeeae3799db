"""Reads what an agency edits in YAML: checked whole, every wrong field named."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from acctflows.errors import ConfigurationError

Model = TypeVar("Model", bound=BaseModel)


_FASTEST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same YAML, read ten times faster where PyYAML was built with libyaml, as its wheels are."""


class _OneOfEach:
    """YAML as it is meant: a key that stands twice is a mistake, not a silent replacement."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping, each of whose keys stands there once."""
        keys = [key.value for key, _ in node.value]
        for key, _ in node.value:
            if keys.count(key.value) > 1:
                raise yaml.MarkedYAMLError(
                    problem=f"“{key.value}” twice", problem_mark=key.start_mark
                )
        return dict(super().construct_mapping(node, deep))  # type: ignore[misc]  # the loader's


class _Fast(_OneOfEach, _FASTEST):  # type: ignore[misc]  # one of two classes
    """Reads what is right."""


class _Exact(_OneOfEach, yaml.SafeLoader):
    """Says of what is wrong where it is; libyaml counts the end of a file as a line more."""


def _parsed(text: str) -> Any:
    try:
        return yaml.load(text, Loader=_Fast)  # noqa: S506 — is safe
    except yaml.YAMLError:
        return yaml.load(text, Loader=_Exact)  # noqa: S506 — is safe


def read_yaml(path: Path, *, what: str, todo: str) -> Any:
    """What the file holds, not checked against a model yet.

    Args:
        path: The file, UTF-8.
        what: What it is called, such as “the agency's profile”.
        todo: Where a missing one comes from.

    Raises:
        ConfigurationError: The file is missing or no YAML, or a key stands twice in one place.
    """
    try:
        return _parsed(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigurationError(f"{what} is missing", where=str(path), todo=todo) from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(
            f"no valid YAML: {error}", where=str(path), todo="correct the place it names"
        ) from error


def load_yaml(path: Path, model: type[Model], *, what: str, todo: str) -> Model:
    """Read a file as that model.

    Args:
        path: The file, UTF-8.
        model: What it must hold.
        what: What it is called, such as “the agency's profile”.
        todo: Where a missing one comes from.

    Raises:
        ConfigurationError: The file is missing or no YAML, or fields are missing, unknown or
            wrong; names all of them.
    """
    try:
        return model.model_validate(read_yaml(path, what=what, todo=todo))
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'file'}: {fault['msg']}"
            for fault in error.errors()
        )
        raise ConfigurationError(problems, where=str(path), todo="correct these fields") from error
