"""What each of PyTorch's operators is as a layer, from the arguments that it is called with.

A reader has the signature of its operator and gives the layer's kind, its arguments and the shapes
that enter for one sample; or several where several tensors come out.
"""

# ruff: noqa: ARG001 - readers have the signatures of the operators

import inspect
from typing import NamedTuple

import torch
from torch.nn import functional

from tests.corpora.tally import Unusable

OTHER_RANK = "weights with another number of axes"


class Call(NamedTuple):
    """A layer, what enters it, which axis of what comes out is the batch, and which output it is."""

    kind: str
    arguments: dict
    inputs: tuple
    batch: int | None = 0
    place: int | None = None

    def of_sample(self, shape):
        """A shape that comes out, without the batch."""
        return shape if self.batch is None else (*shape[: self.batch], *shape[self.batch + 1 :])


def sample_of(values, rank):
    """Shape for one sample, and the axis that was the batch, if there was one."""
    shape = tuple(values.shape)
    if len(shape) not in (rank + 1, rank + 2):
        raise Unusable("neither one sample nor a batch of them")
    return (shape[1:], 0) if len(shape) == rank + 2 else (shape, None)


def of_batch(values):
    """Shape without the first axis."""
    shape = tuple(values.shape)
    if len(shape) < 2:
        raise Unusable("a single axis enters: no batch")
    return shape[1:]


def spread(value):
    """Sizes as a layer takes them: PyTorch's lone values for all axes, empty tuples for none."""
    if isinstance(value, tuple | list):
        return None if not value else value[0] if len(value) == 1 else tuple(value)
    return value


