"""Adding to routefit.yaml without touching what stands there: comments, order and layout stay byte for byte.

The place is found in the node graph; the text is put in there, and read back before it counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from routefit.errors import BadInputError
from routefit.project.document import parse_document
from routefit.project.proposals import WorkloadRule
from routefit.project.yaml_text import scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Additions:
    """What is added to routefit.yaml; `head` is a comment above the rules."""

    rules: Sequence[WorkloadRule] = ()
    head: str = ""
    model_aliases: Mapping[str, str] = field(default_factory=dict)
    head_sample_rate: float | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to add."""
        return not (self.rules or self.model_aliases or self.head_sample_rate)


def with_additions(text: str, additions: Additions, *, file: str) -> str:
    """The text of a project's file with the additions.

    Rules go behind the existing ones and aliases beside the others. BadInputError, with the lines to add by hand,
    where the file is written in a way that nothing can be put in safely.
    """
    before = parse_document(text, file=file).value
    expected = _expected(before, additions)
    changed = text
    if additions.rules:
        lines = [f"- {rule.text}" for rule in additions.rules]
        head = f"# {additions.head}" if additions.head else ""
        changed = _into(changed, "attribution", lines, [rule.text for rule in additions.rules], head)
    if additions.model_aliases:
        pairs = [f"{scalar(name)}: {scalar(model)}" for name, model in additions.model_aliases.items()]
        changed = _into(changed, "model_aliases", pairs, pairs, "")
    if additions.head_sample_rate is not None:
        changed = _at_end(changed, [f"sampling: {{unit_rate: {additions.head_sample_rate}, method: head}}"])
    after = parse_document(changed, file=file)
    if after.problems or after.value != expected:
        block = additions_text(additions)
        raise BadInputError(
            f"{file} is written in a way that nothing can be added to safely: nothing was written",
            next_step=f"add these lines by hand:\n{block}",
        )
    return changed


def additions_text(additions: Additions) -> str:
    """The additions as they would stand in a file of their own."""
    lines = []
    if additions.rules:
        lines += ["attribution:", *(f"  - {rule.text}" for rule in additions.rules)]
    if additions.model_aliases:
        lines += ["model_aliases:"]
        lines += [f"  {scalar(name)}: {scalar(model)}" for name, model in additions.model_aliases.items()]
    if additions.head_sample_rate is not None:
        lines.append(f"sampling: {{unit_rate: {additions.head_sample_rate}, method: head}}")
    return "\n".join(lines) + "\n" if lines else ""


def _expected(before: Mapping[str, Any], additions: Additions) -> dict[str, Any]:
    """The values that the file must have afterwards."""
    expected = dict(before)
    own = parse_document(additions_text(additions), file="additions").value
    if additions.rules:
        expected["attribution"] = [*(before.get("attribution") or []), *own["attribution"]]
    if additions.model_aliases:
        expected["model_aliases"] = {**(before.get("model_aliases") or {}), **own["model_aliases"]}
    if additions.head_sample_rate is not None:
        expected["sampling"] = own["sampling"]
    return expected


def _into(text: str, key: str, lines: Sequence[str], items: Sequence[str], head: str) -> str:
    """The text with entries added to the list or the mapping of a top-level key."""
    pair = _pair(text, key)
    above = [head] if head else []
    if pair is None:
        return _at_end(text, [f"{key}:", *(f"  {line}" for line in [*above, *lines])])
    key_node, value = pair
    if isinstance(value, ScalarNode):
        # `attribution:` without a value, or null: its text goes, its comment stays.
        start, end = value.start_mark.index, value.end_mark.index
        text = text[:start] + text[end:] if end > start else text
        return _after_line(text, key_node.end_mark.line, [f"  {line}" for line in [*above, *lines]])
    if not isinstance(value, MappingNode | SequenceNode):
        return text
    if value.flow_style:
        close = value.end_mark.index - 1
        joint = ", " if value.value and not text[:close].rstrip().endswith(",") else ""
        return text[:close] + joint + ", ".join(items) + text[close:]
    column = value.start_mark.column
    return _after_line(text, _last_line(value), [" " * column + line for line in [*above, *lines]])


def _pair(text: str, key: str) -> tuple[Node, Node] | None:
    root = YAML(typ="safe", pure=True).compose(text)
    if not isinstance(root, MappingNode):
        return None
    return next(((name, value) for name, value in root.value if name.value == key), None)


def _last_line(node: Node) -> int:
    """The line on which the last text of a node ends, from 0: a block's own end lies behind its comments."""
    if isinstance(node, MappingNode | SequenceNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return max(map(_last_line, last)) if isinstance(last, tuple) else _last_line(last)
    line: int = node.end_mark.line
    is_block_text = isinstance(node, ScalarNode) and node.style in ("|", ">")
    return line - 1 if is_block_text and node.end_mark.column == 0 else line


def _after_line(text: str, line: int, added: Sequence[str]) -> str:
    lines = text.splitlines(keepends=True)
    newline = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    if lines and line < len(lines) and not lines[line].endswith("\n"):
        lines[line] += newline
    lines[line + 1 : line + 1] = [one + newline for one in added]
    return "".join(lines)


def _at_end(text: str, added: Sequence[str]) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    joint = "" if not text or text.endswith("\n") else newline
    return text + joint + newline + "".join(one + newline for one in added)
