"""Random networks: every kind, arguments drawn from their declarations, branches and merges."""

from cnncalc.errors import LayerError
from cnncalc.layers import KINDS
from cnncalc.network import Builder

CHAINED = [cls for cls in KINDS.values() if cls.arity[0] == 1 and cls.kind not in {"opaque", "embedding"}]
MERGES = [KINDS["add"], KINDS["mul"], KINDS["cat"]]
OFTEN = [KINDS[kind] for kind in ("conv", "linear", "fc", "bn", "relu", "maxpool", "avgpool", "flatten")]
LARGEST = 4000
TRAINED = {"rnn", "lstm", "gru", "attention"}
"""What PyTorch keeps of these when they are frozen is not worked out."""


def network(random, name="generated"):
    """A network of up to twelve layers with one to three inputs and one or two outputs."""
    make = Builder(name)
    for number in range(random.choice((1, 1, 2))):
        make.input(f"x{number}", shape(random))
    for _ in range(random.randint(3, 12)):
        grow(make, random)
    outputs = {make.nodes[-1].name: make.nodes[-1]}
    if random.random() < 0.3:
        other = random.choice(make.nodes)
        outputs[other.name] = other
    return make.network(outputs=list(outputs.values()))


def shape(random):
    rank = random.choice((0, 1, 1, 2, 2, 2, 3))
    return (random.randint(1, 6), *(random.randint(3, 9) for _ in range(rank)))


def grow(make, random):
    """Add one layer somewhere near the end, if one is found that fits."""
    for _ in range(20):
        recent = make.nodes[-4:]
        sources = [random.choice(recent)]
        cls = random.choice(random.choice((CHAINED, OFTEN, MERGES)))
        if cls.arity[0] == 2:
            if cls not in MERGES:
                continue
            sources.append(random.choice(recent))
        try:
            layer = draw(cls, random, sources[0].output_shape)
            if size(layer.output_shape(tuple(node.output_shape for node in sources))) > LARGEST:
                continue
            frozen = random.random() < 0.15 and cls.kind not in TRAINED
            make.add(layer, *sources, frozen=frozen)
        except LayerError:
            continue
        return
    make.add(KINDS["id"](), make.nodes[-1])


def size(shape):
    total = 1
    for length in shape:
        total *= length
    return total


def draw(cls, random, shape):
    """A layer with the arguments it needs, and some of the others."""
    if random.random() < 0.2:
        return cls(**random.choice(cls.examples).arguments)
    values = {}
    for name, argument in cls.arguments.items():
        if argument.required or random.random() < 0.4:
            value = DRAWN.get(argument.form, lambda *_: None)(random, argument, shape)
            if value is not None:
                values[name] = value
    return cls(**values)


def _sizes(random, _, shape):
    if random.random() < 0.7:
        return random.randint(1, 4)
    return tuple(random.randint(1, 4) for _ in shape[1:]) or 1


def _padding(random, argument, shape):
    kind = random.random()
    if kind < 0.5:
        return random.randint(0, 2)
    if kind < 0.7 and argument.choices:
        return random.choice(argument.choices)
    ends = tuple((random.randint(0, 2), random.randint(0, 2)) for _ in shape[1:])
    return ends if ends and kind < 0.85 else tuple(before for before, _ in ends) or 0


DRAWN = {
    "count": lambda random, *_: random.choice((1, 2, 2, 3, 4, 6)),
    "sizes": _sizes,
    "padding": _padding,
    "flag": lambda random, *_: random.random() < 0.5,
    "choice": lambda random, argument, _: random.choice(argument.choices),
    "axis": lambda random, _, shape: random.randint(-len(shape), len(shape)),
    "number": lambda _, argument, __: 0.5 if argument.required else None,
}
