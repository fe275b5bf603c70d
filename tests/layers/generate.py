"""Configurations of single layers, seeded: sensible, odd and hostile arguments alike."""

import random

from cnncalc.layers import KINDS

SMALL = (1, 1, 2, 2, 3, 3, 4, 5, 6)
ODD = (0, 1, 2, 3, 4, 5, 7, -1)
CHANNELS = (1, 2, 3, 4, 4, 6, 8)
SIZES = (1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 11)


class Draw:
    """Draws one configuration after the other for a kind, each from its own seed."""

    def __init__(self, kind, seed):
        self.kind = kind
        self.cls = KINDS[kind]
        self.random = random.Random(f"{kind} {seed}")  # noqa: S311 - configurations, not secrets

    def configuration(self):
        """Arguments and input shapes: an example with some things changed, or all drawn anew."""
        pick = self.random
        example = pick.choice(self.cls.examples)
        inputs = tuple(tuple(shape) for shape in example.inputs)
        if pick.random() < 0.3:
            inputs = tuple(self.shape(len(inputs)) for _ in inputs)
        elif pick.random() < 0.7:
            inputs = self.nudged(inputs)
        arguments = dict(example.arguments)
        for name, argument in self.cls.arguments.items():
            likely = 0.45 if name in arguments else 0.25
            if pick.random() < likely:
                arguments[name] = self.value(argument, len(inputs[0]) - 1 if inputs else 2, inputs)
        return arguments, inputs

    def nudged(self, inputs):
        """The shapes with some sizes a little changed, mostly alike in all inputs."""
        pick = self.random
        steps = {}

        def nudge(place, size):
            step = steps.setdefault(place, pick.choice((0, 0, 0, -1, 1, 2, 4)))
            step = step if pick.random() < 0.95 else pick.choice((-1, 0, 1))
            return max(1, size + step)

        return tuple(tuple(nudge(place, size) for place, size in enumerate(shape)) for shape in inputs)

    def shape(self, inputs):
        pick = self.random
        rank = pick.choice((0, 1, 1, 2, 2, 2, 3, 3, 4) if inputs < 2 else (1, 2))
        return (pick.choice(CHANNELS), *(pick.choice(SIZES) for _ in range(rank)))

    def value(self, argument, rank, inputs):
        return getattr(self, argument.form)(argument, rank, inputs)

    def count(self, *_):
        return self.random.choice((*SMALL, *ODD)) if self.random.random() < 0.4 else self.random.choice(SMALL)

    def sizes(self, _, rank, inputs):
        pick = self.random
        one = lambda: pick.choice(SMALL) if pick.random() < 0.85 else pick.choice(ODD)  # noqa: E731
        form = pick.random()
        if form < 0.5:
            return one()
        if form < 0.6 and inputs:
            return tuple(pick.choice(inputs)[-pick.choice((1, 2, 3)) :])
        return tuple(one() for _ in range(rank if form < 0.95 else pick.choice((1, 2, 3))))

    def padding(self, argument, rank, _):
        pick = self.random
        form = pick.random()
        if argument.choices and form < 0.3:
            return pick.choice(argument.choices)
        end = lambda: pick.choice((0, 0, 1, 1, 2, 3, 4)) if pick.random() < 0.95 else -1  # noqa: E731
        if form < 0.6:
            return end()
        if form < 0.8:
            return tuple(end() for _ in range(rank))
        return tuple((end(), end()) for _ in range(rank))

    def number(self, argument, *_):
        pick = self.random
        return pick.choice((0, 0.0, 0.1, 0.5, 1, 1.0, 2, 2.5, 3, -1, -0.5, argument.default or 1))

    def flag(self, *_):
        return self.random.random() < 0.5

    def choice(self, argument, *_):
        return self.random.choice(argument.choices)

    def axis(self, *_):
        return self.random.choice((1, 1, 2, 2, 3, -1, -1, -2, 4, 0, -5))

    def factors(self, _, rank, __):
        pick = self.random
        one = lambda: pick.choice((1, 2, 2, 3, 0.5, 1.4, 1.5, 2.7, 0.3, 1 / 3, 0.1, 4))  # noqa: E731
        return one() if pick.random() < 0.7 else tuple(one() for _ in range(rank))

    def table(self, _, __, inputs):
        pick = self.random
        maps = [
            tuple(m for m in range(inputs[0][0]) if pick.random() < 0.7) for _ in range(pick.choice(SMALL))
        ]
        return tuple(row or (0,) for row in maps) if pick.random() < 0.5 else None


def configurations(kind, seed, number):
    draw = Draw(kind, seed)
    return [draw.configuration() for _ in range(number)]