def convolution(rank):
    def read(values, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
        if weight.dim() != rank + 2:
            raise Unusable(OTHER_RANK)
        if values.dtype != weight.dtype or (bias is not None and bias.dtype != weight.dtype):
            raise Unusable("values of unlike types")
        shape, batch = sample_of(values, rank)
        arguments = {
            "out_channels": weight.shape[0],
            "kernel_size": tuple(weight.shape[2:]),
            "groups": groups,
        }
        arguments |= {"stride": spread(stride), "dilation": spread(dilation), "bias": bias is not None}
        padding = padding if isinstance(padding, str) else spread(padding)
        return Call("conv", {**arguments, "padding": padding}, (shape,), batch)

    return read


def transposed(rank):
    def read(values, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
        shape, batch = sample_of(values, rank)
        arguments = {"out_channels": weight.shape[1] * groups, "kernel_size": tuple(weight.shape[2:])}
        given = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
        arguments |= {name: spread(value) for name, value in given.items()}
        return Call(
            "conv_transpose", {**arguments, "groups": groups, "bias": bias is not None}, (shape,), batch
        )

    return read


def windows(kernel_size, stride, ceil_mode, **more):
    given = {"kernel_size": kernel_size, "stride": stride, **more}
    return {**{n: spread(v) for n, v in given.items()}, "rounding": "ceil" if ceil_mode else "floor"}


def maxpool(rank):
    def read(values, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
        shape, batch = sample_of(values, rank)
        arguments = windows(kernel_size, stride, ceil_mode, padding=padding, dilation=dilation)
        return Call("maxpool", arguments, (shape,), batch, 0 if return_indices else None)

    return read


def avgpool(rank):
    def read(
        values,
        kernel_size,
        stride=None,
        padding=0,
        ceil_mode=False,
        count_include_pad=True,
        divisor_override=None,
    ):
        if divisor_override == 0:
            raise Unusable("a divisor, which is no argument here")
        shape, batch = sample_of(values, rank)
        arguments = windows(kernel_size, stride, ceil_mode, padding=padding)
        return Call("avgpool", {**arguments, "count_include_pad": count_include_pad}, (shape,), batch)

    return read


def adaptive(kind, rank):
    def read(values, output_size, return_indices=False):
        shape, batch = sample_of(values, rank)
        output_size = tuple(output_size) if isinstance(output_size, tuple | list) else output_size
        return Call(kind, {"output_size": output_size}, (shape,), batch, 0 if return_indices else None)

    return read


def unpool(rank):
    def read(values, indices, kernel_size, stride=None, padding=0, output_size=None):
        if output_size is None:
            raise Unusable("unpooled to a size that no pool is known to have had")
        shape, batch = sample_of(values, rank)
        wanted = (shape[0], *output_size[-rank:])
        for rounding in (False, True):
            arguments = windows(kernel_size, stride, rounding, padding=padding)
            if pooled(wanted, arguments) == shape:
                return Call("unpool", arguments, (shape, wanted), batch)
        raise Unusable("what a pool with dilation pooled")

    return read


def pooled(shape, arguments):
    """What PyTorch's pool makes of a shape."""
    pool = {2: functional.max_pool1d, 3: functional.max_pool2d, 4: functional.max_pool3d}[len(shape)]
    kept = {"kernel_size": arguments["kernel_size"], "stride": arguments["stride"]}
    try:
        found = pool(
            torch.zeros(1, *shape),
            **kept,
            padding=arguments["padding"],
            ceil_mode=arguments["rounding"] == "ceil",
        )
    except RuntimeError:
        return None
    return tuple(found.shape[1:])


def group_norm(values, num_groups, weight=None, bias=None, eps=1e-5):
    return Call(
        "gn", {"num_groups": num_groups, "eps": eps, "affine": affine(weight, bias)}, (of_batch(values),)
    )


def affine(weight, bias):
    if (weight is None) != (bias is None):
        raise Unusable("a scale without a shift, or a shift without a scale")
    return weight is not None


def over_axes(values, normalized_shape):
    """What is normalised over, and the sample: the whole tensor if there is no axis before."""
    shape, wanted = tuple(values.shape), tuple(normalized_shape)
    sample, batch = (shape[1:], 0) if len(wanted) < len(shape) else (shape, None)
    return {"normalized_shape": wanted}, sample, batch


def layer_norm(values, normalized_shape, weight=None, bias=None, eps=1e-5):
    arguments, shape, batch = over_axes(values, normalized_shape)
    arguments |= {"eps": eps, "elementwise_affine": weight is not None, "bias": bias is not None}
    return Call("ln", arguments, (shape,), batch)


def rms_norm(values, normalized_shape, weight=None, eps=None):
    if weight is not None and weight.shape != torch.Size(normalized_shape):
        raise Unusable("weights of another shape than what is normalised over")
    arguments, shape, batch = over_axes(values, normalized_shape)
    return Call(
        "rms_norm", {**arguments, "eps": eps, "elementwise_affine": weight is not None}, (shape,), batch
    )


def instance_norm(
    values,
    running_mean=None,
    running_var=None,
    weight=None,
    bias=None,
    use_input_stats=True,
    momentum=0.1,
    eps=1e-5,
):
    arguments = {"affine": affine(weight, bias), "eps": eps, "momentum": momentum}
    return Call("instance_norm", arguments, (of_batch(values),))


def batch_norm(
    values, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5
):
    arguments = {"affine": affine(weight, bias), "eps": eps, "momentum": momentum}
    return Call("bn", arguments, (of_batch(values),))


def local_response_norm(values, size, alpha=1e-4, beta=0.75, k=1.0):
    return Call("lrn", {"size": size, "alpha": alpha, "beta": beta, "k": k}, (of_batch(values),))


def pad(values, pad, mode="constant", value=None):
    if min(pad) < 0:
        raise Unusable("a negative border: crop does that")
    ends = list(zip(pad[::2], pad[1::2], strict=True))[::-1]
    if values.dim() < len(ends) + 1:
        raise Unusable("channels or the batch are padded")
    shape, batch = (of_batch(values), 0) if values.dim() >= len(ends) + 2 else (tuple(values.shape), None)
    missing = [(0, 0)] * (len(shape) - 1 - len(ends))
    return Call("pad", {"padding": (*missing, *ends), "mode": mode, "value": value or 0}, (shape,), batch)


def unfold(values, kernel_size, dilation=1, padding=0, stride=1):
    shape, batch = sample_of(values, 2)
    given = {"kernel_size": kernel_size, "dilation": dilation, "padding": padding, "stride": stride}
    return Call("unfold", {name: spread(value) for name, value in given.items()}, (shape,), batch)


def interpolate(
    values,
    size=None,
    scale_factor=None,
    mode="nearest",
    align_corners=None,
    recompute_scale_factor=None,
    antialias=False,
):
    shape = of_batch(values)
    if mode == "area":
        if size is None:
            raise Unusable("means over areas of a scale factor; adaptive pools take a size")
        return Call("adaptive_avgpool", {"output_size": spread(size)}, (shape,))
    arguments = {"size": spread(size), "scale_factor": scale_factor, "mode": mode.replace("-", "_")}
    return Call("upsample", {**arguments, "align_corners": bool(align_corners)}, (shape,))


def upsample(mode, align_corners=False):
    def read(values, size=None, scale_factor=None):
        return interpolate(values, size, scale_factor, mode, align_corners)

    return read


def linear(values, weight, bias=None):
    shape = of_batch(values) if values.dim() > 1 else tuple(values.shape)
    arguments = {"out_features": weight.shape[0], "in_features": weight.shape[1], "bias": bias is not None}
    return Call("linear", arguments, (shape,), 0 if values.dim() > 1 else None)


def embedding(weight, indices, **_):
    if weight.dim() != 2:
        raise Unusable(OTHER_RANK)
    if indices.dim() == 0:
        raise Unusable("a single number, without an axis")
    shape = of_batch(indices) if indices.dim() > 1 else tuple(indices.shape)
    arguments = {"num_embeddings": weight.shape[0], "embedding_dim": weight.shape[1]}
    return Call("embedding", arguments, (shape,), 0 if indices.dim() > 1 else None)


def shuffled(kind):
    def read(values, *args, **kwargs):
        (factor,) = (*args, *kwargs.values())
        name = {"pixel_shuffle": "upscale_factor", "pixel_unshuffle": "downscale_factor"}.get(kind, "groups")
        return Call(kind, {name: factor}, (of_batch(values),))

    return read


def glu(values, dim=-1):
    rank = values.dim()
    if rank < 2 or dim % rank != 1:
        raise Unusable("halves of another axis than the channels")
    return Call("glu", {}, (of_batch(values),))


def prelu(values, weight):
    if weight.dim() > 1:
        raise Unusable(OTHER_RANK)
    return Call("prelu", {"num_parameters": weight.numel()}, (of_batch(values),))


def softmax(kind):
    def read(values, dim, dtype=None):
        return Call(kind, {"dim": dim % max(values.dim(), 1) or 0}, (of_batch(values),))

    return read


def flatten(values, start_dim=0, end_dim=-1):
    return Call("flatten", {"start_dim": start_dim, "end_dim": end_dim}, (of_batch(values),))


def unflatten(values, dim, sizes):
    return Call(
        "unflatten", {"dim": dim % values.dim(), "unflattened_size": tuple(sizes)}, (of_batch(values),)
    )


def permute(values, *dims):
    dims = dims[0] if dims and isinstance(dims[0], tuple | list) else dims
    shape = of_batch(values)
    dims = tuple(dim % values.dim() for dim in dims)
    if dims[0] != 0:
        raise Unusable("the batch changes places")
    return Call("permute", {"dims": dims}, (shape,))


def cat(tensors, dim=0, out=None):
    if out is not None:
        raise Unusable("written to a tensor that is given")
    if not tensors or any(not isinstance(one, torch.Tensor) for one in tensors):
        raise Unusable("not tensors alone")
    if dim % max(tensors[0].dim(), 1) != 1 and tensors[0].dim() > 0:
        raise Unusable("joined along another axis than the channels")
    if len(tensors) == 1:
        raise Unusable("a single tensor")
    return Call("cat", {}, tuple(map(of_batch, tensors)))


def split(values, sizes, dim=0):
    shape = of_batch(values)
    if dim % values.dim() == 0:
        raise Unusable("the batch is cut")
    sizes = tuple(sizes) if isinstance(sizes, tuple | list) else sizes
    if isinstance(sizes, tuple) and 0 in sizes:
        raise Unusable("a piece without values")
    pieces = len(sizes) if isinstance(sizes, tuple) else -(-values.shape[dim] // sizes)
    arguments = {"split_size": sizes, "dim": dim % values.dim()}
    return [Call("split", {**arguments, "index": i}, (shape,), place=i) for i in range(pieces)]


def narrow(values, dim, start, length):
    shape = of_batch(values)
    if isinstance(start, torch.Tensor):
        raise Unusable("a start that is computed")
    if dim in (0, -values.dim()):
        raise Unusable("the batch is cut")
    if length == 0:
        raise Unusable("a piece without values")
    return Call("slice", {"start": start, "stop": (start + length) or None, "dim": dim}, (shape,))


def mean(values, dim=None, keepdim=False, dtype=None):
    shape = of_batch(values)
    dims = (dim,) if isinstance(dim, int) else dim
    if not dims or any(d % values.dim() == 0 for d in dims):
        raise Unusable("a mean over the batch as well")
    return Call("mean", {"dim": tuple(d % values.dim() for d in dims), "keepdim": keepdim}, (shape,))


def attention(query, key, value, embed_dim, num_heads, in_proj_weight, in_proj_bias, *rest, **options):
    if options.get("use_separate_proj_weight"):
        raise Unusable("queries, keys and values with matrices of their own")
    own, other = (tuple(t.shape[:1]) + tuple(t.shape[-1:]) for t in (query, key))
    batch = 1 if query.dim() == 3 else None
    return Call(
        "attention", {"num_heads": num_heads, "bias": in_proj_bias is not None}, (own, other), batch, 0
    )


def pointwise(name):
    """A function of each value, whose arguments are those of the layer of its name."""
    function = getattr(functional, name, None) or getattr(torch, name)

    def read(values, *args, **kwargs):
        from cnncalc.layers import find

        kind = {"dropout2d": "channel_dropout", "dropout3d": "channel_dropout"}.get(name, name)
        cls, _ = find(kind)
        given = kwargs
        if args:
            given = inspect.signature(function).bind(values, *args, **kwargs).arguments
        given = {n: v for n, v in given.items() if n in cls.arguments and v is not None}
        return Call(cls.kind, given, (of_batch(values),))

    return read


# fmt: off
POINTWISE = (
    "relu", "hardswish", "leaky_relu", "elu", "celu", "rrelu", "selu", "silu", "hardsigmoid",
    "logsigmoid", "mish", "softsign", "tanhshrink", "threshold", "softshrink", "hardshrink", "hardtanh",
    "gelu", "relu6", "softplus", "dropout", "dropout2d", "dropout3d", "alpha_dropout",
)
# fmt: on

OPERATORS = {
    **{f"nn.functional.conv{r}d": convolution(r) for r in (1, 2, 3)},
    **{f"nn.functional.conv_transpose{r}d": transposed(r) for r in (1, 2, 3)},
    **{f"nn.functional.max_pool{r}d": maxpool(r) for r in (1, 2, 3)},
    **{f"nn.functional.avg_pool{r}d": avgpool(r) for r in (1, 2, 3)},
    **{f"nn.functional.adaptive_avg_pool{r}d": adaptive("adaptive_avgpool", r) for r in (1, 2, 3)},
    **{f"nn.functional.adaptive_max_pool{r}d": adaptive("adaptive_maxpool", r) for r in (1, 2, 3)},
    **{f"nn.functional.max_unpool{r}d": unpool(r) for r in (1, 2, 3)},
    "nn.functional.group_norm": group_norm,
    "nn.functional.layer_norm": layer_norm,
    "nn.functional.rms_norm": rms_norm,
    "nn.functional.instance_norm": instance_norm,
    "nn.functional.batch_norm": batch_norm,
    "nn.functional.local_response_norm": local_response_norm,
    "nn.functional.pad": pad,
    "nn.functional.unfold": unfold,
    "nn.functional.interpolate": interpolate,
    "nn.functional.upsample_nearest": upsample("nearest"),
    "nn.functional.upsample_bilinear": upsample("bilinear", align_corners=True),
    "nn.functional.linear": linear,
    "nn.functional.embedding": embedding,
    **{f"nn.functional.{n}": shuffled(n) for n in ("pixel_shuffle", "pixel_unshuffle", "channel_shuffle")},
    "nn.functional.glu": glu,
    "nn.functional.prelu": prelu,
    "nn.functional.softmin": softmax("softmin"),
    "softmax": softmax("softmax"),
    "log_softmax": softmax("log_softmax"),
    "flatten": flatten,
    "unflatten": unflatten,
    "permute": permute,
    "cat": cat,
    "split": split,
    "split_with_sizes": split,
    "narrow": narrow,
    "mean": mean,
    "nn.functional.multi_head_attention_forward": attention,
    **{f"nn.functional.{name}": pointwise(name) for name in POINTWISE},
    "tanh": pointwise("tanh"),
    "sigmoid": pointwise("sigmoid"),
}
"""A reader for each operator that has a layer kind, by the name under which PyTorch tests it."""
