"""What each of ONNX's operators is as a layer, from its attributes and the tensors that it reads."""

# ruff: noqa: ARG001 - readers take what the operators read

import numpy as np

from tests.corpora.operators import Call
from tests.corpora.tally import Unusable

NO_BATCH = "the batch changes, or there is none"


def of_batch(values):
    if values.ndim < 2:
        raise Unusable(NO_BATCH)
    return tuple(values.shape[1:])


def other_axis(axis, rank):
    """An axis as PyTorch numbers it; the batch is none."""
    place = axis % rank
    if place == 0:
        raise Unusable(NO_BATCH)
    return place


def window(options, rank):
    """Stride, padding and dilation; ONNX's pads are all that lie before, then all that lie behind."""
    rule = options.get("auto_pad", b"NOTSET").decode()
    pads = options.get("pads", [0] * 2 * rank)
    padding = rule.lower() if rule in ("SAME_UPPER", "SAME_LOWER") else tuple(zip(pads[:rank], pads[rank:]))  # noqa: B905
    given = {"stride": options.get("strides", [1] * rank), "dilation": options.get("dilations", [1] * rank)}
    return {**{name: tuple(value) for name, value in given.items()}, "padding": padding}


def conv(options, values, weight, bias=None):
    arguments = {"out_channels": weight.shape[0], "kernel_size": tuple(weight.shape[2:])}
    arguments |= {"groups": options.get("group", 1), "bias": bias is not None}
    return Call("conv", {**arguments, **window(options, values.ndim - 2)}, (of_batch(values),))


def conv_transpose(options, values, weight, bias=None):
    rank, groups = values.ndim - 2, options.get("group", 1)
    arguments = {"out_channels": weight.shape[1] * groups, "kernel_size": tuple(weight.shape[2:])}
    arguments |= {"groups": groups, "bias": bias is not None, **window(options, rank)}
    arguments["output_padding"] = tuple(options.get("output_padding", [0] * rank))
    if isinstance(arguments["padding"], str) or any(one != other for one, other in arguments["padding"]):
        raise Unusable("uneven padding of a transposed convolution, said or by a rule")
    arguments["padding"] = tuple(one for one, _ in arguments["padding"])
    if "output_shape" in options:
        arguments["output_size"] = tuple(options["output_shape"])
    return Call("conv_transpose", arguments, (of_batch(values),))


def pool(kind):
    def read(options, values):
        arguments = {"kernel_size": tuple(options["kernel_shape"]), **window(options, values.ndim - 2)}
        arguments["rounding"] = "ceil" if options.get("ceil_mode") else "floor"
        if kind != "maxpool" and set(arguments.pop("dilation")) != {1}:
            raise Unusable("dilation of another pool than a max-pool")
        if kind == "lppool":
            padding = arguments.pop("padding")
            if isinstance(padding, str) or any(map(any, padding)):
                raise Unusable("padding of an Lp pool, which PyTorch's has not")
            arguments["norm_type"] = options.get("p", 2)
        return Call(kind, arguments, (of_batch(values),))

    return read


def global_pool(kind):
    return lambda _, values: Call(kind, {"output_size": 1}, (of_batch(values),))


def batch_norm(_, values, *weights):
    return Call("bn", {}, (of_batch(values),))


def over_axes(kind):
    def read(options, values, *weights):
        shape = of_batch(values)
        axis = other_axis(options.get("axis", -1), values.ndim)
        bias = {"bias": len(weights) > 1} if kind == "ln" else {}
        return Call(kind, {"normalized_shape": tuple(values.shape[axis:]), **bias}, (shape,))

    return read


def group_norm(options, values, *weights):
    return Call("gn", {"num_groups": options["num_groups"]}, (of_batch(values),))


def instance_norm(_, values, *weights):
    return Call("instance_norm", {"affine": True}, (of_batch(values),))


def lrn(options, values):
    return Call("lrn", {"size": options["size"]}, (of_batch(values),))


