"""Whatever the grammar makes is read, and means the same after fmt."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.spec import parse
from cnncalc.spec.evaluate import Evaluator
from cnncalc.spec.formatting import format_spec
from cnncalc.spec.limits import DEFAULT
from tests.spec.grammar import chains, specs
from tests.spec.test_formatting import facts


@settings(max_examples=60, deadline=None)
@given(chains)
def test_chains_survive_formatting(chain):
    text = f"INPUT(3x8x8) -> {chain}"
    network = parse(text, params={"n": 2} if "n +" in text else {})
    formatted = format_spec(text)
    assert format_spec(formatted) == formatted
    assert facts(parse(formatted, params={"n": 2} if "n +" in text else {})) == facts(network)


@settings(max_examples=40, deadline=None)
@given(specs())
def test_specs_survive_formatting(text):
    network = parse(text)
    assert network["fc1"].output_shape == (10,)
    formatted = format_spec(text)
    assert format_spec(formatted) == formatted
    assert "# a comment" in formatted
    assert facts(parse(formatted)) == facts(network)


OPERATORS = st.sampled_from(["+", "-", "*", "//", "%", "**", "<", ">=", "==", "and", "or"])


def _expressions(children):
    return st.one_of(
        st.builds(lambda a, op, b: f"({a} {op} {b})", children, OPERATORS, children),
        st.builds(lambda a, op, b: f"{a} {op} {b}", children, st.sampled_from(["+", "-", "*"]), children),
        st.builds(lambda a: f"-{a}", children),
        st.builds(lambda a: f"(not ({a}))", children),
        st.builds(lambda a, b: f"max({a}, {b})", children, children),
    )


@settings(max_examples=200, deadline=None)
@given(st.recursive(st.integers(0, 9).map(str), _expressions, max_leaves=8))
def test_expressions_have_the_values_that_python_gives_them(text):
    from cnncalc.spec.chain import parse_expression
    from cnncalc.spec.expressions import SyntaxProblem
    from cnncalc.spec.source import Problems, Source

    problems = Problems(Source(text))
    tree = parse_expression(text, 0, len(text), problems)
    assert not problems
    try:
        ours = Evaluator(DEFAULT).value(tree, lambda name: name)
    except SyntaxProblem:
        return
    assert ours == eval(text)  # noqa: S307 - our own text, and Python as the judge
