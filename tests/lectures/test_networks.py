"""The lectures' networks against published totals; PyTorch confirms all bundled ones elsewhere."""

import pytest

from cnncalc import analyze, load

PARAMS = {
    "alexnet_224": 60_965_224,
    "alexnet_as_worded": 61_838_248,
    "alexnet_caffe": 60_965_224,
    "alexnet_one_column": 62_378_344,
    "convnetjs_cifar10": 22_466,
    "ds542_tree": 3_442,
    "googlenet_aux": 13_004_888,
    "inception_v3": 23_834_568,
    "inception_v3_aux": 27_161_264,
    "linear_cifar10": 30_730,
    "mnist1d": 2_050,
    "mnist1d_fc": 59_065,
    "resnet34": 21_797_672,
    "resnet101": 44_549_160,
    "resnet152": 60_192_808,
    "tiny_vgg": 19_920,
    "two_layer_cifar10": 308_310,
    "vgg13": 133_047_848,
    "vgg19": 143_667_240,
}
MACS = {
    "inception_v3": 5_713_216_096,
    "googlenet": 1_498_376_192,
    "vgg13": 11_308_466_176,
    "vgg19": 19_632_062_464,
    "convnetjs_cifar10": 3_920_000,
    "ds542_tree": 6_612_045,
}
OUTPUTS = {
    "unet": (2, 388, 388),
    "hourglass": (16, 64, 64),
    "yolo_v1": (1470,),
    "dilated_context": (21, 64, 64),
    "deconvnet": (21, 224, 224),
    "captioning": (17, 9567),
    "fast_rcnn_head": (21,),
    "inception_v3": (1000,),
}


@pytest.mark.parametrize("name", PARAMS)
def test_parameters_are_those_published(name):
    params = analyze(load(name)).params
    assert params == PARAMS[name]
    assert type(params) is int


@pytest.mark.parametrize("name", MACS)
def test_macs_are_those_published(name):
    assert analyze(load(name)).macs == MACS[name]


@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs_are_those_of_the_paper(name):
    assert analyze(load(name)).output_shapes[0] == OUTPUTS[name]


@pytest.mark.parametrize("name", ["vgg13", "vgg16", "vgg19"])
def test_vgg_layers_have_caffes_names(name):
    network = load(name)
    convs = [node.local_name for node in network if node.kind == "conv"]
    assert len(convs) == int(name[3:]) - 3
    assert (convs[0], convs[-1][:5]) == ("conv1_1", "conv5")
    assert network["conv3_2"].output_shape == (256, 56, 56)
    assert [network[f"pool{n}"].output_shape[1] for n in range(1, 6)] == [112, 56, 28, 14, 7]


def test_the_context_module_sees_what_its_table_says():
    analysis = analyze(load("dilated_context"))
    sizes = [row.field.size[0] for row in analysis.rows if row.kind == "conv"]
    assert sizes == [3, 5, 9, 17, 33, 65, 67, 67]


def test_the_class_number_of_yolo_decides_its_output():
    assert load("yolo_v1", params={"C": 80, "B": 3})["fc2"].output_shape == (7 * 7 * 95,)


def test_the_size_of_the_encoder_and_decoder_is_that_of_the_paper():
    assert round(analyze(load("deconvnet")).params, -6) == 252_000_000


def test_region_proposals_have_two_scores_and_four_coordinates_for_each_anchor():
    shapes = analyze(load("faster_rcnn", params={"k": 3})).output_shapes
    assert [shape[0] for shape in shapes] == [21, 84, 6, 12]


def test_the_lstm_of_the_captions_has_the_parameters_of_torch():
    torch = pytest.importorskip("torch")
    row = analyze(load("captioning"))["lstm1"]
    lstm = torch.nn.LSTM(512, 512)
    assert row.params == sum(p.numel() for p in lstm.parameters())


def test_deformable_layers_have_a_convolution_for_their_offsets():
    plain, deformable = (analyze(load(name)) for name in ("resnet18", "deformable_resnet18"))
    added = deformable.params - plain.params
    assert added == 18 * (256 * 9 + 1) + 3 * 18 * (512 * 9 + 1)