def resize(options, values, roi=None, scales=None, sizes=None):
    if options.get("coordinate_transformation_mode") == b"tf_crop_and_resize":
        raise Unusable("a region is resized")
    if options.get("keep_aspect_ratio_policy", b"stretch") != b"stretch":
        raise Unusable("sizes that are bounds")
    wanted = scales if scales is not None and scales.size else sizes
    axes = [axis % values.ndim for axis in options.get("axes", range(values.ndim))]
    by_axis = dict(zip(axes, wanted.tolist(), strict=True))
    unchanged = 1 if wanted is scales else None
    if any(by_axis.get(axis, unchanged) not in (unchanged, values.shape[axis]) for axis in (0, 1)):
        raise Unusable("channels or the batch are resized")
    name = "scale_factor" if wanted is scales else "size"
    given = tuple(by_axis.get(axis, unchanged or values.shape[axis]) for axis in range(2, values.ndim))
    mode = {b"linear": "linear", b"cubic": "cubic"}.get(options.get("mode"), "nearest")
    return Call("upsample", {name: given, "mode": mode}, (of_batch(values),))


def upsample(options, values, scales):
    return resize({"mode": options.get("mode", b"nearest")}, values, None, scales)


def shuffle(kind, name):
    return lambda options, values: Call(kind, {name: options["blocksize"]}, (of_batch(values),))


def pad(options, values, pads, value=None, axes=None):
    rank = values.ndim
    places = [axis % rank for axis in (range(rank) if axes is None else axes.tolist())]
    before, behind = pads.reshape(2, -1).tolist()
    ends = {place: end for place, *end in zip(places, before, behind, strict=True)}
    if any(any(ends.get(axis, (0, 0))) for axis in (0, 1)):
        raise Unusable("channels or the batch are padded")
    modes = {b"reflect": "reflect", b"edge": "replicate", b"wrap": "circular"}
    arguments = {"mode": modes.get(options.get("mode"), "constant")}
    arguments["padding"] = tuple(ends.get(axis, (0, 0)) for axis in range(2, rank))
    return Call("pad", arguments, (of_batch(values),))


def flatten(options, values):
    if options.get("axis", 1) % values.ndim != 1:
        raise Unusable(NO_BATCH)
    return Call("flatten", {}, (of_batch(values),))


def concat(options, *values):
    if len(values) < 2:
        raise Unusable("a single tensor")
    if other_axis(options["axis"], values[0].ndim) != 1:
        raise Unusable("joined along another axis than the channels")
    return Call("cat", {}, tuple(map(of_batch, values)))


