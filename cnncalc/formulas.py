"""The arithmetic of convolutional networks: one formula, one return expression.

Ints, NumPy int64 arrays and SymPy symbols pass through every formula alike, and
:class:`cnncalc.working.Working` shows a formula with its numbers by reading the source below, so
nothing here branches, checks or loops. ``@formula`` adds the checks of what it is given.

``kernel``, ``output`` and the like take one number per axis. A single number is one axis; only
beside an ``output`` of several axes does a single ``kernel`` stand for all of them. Sources:

[LeCun98]  LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document
           recognition. Proc. IEEE 86(11), 1998.
[Dumoulin] Dumoulin, Visin: A guide to convolution arithmetic for deep learning.
           arXiv:1603.07285, 2016.
[Araujo]   Araujo, Norris, Sim: Computing receptive fields of convolutional neural networks.
           Distill, 2019.
[torch]    PyTorch 2.13, documentation of torch.nn.
"""

from cnncalc.arithmetic import (
    Number,
    Padding,
    PerAxis,
    Position,
    Ratio,
    Real,
    both,
    ceil_div,
    each,
    exact_div,
    first,
    floor_times,
    formula,
    prod,
    smaller,
)

# Sizes


@formula
def output_size(
    size: Number, kernel: Number, stride: Number = 1, padding: Padding = 0, dilation: Number = 1
) -> Number:
    """Output size of a convolution or pool on one axis, rounded down ([Dumoulin] 5.1, [torch]).

    >>> output_size(32, kernel=5, padding=2)
    32
    >>> output_size(227, kernel=11, stride=4)
    55
    """
    return (size + both(padding) - dilation * (kernel - 1) - 1) // stride + 1


@formula
def output_size_ceil(
    size: Number, kernel: Number, stride: Number = 1, padding: Padding = 0, dilation: Number = 1
) -> Number:
    """Output size rounded up; the last window must start inside the input or its left padding.

    PyTorch's rule for pools with ``ceil_mode=True`` ([torch], MaxPool2d).

    >>> output_size_ceil(112, kernel=3, stride=2)
    56
    >>> output_size_ceil(4, kernel=1, stride=3, padding=0)
    2
    """
    return (
        smaller(
            ceil_div(size + both(padding) - dilation * (kernel - 1) - 1, stride),
            ceil_div(size + first(padding), stride) - 1,
        )
        + 1
    )


@formula
def output_size_exact(
    size: Number, kernel: Number, stride: Number = 1, padding: Padding = 0, dilation: Number = 1
) -> Number:
    """Output size unrounded: an int where the windows fit exactly, else a Fraction.

    The lectures' rule (N - F + 2P)/S + 1, where a fraction means "does not fit".

    >>> output_size_exact(7, kernel=3, stride=2)
    3
    >>> output_size_exact(7, kernel=3, stride=3)
    Fraction(7, 3)
    """
    return exact_div(size + both(padding) - dilation * (kernel - 1) - 1, stride) + 1


@formula
def same_output_size(size: Number, stride: Number = 1) -> Number:
    """Output size under ``same_upper`` and ``same_lower`` padding (TensorFlow, ONNX).

    >>> same_output_size(7, stride=2)
    4
    """
    return ceil_div(size, stride)


@formula
def transposed_output_size(
    size: Number,
    kernel: Number,
    stride: Number = 1,
    padding: Padding = 0,
    dilation: Number = 1,
    output_padding: Number = 0,
) -> Number:
    """Output size of a transposed convolution on one axis ([torch], ConvTranspose2d).

    >>> transposed_output_size(28, kernel=2, stride=2)
    56
    """
    return (size - 1) * stride - both(padding) + dilation * (kernel - 1) + output_padding + 1


@formula
def padded_size(size: Number, padding: Padding) -> Number:
    """Size of an axis with its borders.

    >>> padded_size(32, padding=2), padded_size(5, padding=(0, 1))
    (36, 6)
    """
    return size + both(padding)


@formula
def upsampled_size(size: Number, scale_factor: Real) -> Number:
    """Output size of upsampling by a factor, which may be a fraction ([torch], Upsample).

    >>> upsampled_size(45, 1.4)
    62
    """
    return floor_times(size, scale_factor)


