"""Layers worked out value by value with numbers that count what is done to them.

Plain loops, written from the definitions: the count is as good as the algorithm, and that the
algorithm is right shows in its values, which PyTorch confirms.
"""

import itertools
import math
from functools import reduce

import torch


class Counter:
    def __init__(self):
        self.operations = 0


class Tally:
    """A number that reports every operation to its counter."""

    def __init__(self, value, counter):
        self.value = float(value)
        self.counter = counter

    def _(self, value):
        self.counter.operations += 1
        return Tally(value, self.counter)

    def __add__(self, other):
        return self._(self.value + float(other))

    def __sub__(self, other):
        return self._(self.value - float(other))

    def __mul__(self, other):
        return self._(self.value * float(other))

    def __truediv__(self, other):
        return self._(self.value / float(other))

    def __neg__(self):
        return self._(-self.value)

    def __abs__(self):
        return self._(abs(self.value))

    def __pow__(self, other):
        return self._(abs(self.value) ** other if other != int(other) else self.value**other)

    def __float__(self):
        return self.value

    def call(self, function):
        return self._(function(self.value))

    def above(self, bound):
        """Compare: one operation, whatever is chosen then."""
        self.counter.operations += 1
        return self.value > float(bound)


def total(values):
    return reduce(lambda one, other: one + other, values)


def largest(values):
    return reduce(lambda one, other: other if other.above(one) else one, values)


def exp(x):
    return x.call(math.exp)


def sigmoid(x):
    return Tally(1, x.counter) / (exp(-x) + 1)


def tanh(x):
    return x.call(math.tanh)


def within(x, low, high):
    x = x if x.above(low) else Tally(low, x.counter)
    return Tally(high, x.counter) if x.above(high) else x


def either(x, positive, negative, bound=0.0):
    return positive(x) if x.above(bound) else negative(x)


def gelu(x):
    return x * 0.5 * ((x / math.sqrt(2)).call(math.erf) + 1)


def gelu_tanh(x):
    return x * 0.5 * (tanh((x + x * x * x * 0.044715) * math.sqrt(2 / math.pi)) + 1)


def softplus(x):
    return ((exp(x * 1.0) + 1).call(math.log) / 1.0) if not x.above(20) else x


ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805

UPPER_BOUNDS = {
    "elu": lambda x: either(x, lambda x: x, lambda x: (exp(x) - 1) * 1.0),
    "selu": lambda x: either(x, lambda x: x * SCALE, lambda x: (exp(x) - 1) * ALPHA * SCALE),
    "celu": lambda x: either(x, lambda x: x, lambda x: (exp(x / 1.0) - 1) * 1.0),
    "leaky_relu": lambda x: either(x, lambda x: x, lambda x: x * 0.01),
    "softshrink": lambda x: x - 0.5 if x.above(0.5) else (Tally(0, x.counter) if x.above(-0.5) else x + 0.5),
    "hardshrink": lambda x: x if x.above(0.5) else (Tally(0, x.counter) if x.above(-0.5) else x),
}
"""Kinds whose two sides differ in cost: counted for the dearer side, which large negatives take."""

EXACT = {
    "relu": lambda x: either(x, lambda x: x, lambda x: Tally(0, x.counter)),
    "relu6": lambda x: within(x, 0, 6),
    "hardtanh": lambda x: within(x, -1, 1),
    "gelu": gelu,
    "silu": lambda x: x * sigmoid(x),
    "mish": lambda x: x * tanh((exp(x) + 1).call(math.log)),
    "sigmoid": sigmoid,
    "tanh": tanh,
    "hardsigmoid": lambda x: within(x + 3, 0, 6) / 6,
    "hardswish": lambda x: x * within(x + 3, 0, 6) / 6,
    "tanhshrink": lambda x: x - tanh(x),
    "softsign": lambda x: x / (abs(x) + 1),
    "softplus": softplus,
    "logsigmoid": lambda x: -((exp(-x) + 1).call(math.log)),
}


def grid(sizes):
    return itertools.product(*(range(size) for size in sizes))


class Field:
    """A tensor of tallies; places outside of it are zero."""

    def __init__(self, tensor, counter):
        self.shape = tuple(tensor.shape)
        self.counter = counter
        flat = [Tally(value, counter) for value in tensor.flatten().tolist()]
        self.at = dict(zip(grid(self.shape), flat, strict=True))

    def __getitem__(self, place):
        return self.at.get(tuple(place)) or Tally(0, self.counter)


def values(shape, at):
    return torch.tensor([float(at(place)) for place in grid(shape)]).reshape(shape)


def window(layer, site):
    rank = len(site.input) - 1
    axes = lambda value: value if isinstance(value, tuple) else (value,) * rank  # noqa: E731
    stride = layer.kernel_size if layer.stride is None else layer.stride
    return axes(layer.kernel_size), axes(stride), axes(layer.padding), axes(getattr(layer, "dilation", 1))


def taps(layer, site, position):
    """Every tap of a window with the place it reads."""
    kernel, stride, padding, dilation = window(layer, site)
    for tap in grid(kernel):
        axes = zip(position, stride, padding, tap, dilation, strict=True)
        yield tap, tuple(p * s - pad + t * d for p, s, pad, t, d in axes)


def convolution(layer, site, inputs, weight, bias):
    groups = getattr(layer, "groups", site.input[0] if layer.kind == "dwconv" else 1)
    depth, width = site.input[0] // groups, site.output[0] // groups

    def at(place):
        out, *position = place
        products = [
            weight[(out, channel, *tap)] * inputs[(out // width * depth + channel, *read)]
            for channel in range(depth)
            for tap, read in taps(layer, site, position)
        ]
        return total(products) if bias is None else total(products) + bias[(out,)]

    return values(site.output, at)


def pool(layer, site, inputs, join):
    def at(place):
        channel, *position = place
        return join([inputs[(channel, *read)] for _, read in taps(layer, site, position)])

    return values(site.output, at)


def mean(items):
    return total(items) / len(items)


def linear(site, inputs, weight, bias, out_features):
    def at(place):
        *lead, out = place
        products = [weight[(out, i)] * inputs[(*lead, i)] for i in range(site.input[-1])]
        return total(products) if bias is None else total(products) + bias[(out,)]

    return values((*site.input[:-1], out_features), at)


def softmax(row):
    exponentials = [exp(x) for x in row]
    whole = total(exponentials)
    return [one / whole for one in exponentials]


def normalised(row, eps):
    middle = mean(row)
    deviations = [x - middle for x in row]
    root = (mean([d * d for d in deviations]) + eps).call(math.sqrt)
    return [d / root for d in deviations]
