"""Networks made at random from the grammar, always valid, for Hypothesis."""

from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "b", "c1", "stem", "head_2"])


@st.composite
def numbers(draw, least=1, most=6):
    """A number, or an expression with its value."""
    value = draw(st.integers(least, most))
    forms = [
        str(value),
        f"{value} + 0",
        f"({value})",
        f"2*{value} - {value}",
        f"min({value}, 99)",
        f"n + {value - 2}",
    ]
    return draw(st.sampled_from(forms))


@st.composite
def layers(draw):
    """A layer that takes any image and keeps its size."""
    out, odd = draw(numbers()), draw(st.sampled_from([1, 3, 5]))
    forms = [
        f"conv({out}, {odd}, padding={odd // 2})",
        f"CONV({out},{odd},p={odd // 2})",
        f"conv({out}, {odd}x{odd}, padding=({odd // 2}, {odd // 2}), bias=false)",
        f"conv2d(out={out}, k={odd}, pad=same)",
        "relu", "RELU", "bn", "tanh()", "id", f"maxpool(1, {1})", "avg_pool(1)", "dropout(0.5)", "cin_keeper",
    ]  # fmt: skip
    return draw(st.sampled_from(forms)).replace("cin_keeper", "conv(cin, 1)")


def _extended(children):
    separators = st.sampled_from([" -> ", "->", ", ", " → ", "-"])
    joined = st.builds(lambda a, sep, b: f"{a}{sep}{b}", children, separators, children)
    grouped = st.builds(
        lambda a, sep, b, n: f"({a}{sep}{b})*{n}", children, separators, children, st.integers(1, 3)
    )
    branched = st.builds(lambda a, b: f"cat[{a} | {b} | id]", children, children)
    doubled = st.builds(lambda a: f"add[{a} -> conv(4, 1)|conv(4, 1)]", children)
    chosen = st.builds(
        lambda a, b, n: f"[{a}] if cin > {n} else ({b})", children, children, st.integers(1, 5)
    )
    optional = st.builds(lambda a: f"({a})?", children)
    return st.one_of(joined, grouped, branched, doubled, chosen, optional)


chains = st.recursive(layers(), _extended, max_leaves=8)


@st.composite
def specs(draw):
    """A whole spec: parameters, blocks, parts and a chain."""
    body, block = draw(chains), draw(chains)
    name = draw(NAMES)
    used = draw(st.integers(1, 3))
    lines = [
        "# made at random",
        "input: 3x8x8",
        "params: {n: 2}",
        "defaults: {conv: {bias: true}}",
        "blocks:",
        f"  part(w, v=2): relu -> {block} -> conv(w*v, 1)",
        "layers:",
        f"  - relu -> {body}",
        f"  - {name}: part({used})",
        f"  - part({used}, v=n)*{draw(st.integers(0, 2))} -> cat[from({name}) | id]  # a comment",
        "  - FC(10)",
    ]
    return "\n".join(lines) + "\n"
