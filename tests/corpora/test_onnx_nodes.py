"""ONNX's own tests of single nodes: the shapes of its data are those that cnncalc works out."""

import math
import warnings

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from cnncalc.errors import ImportFailure, LayerError  # noqa: E402
from cnncalc.exchange.onnx_reader import Model  # noqa: E402
from cnncalc.layers import KINDS  # noqa: E402
from cnncalc.layers.base import Site  # noqa: E402
from tests.corpora.nodes import NODES, WEIGHED  # noqa: E402
from tests.corpora.tally import Tally, Unusable  # noqa: E402

STRICTER = {
    "E233": "padding of more than half a pool's kernel, which PyTorch refuses",
    "E246": "a single value, which has no variance",
    "E248": "a mean without any axis left",
}
"""Valid nodes that are refused by choice."""

LEARNED = {"bn": 2, "rnn": 3, "gru": 3, "lstm": 3}
"""How many of a node's further inputs are weights, where not all are."""


@pytest.fixture(scope="module")
def cases():
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = collect_testcases(None)
    single = [case for case in found if len(case.model.graph.node) == 1]
    return [case for case in single if case.model.graph.node[0].op_type in NODES]


def tensors(case):
    """What the node reads, place by place, and what it gives."""
    node, graph = case.model.graph.node[0], case.model.graph
    given, gives = case.data_sets[0]
    known = dict(zip((value.name for value in graph.input), given, strict=True))
    return [known.get(name) for name in node.input], gives


def calls(case):
    node = case.model.graph.node[0]
    options = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
    reads, _ = tensors(case)
    if not all(one is None or isinstance(one, np.ndarray | np.generic) for one in reads):
        raise Unusable("sequences or optional values, not tensors")
    options["outputs"] = [name for name in node.output if name]
    call = NODES[node.op_type](options, *reads)
    return call if isinstance(call, list) else [call]


def of_sample(case, call):
    """Shape of what comes out, without the batch; of recurrent layers without directions, too."""
    node = case.model.graph.node[0]
    shape = np.asarray(tensors(case)[1][call.place or 0]).shape
    if call.kind not in ("rnn", "gru", "lstm"):
        return tuple(shape[1:])
    if not node.output[0]:
        return call.inputs[0][0], shape[-1] * shape[1 if is_batch_first(node) else 0]
    steps, directions = (shape[1], shape[2]) if is_batch_first(node) else shape[:2]
    return steps, directions * shape[-1]


def is_batch_first(node):
    return any(one.name == "layout" and one.i for one in node.attribute)


def compare(case):
    for call in calls(case):
        if any(0 in shape for shape in call.inputs):
            raise Unusable("a tensor without values enters")
        try:
            layer = KINDS[call.kind](**call.arguments)
            site = Site(call.inputs, layer.output_shape(call.inputs))
        except LayerError as error:
            if error.code not in STRICTER:
                raise
            raise Unusable(STRICTER[error.code]) from error
        assert site.output == of_sample(case, call), (case.name, layer, call.inputs)
        if call.kind in WEIGHED:
            weights = tensors(case)[0][1:][: LEARNED.get(call.kind)]
            numbers = sum(one.size for one in weights if one is not None)
            assert layer.params(site).value == numbers, (case.name, layer)


def test_shapes_and_parameters_of_nodes_agree(cases):
    tally = Tally()
    for case in cases:
        tally.judge(case.model.graph.node[0].op_type, compare, case)
    tally.assert_as_documented("nodes", "ONNX " + onnx.__version__)


def as_model(case):
    """The node in a model of its own, in which all but what flows is fixed."""
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    graph = model.graph
    flowing = len(graph.input) if graph.node[0].op_type in ("Add", "Mul", "Sum", "Concat") else 1
    for value, array in list(zip(graph.input, case.data_sets[0][0], strict=True))[flowing:]:
        graph.initializer.append(onnx.numpy_helper.from_array(np.asarray(array), value.name))
    return onnx.shape_inference.infer_shapes(model, data_prop=True)


def test_nodes_are_read_as_layers_of_the_right_shape(cases):
    """What the reader takes, as a layer or as opaque, has the shape of the data."""
    read = 0
    for case in cases:
        try:
            network = Model(as_model(case), case.name).network()
        except (ImportFailure, TypeError):
            continue
        layers = [node for node in network if node.kind not in ("input", "opaque")]
        shape = network[network.outputs[0]].output_shape
        assert shape == np.asarray(tensors(case)[1][0]).shape[1:], case.name
        read += len(layers) > 0
        assert all(math.prod(node.output_shape) > 0 for node in layers)
    assert read > 90
