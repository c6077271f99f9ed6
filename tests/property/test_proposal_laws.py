"""Laws of what is proposed: any text survives as YAML, any name becomes an id, files keep what they say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from routefit.answers.discover_rules import slug
from routefit.project.appending import Additions, additions_text, with_additions
from routefit.project.consistency import ID_PATTERN
from routefit.project.document import parse_document
from routefit.project.proposals import WorkloadRule
from routefit.project.yaml_text import flow, scalar

texts = st.text(min_size=1, max_size=30).filter(lambda text: text.isprintable())
words = st.text(alphabet="abcxyz-_.:#?*!&%@{}[], '\"1/\\", min_size=1, max_size=12)
values = texts | words


@given(values)
def test_a_text_survives_as_yaml(text: str) -> None:
    """As a value, as a key, in a list."""
    line = f"{scalar(text)}: {flow((text, 'x'))}\n"
    assert parse_document(line, file="x").value == {text: [text, "x"]}


@given(st.text(max_size=200))
def test_any_name_becomes_an_id(text: str) -> None:
    """It names a file and can be typed."""
    assert ID_PATTERN.fullmatch(slug(text))


rules = st.builds(
    WorkloadRule,
    when=st.dictionaries(
        values, st.none() | values | st.lists(values, min_size=2, max_size=3).map(tuple), max_size=2
    ),
    workload=st.none() | values,
    unit=st.none() | values,
    idle_minutes=st.none() | st.integers(1, 99),
    owner=st.none() | values,
)
old_rules = st.lists(rules, max_size=3)


@given(
    old_rules,
    st.lists(rules, min_size=1, max_size=3),
    st.sampled_from(["", "# a comment\n", "\n\n"]),
    st.booleans(),
)
def test_rules_are_added_behind_the_others(
    old: list[WorkloadRule], new: list[WorkloadRule], between: str, has_more: bool
) -> None:
    """The values are those of before and then the new ones; the lines of before are all there, in order."""
    text = "name: x\n" + additions_text(Additions(rules=old)) + between + ("fx: {}\n" if has_more else "")
    changed = with_additions(text, Additions(rules=new, head="new"), file="x")
    declared = parse_document(changed, file="x").value["attribution"]
    assert declared == parse_document(additions_text(Additions(rules=[*old, *new])), file="x").value["attribution"]
    lines = iter(changed.split("\n"))
    assert all(line in lines for line in text.rstrip("\n").split("\n"))
