"""Adding rules and aliases to routefit.yaml: what stood there stays, and what is added is read back."""

from __future__ import annotations

import pytest

from routefit.errors import BadInputError
from routefit.project.appending import Additions, with_additions
from routefit.project.document import parse_document
from routefit.project.proposals import WorkloadRule

RULE = WorkloadRule(when={"team_alias": "new"}, workload="new", unit="trace_id")
ADDED = {"when": {"team_alias": "new"}, "workload": "new", "unit": "trace_id"}
OLD = {"when": {"key_alias": "old"}, "workload": "old"}


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        pytest.param("name: x\n", [ADDED], id="no rules yet"),
        pytest.param("name: x", [ADDED], id="no end of line"),
        pytest.param("name: x\n# attribution:\n#   - {}\n", [ADDED], id="only a comment"),
        pytest.param("attribution:\nname: x\n", [ADDED], id="no value"),
        pytest.param("attribution:   # ours\n\nname: x\n", [ADDED], id="no value but a comment"),
        pytest.param("attribution: null\nname: x\n", [ADDED], id="null"),
        pytest.param("attribution: []   # none\nname: x\n", [ADDED], id="an empty list"),
        pytest.param(
            "attribution: [{when: {key_alias: old}, workload: old}]\nname: x\n",
            [OLD, ADDED],
            id="a list on one line",
        ),
        pytest.param(
            "attribution: [\n  {when: {key_alias: old}, workload: old},\n]\nname: x\n",
            [OLD, ADDED],
            id="a list in brackets with a last comma",
        ),
        pytest.param(
            "name: x\nattribution:\n- when: {key_alias: old}\n  workload: old   # why\n\n# next\nfx: {}\n",
            [OLD, ADDED],
            id="dashes in the first column",
        ),
        pytest.param(
            "name: x\nattribution:\n    - when:\n        key_alias: old\n      workload: old\nfx: {}\n",
            [OLD, ADDED],
            id="deep indentation",
        ),
        pytest.param(
            "name: x\r\nattribution:\r\n  - {when: {key_alias: old}, workload: old}\r\n",
            [OLD, ADDED],
            id="lines that end as on Windows",
        ),
        pytest.param(
            "name: x\nattribution:\n  - workload: old\n    when: {key_alias: old}   # last",
            [OLD, ADDED],
            id="rules at the end without an end of line",
        ),
    ],
)
def test_rules_go_behind_the_others(text: str, rules: list[object]) -> None:
    """Every character but those of a null stays where it was, in its order."""
    changed = with_additions(text, Additions(rules=[RULE], head="proposed"), file="routefit.yaml")
    assert parse_document(changed, file="routefit.yaml").value["attribution"] == rules
    rest = iter(changed)
    assert all(character in rest for character in text.replace("null", ""))


@pytest.mark.parametrize(
    ("text", "aliases"),
    [
        pytest.param("name: x\n", {"a": "b"}, id="none yet"),
        pytest.param("model_aliases: {}\nname: x\n", {"a": "b"}, id="empty"),
        pytest.param("model_aliases: {c: d}\nname: x\n", {"c": "d", "a": "b"}, id="on one line"),
        pytest.param("model_aliases:\n  c: d  # this\n# that\nname: x\n", {"c": "d", "a": "b"}, id="a block"),
    ],
)
def test_aliases_stand_beside_the_others(text: str, aliases: dict[str, str]) -> None:
    """Those that were there keep their place."""
    changed = with_additions(text, Additions(model_aliases={"a": "b"}), file="routefit.yaml")
    assert parse_document(changed, file="routefit.yaml").value["model_aliases"] == aliases


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{name: x}\n", id="all on one line"),
        pytest.param(
            "name: x\nattribution: &rules\n  - {when: {a: b}}\nfx: *rules\n", id="rules that two keys share"
        ),
        pytest.param("name: x\n...\n", id="an end of the document"),
    ],
)
def test_what_cannot_be_added_to_is_refused(text: str) -> None:
    """The lines to add by hand are in the next step."""
    with pytest.raises(BadInputError, match="nothing can be added to safely") as raised:
        with_additions(text, Additions(rules=[RULE]), file="routefit.yaml")
    assert RULE.text in str(raised.value.next_step)


def test_nothing_to_add() -> None:
    """The text as it was."""
    assert with_additions("name: x  # y\n", Additions(), file="routefit.yaml") == "name: x  # y\n"