@formula
def effective_kernel(kernel: Number, dilation: Number = 1) -> Number:
    """Positions from the first to the last tap of a dilated kernel ([Dumoulin] 5.1).

    >>> effective_kernel(3, dilation=2)
    5
    """
    return dilation * (kernel - 1) + 1


@formula
def element_count(shape: PerAxis) -> Number:
    """Values in a tensor of this shape.

    >>> element_count((3, 32, 32))
    3072
    """
    return prod(shape)


# Convolutions


@formula
def conv_params(
    in_channels: Number,
    out_channels: Number,
    kernel: PerAxis,
    groups: Number = 1,
    bias: Number = 1,
) -> Number:
    """Weights and biases of a convolution ([LeCun98] II.B; C1 of LeNet-5 has 156).

    ``kernel`` has one size per axis. A plain int is the kernel of a 1-D convolution: for images,
    write ``(5, 5)`` and not ``5``.

    >>> conv_params(1, 6, (5, 5))
    156
    >>> conv_params(1, 6, 5)
    36
    """
    return out_channels * (in_channels // groups * prod(kernel) + bias)


@formula
def conv_macs(
    in_channels: Number,
    out_channels: Number,
    kernel: PerAxis,
    output: PerAxis,
    groups: Number = 1,
) -> Number:
    """Multiply-accumulates of a convolution for one sample, bias additions not counted.

    ``output`` has one size per axis; so has ``kernel``, or one number for all of them.

    >>> conv_macs(3, 64, (11, 11), (55, 55))
    70276800
    >>> conv_macs(3, 64, 11, (55, 55))
    70276800
    """
    return out_channels * (in_channels // groups) * prod(each(kernel, output)) * prod(output)


@formula
def conv_connections(
    in_channels: Number,
    out_channels: Number,
    kernel: PerAxis,
    output: PerAxis,
    groups: Number = 1,
    bias: Number = 1,
) -> Number:
    """Connections of a convolution: each use of a weight or bias, padded taps included.

    [LeCun98] II.B; C1 of LeNet-5 has 122,304.

    >>> conv_connections(1, 6, (5, 5), (28, 28))
    122304
    """
    return out_channels * (in_channels // groups * prod(each(kernel, output)) + bias) * prod(output)


@formula
def conv_connections_inside(
    in_channels: Number,
    out_channels: Number,
    inside: PerAxis,
    output: PerAxis,
    groups: Number = 1,
    bias: Number = 1,
) -> Number:
    """Connections of a convolution to real positions: taps that fall into the padding left out.

    ``inside`` is, for each axis, the number of taps that fall inside the input, over all windows.
    A window of 3 over 4 positions, padded by 1, has 10 such taps.

    >>> conv_connections_inside(1, 1, (10,), (4,))
    14
    """
    return out_channels * (in_channels // groups * prod(inside) + bias * prod(output))


@formula
def conv_operations(
    in_channels: Number,
    out_channels: Number,
    kernel: PerAxis,
    output: PerAxis,
    groups: Number = 1,
    bias: Number = 1,
) -> Number:
    """Multiplications and additions of a convolution, bias additions included.

    >>> conv_operations(1, 6, (5, 5), (28, 28))
    235200
    """
    return out_channels * (2 * (in_channels // groups * prod(kernel)) - 1 + bias) * prod(output)


@formula
def transposed_params(
    in_channels: Number,
    out_channels: Number,
    kernel: PerAxis,
    groups: Number = 1,
    bias: Number = 1,
) -> Number:
    """Weights and biases of a transposed convolution ([torch], ConvTranspose2d).

    >>> transposed_params(1024, 512, (2, 2))
    2097664
    """
    return in_channels * (out_channels // groups) * prod(kernel) + out_channels * bias


@formula
def transposed_macs(
    in_channels: Number,
    out_channels: Number,
    kernel: PerAxis,
    size: PerAxis,
    groups: Number = 1,
) -> Number:
    """Multiply-accumulates of a transposed convolution: each input value times each of its weights.

    ``size`` is the input's, one per axis; products that fall into the padding are counted.

    >>> transposed_macs(1024, 512, (2, 2), (28, 28))
    1644167168
    """
    return in_channels * (out_channels // groups) * prod(each(kernel, size)) * prod(size)


@formula
def transposed_connections(
    in_channels: Number,
    out_channels: Number,
    kernel: PerAxis,
    size: PerAxis,
    output: PerAxis,
    groups: Number = 1,
    bias: Number = 1,
) -> Number:
    """Connections of a transposed convolution, those into the padding included.

    >>> transposed_connections(1, 1, (2, 2), (3, 3), (6, 6))
    72
    """
    return in_channels * (out_channels // groups) * prod(each(kernel, size)) * prod(
        size
    ) + out_channels * bias * prod(output)


# Fully connected layers and units with centres


@formula
def linear_params(in_features: Number, out_features: Number, bias: Number = 1) -> Number:
    """Weights and biases of a fully connected layer (F6 of LeNet-5 has 10,164).

    >>> linear_params(120, 84)
    10164
    """
    return out_features * (in_features + bias)


@formula
def linear_macs(in_features: Number, out_features: Number, positions: PerAxis = 1) -> Number:
    """Multiply-accumulates of a linear layer applied at each of ``positions``.

    >>> linear_macs(9216, 4096)
    37748736
    """
    return in_features * out_features * prod(positions)


@formula
def linear_connections(
    in_features: Number, out_features: Number, positions: PerAxis = 1, bias: Number = 1
) -> Number:
    """Connections of a linear layer, one for each use of a weight or bias.

    >>> linear_connections(120, 84)
    10164
    """
    return out_features * (in_features + bias) * prod(positions)


@formula
def linear_operations(
    in_features: Number, out_features: Number, positions: PerAxis = 1, bias: Number = 1
) -> Number:
    """Multiplications and additions of a linear layer, bias additions included.

    >>> linear_operations(120, 84)
    20160
    """
    return out_features * (2 * in_features - 1 + bias) * prod(positions)


@formula
def rbf_connections(in_features: Number, out_features: Number) -> Number:
    """Connections of Euclidean RBF units with fixed centres ([LeCun98] II.B: 840).

    >>> rbf_connections(84, 10)
    840
    """
    return in_features * out_features


@formula
def distance_operations(in_features: Number, out_features: Number) -> Number:
    """Subtractions, squares and additions of Euclidean units.

    >>> distance_operations(84, 10)
    2510
    """
    return out_features * (3 * in_features - 1)


# Pools and normalisations


@formula
def subsampling_params(channels: Number) -> Number:
    """Trainable subsampling has one coefficient and one bias per map ([LeCun98] II.B, S2: 12).

    >>> subsampling_params(6)
    12
    """
    return 2 * channels


@formula
def subsampling_connections(channels: Number, kernel: PerAxis, output: PerAxis) -> Number:
    """Connections of trainable subsampling: the window's inputs and the bias ([LeCun98], S2).

    >>> subsampling_connections(6, (2, 2), (14, 14))
    5880
    """
    return channels * (prod(each(kernel, output)) + 1) * prod(output)


@formula
def pool_operations(channels: Number, taps: PerAxis, output: PerAxis, finish: Number = 0) -> Number:
    """Comparisons or additions of a pool, and ``finish`` operations more for each output value.

    ``taps`` counts, on each axis, those of all its windows. Three windows of two on each of two axes
    compare 3 times for each of 9 values.

    >>> pool_operations(1, (6, 6), (3, 3))
    27
    """
    return channels * (prod(taps) - prod(output) + finish * prod(output))


@formula
def affine_params(values: Number, bias: Number = 1) -> Number:
    """A scale, and a shift where there is a bias, for each of ``values`` (batch norm and kin).

    >>> affine_params(64)
    128
    """
    return values * (1 + bias)


@formula
def normalisation_operations(values: Number, rows: Number, steps: Number) -> Number:
    """``steps`` for each value, and for each row the constant added and the root taken.

    >>> normalisation_operations(8, 1, steps=7)
    58
    """
    return values * steps + 2 * rows


# Sequences


@formula
def recurrent_uses(
    in_features: Number,
    hidden: Number,
    state: Number,
    gates: Number,
    bias: Number = 2,
    steps: Number = 1,
) -> Number:
    """Uses of the weights of a recurrent cell over ``steps`` tokens; in one step, its parameters.

    ``gates`` is 1 for an RNN, 3 for a GRU, 4 for an LSTM ([torch], LSTM). An LSTM of 512 units over
    512 features has 2,101,248 parameters.

    >>> recurrent_uses(512, 512, 512, gates=4)
    2101248
    """
    return gates * hidden * (in_features + state + bias) * steps


@formula
def recurrent_operations(
    in_features: Number,
    hidden: Number,
    state: Number,
    gates: Number,
    bias: Number = 2,
    steps: Number = 1,
    pointwise: Number = 1,
) -> Number:
    """Operations of a recurrent cell: products, sums and biases of its gates, and ``pointwise`` ones.

    >>> recurrent_operations(2, 1, 1, gates=1)
    8
    """
    return hidden * (gates * (2 * (in_features + state) - 1 + bias) + pointwise) * steps


@formula
def attention_macs(features: Number, pairs: PerAxis) -> Number:
    """Multiply-accumulates of all queries with all keys, or of attention weights with values.

    ``pairs`` holds the number of queries and of keys. ViT-B/16 has 197 tokens of 768 features.

    >>> attention_macs(768, (197, 197))
    29805312
    """
    return features * prod(pairs)


# Value by value


@formula
def per_value_operations(values: Number, steps: Number) -> Number:
    """So many operations for each value.

    >>> per_value_operations(100, 4)
    400
    """
    return values * steps


@formula
def softmax_operations(values: Number, rows: Number, steps: Number = 3) -> Number:
    """Exponential, addition and division for each value; the first of each row is added to nothing.

    >>> softmax_operations(10, 1)
    29
    """
    return values * steps - rows


# Other ways of counting


@formula
def flops(macs: Number) -> Number:
    """Floating-point operations: a multiplication and an addition for each MAC.

    >>> flops(416520)
    833040
    """
    return 2 * macs


@formula
def for_batch(per_sample: Number, batch: Number) -> Number:
    """A quantity of one sample, for a whole batch.

    >>> for_batch(10230, batch=100)
    1023000
    """
    return per_sample * batch


@formula
def torchinfo_mult_adds(params: Number, positions: PerAxis = (), batch: Number = 1) -> Number:
    """What torchinfo counts as mult-adds of one layer: parameters x output positions x batch.

    >>> torchinfo_mult_adds(690, positions=(9,), batch=100)
    621000
    """
    return params * prod(positions) * batch


@formula
def backward_macs(macs: Number, gradients: Number = 2) -> Number:
    """Multiply-accumulates of the backward pass: as many again for each gradient that is needed.

    Two for a layer inside a network, for its weights and for its input.

    >>> backward_macs(416520)
    833040
    """
    return macs * gradients


# Receptive fields


@formula
def field_jump(jump: Ratio, stride: Number) -> Ratio:
    """Distance in the input between neighbouring units of a layer ([Araujo] eq. 3).

    >>> field_jump(4, stride=2)
    8
    """
    return jump * stride


@formula
def field_first(start: Position, jump: Ratio, padding: Number = 0) -> Position:
    """First input position that unit 0 reads, negative inside the padding ([Araujo] eq. 4).

    >>> field_first(0, jump=1, padding=2)
    -2
    """
    return start - jump * padding


@formula
def field_last(
    end: Position, jump: Ratio, kernel: Number, padding: Number = 0, dilation: Number = 1
) -> Position:
    """Last input position that unit 0 reads ([Araujo] eq. 5, with dilation).

    >>> field_last(0, jump=1, kernel=5, padding=2)
    2
    """
    return end + jump * (dilation * (kernel - 1) - padding)


@formula
def field_size(size: Number, jump: Ratio, kernel: Number, dilation: Number = 1) -> Number:
    """Receptive field after one more layer, from the field and jump before it ([Araujo] eq. 2).

    >>> field_size(5, jump=2, kernel=2)
    7
    """
    return size + jump * dilation * (kernel - 1)


@formula
def field_of_stack(layers: Number, kernel: Number, dilation: Number = 1) -> Number:
    """Receptive field of equal layers with stride 1: the lectures' 1 + L(K - 1), with dilation.

    >>> field_of_stack(3, kernel=3)
    7
    """
    return 1 + layers * dilation * (kernel - 1)


@formula
def field_layers(field: Number, kernel: Number, dilation: Number = 1) -> Number:
    """Equal layers with stride 1 that it takes to see ``field`` positions.

    >>> field_layers(224, kernel=3)
    112
    """
    return ceil_div(field - 1, dilation * (kernel - 1))


@formula
def field_span(start: Position, end: Position) -> Number:
    """Positions from the first to the last that a unit reads, both included.

    >>> field_span(-213, 213)
    427
    """
    return end - start + 1
