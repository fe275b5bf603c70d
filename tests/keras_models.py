"""Keras models made by exported source, and PyTorch's weights put into them."""

import math

from cnncalc.exchange.keras_writer import function_name, layer_name, write


def model_of(network):
    """The model that the exported source makes."""
    namespace = {"__name__": "exported"}
    exec(compile(write(network), "exported", "exec"), namespace)  # noqa: S102 - what exported code is for
    return namespace[function_name(network)]()


def copy_weights(network, module, model):
    """Put the weights of the network's module into the model, laid out as Keras has them."""
    state = {name: value.numpy() for name, value in module.state_dict().items()}
    for node in network:
        if node.layer.tensors(node.site) and not node.weights_from:
            own = {
                k.removeprefix(f"{node.name}."): v for k, v in state.items() if k.startswith(f"{node.name}.")
            }
            layer = model.get_layer(layer_name(node.name))
            layer.set_weights(_laid_out(network, node, layer, own))


def _laid_out(network, node, layer, own):
    kind = type(layer).__name__
    bias = [own["bias"]] if "bias" in own else []
    if kind.startswith("SeparableConv"):
        depth = _depthwise(own["depthwise.weight"], node.input_shapes[0][0])
        return [
            depth,
            _kernel(own["pointwise.weight"]),
            *([own["pointwise.bias"]] if "pointwise.bias" in own else []),
        ]
    if kind.startswith("DepthwiseConv"):
        return [_depthwise(own["weight"], node.input_shapes[0][0]), *bias]
    if kind.startswith("Conv"):
        return [_kernel(own["weight"]), *bias]
    if kind == "Dense":
        return [_matrix(network, node, own["weight"]), *bias]
    if kind == "PReLU":
        return [own["weight"].reshape(tuple(layer.weights[0].shape))]
    names = ("weight", "bias", "running_mean", "running_var")
    return [own[name] for name in names if name in own]


def _kernel(weight):
    """Filters and channels behind the window; transposed convolutions have them in the same places."""
    return weight.transpose(*range(2, weight.ndim), 1, 0)


def _depthwise(weight, channels):
    split = weight.reshape(channels, -1, *weight.shape[2:])
    return split.transpose(*range(2, split.ndim), 0, 1)


def _matrix(network, node, weight):
    """Rows in the order in which Keras flattens what was a map."""
    shape = node.input_shapes[0]
    while len(shape) == 1 and node.inputs:
        node = network[node.inputs[0]]
        shape = node.input_shapes[0] if node.input_shapes else node.output_shape
        if node.kind not in ("flatten", "dropout", "relu", "id"):
            break
    if len(shape) == 1 or math.prod(shape) != weight.shape[1]:
        return weight.T
    split = weight.reshape(-1, *shape)
    return split.transpose(*range(2, split.ndim), 1, 0).reshape(-1, len(weight))