def split(options, values, sizes=None):
    dim = other_axis(options.get("axis", 0), values.ndim)
    if sizes is None:
        parts = options.get("split") or options.get("num_outputs") or len(options["outputs"])
        sizes = parts if isinstance(parts, list) else -(-values.shape[dim] // parts)
    sizes = sizes if isinstance(sizes, int) else tuple(int(size) for size in sizes)
    pieces = range(len(options["outputs"]))
    return [
        Call("split", {"split_size": sizes, "dim": dim, "index": i}, (of_batch(values),), place=i)
        for i in pieces
    ]


def cut(options, values, starts, ends, axes=None, steps=None):
    """One slice for each axis; what they leave is compared at the end alone."""
    count = len(starts)
    axes = range(count) if axes is None else axes.tolist()
    steps = [1] * count if steps is None else steps.tolist()
    cuts = [
        (axis % values.ndim, one, end, step)
        for axis, one, end, step in zip(axes, starts.tolist(), ends.tolist(), steps, strict=True)
        if range(values.shape[axis])[one:end:step] != range(values.shape[axis])
    ]
    if any(step < 0 for *_, step in cuts):
        raise Unusable("backwards")
    if any(dim == 0 for dim, *_ in cuts) or len(cuts) != 1:
        raise Unusable("several axes, or the batch, are cut")
    ((dim, start, stop, step),) = cuts
    if not range(values.shape[dim])[start:stop:step]:
        raise Unusable("nothing is left")
    return Call("slice", {"start": start, "stop": stop, "step": step, "dim": dim}, (of_batch(values),))


def gemm(options, values, weight, bias=None):
    if options.get("transA"):
        raise Unusable("the batch is summed over")
    rows, columns = weight.shape if not options.get("transB") else weight.shape[::-1]
    if bias is not None and bias.shape not in ((columns,), (1, columns)):
        raise Unusable("a bias that is repeated, or one for each sample")
    return Call(
        "linear",
        {"out_features": columns, "in_features": rows, "bias": bias is not None},
        (of_batch(values),),
    )


def matmul(_, values, weight):
    if weight.ndim != 2:
        raise Unusable("matrices of several samples")
    rows, columns = weight.shape
    return Call("linear", {"out_features": columns, "in_features": rows, "bias": False}, (of_batch(values),))


def unsqueeze(options, values, axes):
    rank = values.ndim + len(axes)
    (axis, *more) = sorted(axis % rank for axis in axes.tolist())
    if axis == 0:
        raise Unusable(NO_BATCH)
    if more or axis == values.ndim:
        raise Unusable("several axes, or one behind the last, are put in")
    size = values.shape[axis]
    return Call("unflatten", {"dim": axis, "unflattened_size": (1, size)}, (of_batch(values),))


def squeeze(options, values, axes=None):
    places = sorted(axis % values.ndim for axis in axes.tolist())
    if places[0] == 0 or len(places) > 1:
        raise Unusable(NO_BATCH)
    first = places[0] - 1 if places[0] > 1 else 1
    return Call("flatten", {"start_dim": first, "end_dim": first + 1}, (of_batch(values),))


def reshape(options, values, wanted):
    if values.size == 0:
        raise Unusable("a tensor without values enters")
    shape = np.reshape(
        values, [values.shape[i] if n == 0 else n for i, n in enumerate(wanted.tolist())]
    ).shape
    if shape[0] != values.shape[0]:
        raise Unusable(NO_BATCH)
    if len(shape) == 2:
        return Call("flatten", {}, (of_batch(values),))
    if values.ndim != 2:
        raise Unusable("joined and split again: two layers")
    return Call("unflatten", {"dim": 1, "unflattened_size": shape[1:]}, (of_batch(values),))


def transpose(options, values):
    order = options.get("perm", list(range(values.ndim))[::-1])
    if order[0] != 0:
        raise Unusable(NO_BATCH)
    return Call("permute", {"dims": tuple(order)}, (of_batch(values),))


def softmax(kind):
    def read(options, values):
        return Call(kind, {"dim": other_axis(options.get("axis", -1), values.ndim)}, (of_batch(values),))

    return read


def recurrent(kind):
    def read(options, values, w, r, bias=None, lengths=None, *states):
        if kind == "lstm" and len(states) > 2:
            raise Unusable("peepholes")
        both = options.get("direction") == b"bidirectional"
        steps = values.shape[1 if options.get("layout") else 0]
        arguments = {"hidden_size": options["hidden_size"], "bidirectional": both, "bias": bias is not None}
        return Call(kind, arguments, ((steps, values.shape[-1]),))

    return read


def reduce_mean(options, values, axes=None):
    given = options.get("axes") if axes is None else axes.tolist()
    if not given:
        raise Unusable("a mean over the batch as well")
    dims = tuple(other_axis(axis, values.ndim) for axis in given)
    return Call("mean", {"dim": dims, "keepdim": bool(options.get("keepdims", 1))}, (of_batch(values),))


def unpool(options, values, indices, wanted=None):
    if wanted is not None:
        raise Unusable("unpooled to another size than what was pooled")
    rank = values.ndim - 2
    kernel, strides = options["kernel_shape"], options.get("strides", [1] * rank)
    sizes = [(n - 1) * s + k for n, s, k in zip(values.shape[2:], strides, kernel, strict=True)]
    arguments = {"kernel_size": tuple(kernel), "stride": tuple(strides)}
    return Call("unpool", arguments, (of_batch(values), (values.shape[1], *sizes)))


def col2im(options, values, image, block):
    rank = len(image)
    if rank != 2:
        raise Unusable("columns of another rank than two")
    pads = options.get("pads", [0] * 2 * rank)
    arguments = {"output_size": tuple(image.tolist()), "kernel_size": tuple(block.tolist())}
    arguments |= {"stride": tuple(options.get("strides", [1, 1])), "padding": tuple(pads[:rank])}
    arguments["dilation"] = tuple(options.get("dilations", [1, 1]))
    return Call("fold", arguments, (of_batch(values),))


def deform_conv(options, values, weight, offset, bias=None, mask=None):
    taps = weight.shape[2] * weight.shape[3]
    arguments = {"out_channels": weight.shape[0], "kernel_size": tuple(weight.shape[2:])}
    arguments |= {"bias": bias is not None, "mask": mask is not None, "groups": options.get("group", 1)}
    arguments["offset_groups"] = offset.shape[1] // (2 * taps)
    if isinstance(window(options, 2)["padding"], str):
        raise Unusable("padding by a rule")
    given = window(options, 2)
    given["padding"] = tuple(one for one, _ in given["padding"])
    return Call("deform_conv", {**arguments, **given}, (of_batch(values),))


def pointwise(kind, **names):
    """A function of each value; the attributes named are arguments."""

    def read(options, values, *_):
        given = {ours: round(options[theirs], 6) for ours, theirs in names.items() if theirs in options}
        return Call(kind, given, (of_batch(values),))

    return read


def merged(kind):
    def read(options, *values):
        if len(values) < 2:
            raise Unusable("a single tensor")
        if len({one.shape for one in values}) > 1:
            raise Unusable("spread over the other's axes")
        return Call(kind, {}, tuple(map(of_batch, values)))

    return read


NODES = {
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "MaxPool": pool("maxpool"),
    "AveragePool": pool("avgpool"),
    "LpPool": pool("lppool"),
    "GlobalAveragePool": global_pool("adaptive_avgpool"),
    "GlobalMaxPool": global_pool("adaptive_maxpool"),
    "BatchNormalization": batch_norm,
    "LayerNormalization": over_axes("ln"),
    "RMSNormalization": over_axes("rms_norm"),
    "GroupNormalization": group_norm,
    "InstanceNormalization": instance_norm,
    "LRN": lrn,
    "Resize": resize,
    "Upsample": upsample,
    "DepthToSpace": shuffle("pixel_shuffle", "upscale_factor"),
    "SpaceToDepth": shuffle("pixel_unshuffle", "downscale_factor"),
    "Pad": pad,
    "Flatten": flatten,
    "Concat": concat,
    "Split": split,
    "Slice": cut,
    "Gemm": gemm,
    "MatMul": matmul,
    "Unsqueeze": unsqueeze,
    "Squeeze": squeeze,
    "Reshape": reshape,
    "Transpose": transpose,
    "Softmax": softmax("softmax"),
    "LogSoftmax": softmax("log_softmax"),
    "RNN": recurrent("rnn"),
    "GRU": recurrent("gru"),
    "LSTM": recurrent("lstm"),
    "ReduceMean": reduce_mean,
    "MaxUnpool": unpool,
    "Col2Im": col2im,
    "DeformConv": deform_conv,
    "Add": merged("add"),
    "Sum": merged("add"),
    "Mul": merged("mul"),
    "Relu": pointwise("relu"),
    "LeakyRelu": pointwise("leaky_relu", negative_slope="alpha"),
    "Elu": pointwise("elu", alpha="alpha"),
    "Celu": pointwise("celu", alpha="alpha"),
    "Selu": pointwise("selu"),
    "Gelu": pointwise("gelu"),
    "HardSigmoid": pointwise("hardsigmoid"),
    "HardSwish": pointwise("hardswish"),
    "Mish": pointwise("mish"),
    "Sigmoid": pointwise("sigmoid"),
    "Softplus": pointwise("softplus"),
    "Softsign": pointwise("softsign"),
    "Tanh": pointwise("tanh"),
    "Dropout": pointwise("dropout"),
}
"""A reader for each operator that has a layer kind."""

WEIGHED = frozenset({"conv", "conv_transpose", "linear", "bn", "ln", "rms_norm", "gn", "instance_norm"})
WEIGHED |= {"rnn", "gru", "lstm"}
"""Kinds whose parameters are the operator's."""
