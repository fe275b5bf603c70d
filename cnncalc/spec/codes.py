"""What each code of a diagnostic means: the rule, and an example that breaks it and one that keeps it.

``cnncalc explain E230`` prints these; a test runs every example.
"""

from __future__ import annotations

from typing import NamedTuple


class Code(NamedTuple):
    """A rule.

    ``wrong`` and ``right`` are whole specs; where one would be too long or has to come from outside,
    they are empty.
    """

    title: str
    why: str
    wrong: str = ""
    right: str = ""


def explain(code: str) -> str:
    """The rule behind a code, as text; raises KeyError for a code that does not exist.

    >>> explain("E232").splitlines()[0]
    'E232: groups do not divide the channels'
    """
    code = code.upper()
    rule = CODES[code]
    parts = [f"{code}: {rule.title}", rule.why]
    if rule.wrong:
        parts.append("Wrong:\n\n" + _indented(rule.wrong))
    if rule.right:
        parts.append("Right:\n\n" + _indented(rule.right))
    return "\n\n".join(parts) + "\n"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


_IMAGE = "input: 3x32x32\n"

CODES: dict[str, Code] = {
    "E000": Code(
        "not valid YAML",
        "The text does not follow YAML's rules of indentation, brackets and quotes. The most frequent reason is a "
        "value that starts with `[`: to YAML that is a list, so `[...]*2` breaks it. Use round brackets.",
        "input: 3x32x32\nlayers:\n  - [conv(16, 3) -> relu]*2",
        "input: 3x32x32\nlayers:\n  - (conv(16, 3) -> relu)*2",
    ),
    "E001": Code(
        "invisible character",
        "Control characters, characters without width, and those that turn the direction of writing are refused: "
        "what a reviewer sees would not be what the computer reads.",
        "input: 3x32x32\nlayers: re\u200blu",
        "input: 3x32x32\nlayers: relu",
    ),
    "E002": Code(
        "tab used for indentation",
        "YAML allows only spaces at the beginning of a line. `cnncalc fmt` replaces the tabs.",
        "input: 3x32x32\nlayers:\n\t- relu",
        "input: 3x32x32\nlayers:\n  - relu",
    ),
    "E003": Code(
        "YAML anchors, aliases and merge keys",
        "`&name`, `*name` and `<<` copy parts of a file in ways that are hard to follow and can blow a small file "
        "up to gigabytes. What they are used for is done by blocks with arguments, `params:` and `defaults:`.",
        "input: 3x32x32\nlayers:\n  - &c conv(16, 3)\n  - *c",
        "input: 3x32x32\nblocks: {c: 'conv(16, 3)'}\nlayers:\n  - c\n  - c",
    ),
    "E004": Code(
        "YAML tags",
        "Tags such as `!!int` or `!!python/object` tell a YAML loader which type to make. A spec needs none: the "
        "layer decides what a value is.",
        "input: 3x32x32\nlayers:\n  - conv: {out_channels: !!int 16, kernel_size: 3}",
        "input: 3x32x32\nlayers:\n  - conv: {out_channels: 16, kernel_size: 3}",
    ),
    "E005": Code("nested too deeply", "YAML collections may be nested 64 deep. Name the parts: use blocks."),
    "E006": Code("too long", "A spec has at most a million characters and 200,000 YAML values."),
    "E007": Code(
        "the spec is empty",
        "A minimal spec says what enters and which layers follow.",
        "# nothing but a comment",
        "input: 3x32x32\nlayers: fc(10)",
    ),
    "E008": Code(
        "template brackets, or a key that is no word",
        "Expressions stand by themselves; `{{ }}` is a nested mapping to YAML.",
        "input: 3x32x32\nparams: {c: 4}\nlayers: conv({{ c*4 }}, 3)",
        "input: 3x32x32\nparams: {c: 4}\nlayers: conv(c*4, 3)",
    ),
    "E009": Code(
        "a key appears twice",
        "YAML would silently drop one of the two values.",
        "input: 3x32x32\nlayers:\n  - conv: {out: 16, kernel: 3, out: 32}",
        "input: 3x32x32\nlayers:\n  - conv: {out: 16, kernel: 3}",
    ),
    "E010": Code(
        "several YAML documents",
        "A file holds one network. Split it at `---`.",
        "input: 3x32x32\nlayers: relu\n---\nlayers: relu",
        "input: 3x32x32\nlayers: relu",
    ),
    "E011": Code(
        "unknown key",
        "Keys that nobody reads would be ignored silently, so they are refused.",
        "input: 3x32x32\nlayers: relu\nauthor: me",
        "input: 3x32x32\nlayers: relu\nsource: me",
    ),
    "E012": Code(
        "a value of the wrong form",
        "Some keys take a mapping (`key: value`), some a list, some a single text.",
        "input: 3x32x32\nparams: 3\nlayers: relu",
        "input: 3x32x32\nparams: {n: 3}\nlayers: relu*n",
    ),
    "E013": Code(
        "no input or no layers",
        "A network needs the shape of what enters (channels first, without the batch) and its layers.",
        "layers: conv(16, 3)",
        "input: 3x32x32\nlayers: conv(16, 3)",
    ),
    "E014": Code(
        "a block's head cannot be read",
        "A block is written `name: ...`, or `name(a, b=1): ...` where it has parameters.",
        "input: 3x32x32\nblocks:\n  stage(8): relu\nlayers: stage",
        "input: 3x32x32\nblocks:\n  stage(c=8): conv(c, 3)\nlayers: stage",
    ),
    "E015": Code(
        "unknown format version",
        "`cnncalc: 1` says which version of the language a spec is written in; this program reads version 1.",
        "cnncalc: 2\ninput: 3x32x32\nlayers: relu",
        "cnncalc: 1\ninput: 3x32x32\nlayers: relu",
    ),
    "E016": Code(
        "not the shape of an input",
        "An input is channels x sizes: 1x40 for a signal, 3x224x224 for an image, 3x16x112x112 for a video, one "
        "number for a vector. The batch axis is left out.",
        "input: 1x3x16x112x112\nlayers: relu",
        "input: 3x16x112x112\nlayers: relu",
    ),
    "E017": Code(
        "no such spec",
        "A spec is named by the path of its file, by a bundled name (`cnncalc list` shows them), or it is a chain, "
        "which contains `->`.",
    ),
    "E018": Code("not UTF-8", "Spec files are text in UTF-8."),
    "E101": Code(
        "the text cannot be read on",
        "A chain is layers joined by `->`; a layer is its name and perhaps arguments in brackets.",
        _IMAGE + "layers:\n  - conv(16, 3) relu",
        _IMAGE + "layers:\n  - conv(16, 3) -> relu",
    ),
    "E102": Code(
        "nested too deeply",
        "Brackets may be nested 32 deep, blocks within blocks 100 deep.",
        _IMAGE + "layers: " + "(" * 40 + "relu" + ")" * 40,
        _IMAGE + "layers: ((relu))",
    ),
    "E103": Code(
        "not a number",
        "Numbers are decimal (16, 0.5, 1e3, 1_000), with at most 15 digits; sizes are written 3x5.",
        _IMAGE + "layers: conv(0x10, 3)",
        _IMAGE + "layers: conv(16, 3)",
    ),
    "E104": Code(
        "a comma split a value",
        "Within `[...]` and `{...}` YAML ends a value at every comma, even between round brackets.",
        _IMAGE + "layers:\n  - [conv(16, 3), relu]",
        _IMAGE + "layers:\n  - conv(16, 3)\n  - relu",
    ),
    "E105": Code(
        "a layer is missing",
        "Two arrows follow each other, or a list item is empty.",
        _IMAGE + "layers: conv(16, 3) -> -> relu",
        _IMAGE + "layers: conv(16, 3) -> relu",
    ),
    "E200": Code(
        "unknown layer",
        "`cnncalc list layers` shows every kind; other frameworks' names are recognised where they differ.",
        _IMAGE + "layers: covn(16, 3)",
        _IMAGE + "layers: conv(16, 3)",
    ),
    "E201": Code(
        "unknown name",
        "Names in expressions are parameters: those of the block, those under `params:`, and `cin`, the number of "
        "channels that enter.",
        _IMAGE + "params: {width: 2}\nlayers: conv(8*widht, 3)",
        _IMAGE + "params: {width: 2}\nlayers: conv(8*width, 3)",
    ),
    "E202": Code(
        "arithmetic with something that is no number",
        "Tuples and words cannot be added or multiplied.",
        _IMAGE + "layers: conv(2*(3, 5), 3)",
        _IMAGE + "layers: conv(8, (2*3 - 1, 5))",
    ),
    "E203": Code(
        "arithmetic without a result",
        "Division by zero, or a number of more than 15 digits.",
        _IMAGE + "layers: conv(16//0, 3)",
        _IMAGE + "layers: conv(16//2, 3)",
    ),
    "E204": Code(
        "an option that does not fit the spec",
        "`--set name=value` gives a parameter that the spec has, or a default as `conv.bias=false`; `--input` names "
        "an input of the spec.",
    ),
    "E205": Code(
        "a name is used twice",
        "Names are unique within their part or block.",
        _IMAGE + "layers: conv(8, 3) as a -> conv(8, 3) as a",
        _IMAGE + "layers: conv(8, 3) as a -> conv(8, 3) as b",
    ),
    "E206": Code(
        "not a name",
        "Names become attributes of PyTorch modules: ASCII letters, digits and _, no digit first, no Python keyword, "
        "nothing that torch.nn.Module uses itself.",
        _IMAGE + "layers: conv(8, 3) as forward",
        _IMAGE + "layers: conv(8, 3) as stem",
    ),
    "E207": Code(
        "too many layers",
        "Repeats and blocks are counted before they are played out. The limits can be raised: --max-repeat, "
        "--max-layers.",
        _IMAGE + "layers: relu*1000000",
        _IMAGE + "layers: relu*3",
    ),
    "E208": Code(
        "no such layer to go back to",
        "`from(name)` and arguments of blocks name an earlier layer of the same block, or an input. Names inside a "
        "block cannot be seen from outside, except in full (`stage1.conv2`).",
        _IMAGE + "layers: cat[from(later) | id] -> relu as later",
        _IMAGE + "layers: relu as earlier -> cat[from(earlier) | id]",
    ),
    "E209": Code(
        "a block uses itself",
        "Blocks are played out like macros, so one that uses itself would never end. Repeats are written (...)*n.",
        _IMAGE + "blocks:\n  deep: relu -> deep\nlayers: deep",
        _IMAGE + "blocks:\n  deep: relu*5\nlayers: deep",
    ),
    "E210": Code(
        "too many arguments by position",
        "Arguments stand in PyTorch's order, without the input channels; rarer ones are given by name.",
        _IMAGE + "layers: maxpool(2, 2, 0, 1, 1)",
        _IMAGE + "layers: maxpool(2, 2, 0, 1, rounding=ceil)",
    ),
    "E211": Code(
        "unknown argument",
        "A misspelt argument that is silently ignored gives wrong numbers, so it is refused.",
        _IMAGE + "layers: conv(16, kernal=3)",
        _IMAGE + "layers: conv(16, kernel_size=3)",
    ),
    "E212": Code(
        "an argument is given twice",
        "Once by position and once by name, or under its long and its short name.",
        _IMAGE + "layers: conv(16, 3, k=3)",
        _IMAGE + "layers: conv(16, 3)",
    ),
    "E213": Code(
        "an argument is missing",
        "Arguments without a default must be given, at the layer or under `defaults:`; in a pattern, with --set.",
        _IMAGE + "layers: conv(16)",
        _IMAGE + "layers: conv(16, 3)",
    ),
    "E214": Code(
        "the wrong number of axes",
        "A tuple needs one entry for each spatial axis of the input.",
        _IMAGE + "layers: conv(16, 3x3x3)",
        _IMAGE + "layers: conv(16, 3x3)",
    ),
    "E215": Code(
        "a value of the wrong kind",
        "Sizes and counts are whole numbers. The result of a division is not: round it.",
        _IMAGE + "layers: conv(16*0.33, 3)",
        _IMAGE + "layers: conv(round(16*0.33), 3)",
    ),
    "E216": Code(
        "a number that is too small",
        "Sizes, strides and numbers of channels are at least 1, paddings at least 0.",
        _IMAGE + "layers: conv(16, 3, 0)",
        _IMAGE + "layers: conv(16, 3, 1)",
    ),
    "E217": Code(
        "not enough axes, or too many",
        "Convolutions and pools slide over one to three spatial axes. After flatten, fc or gap there are none.",
        _IMAGE + "layers: fc(10) -> conv(3, 3)",
        _IMAGE + "layers: conv(3, 3) -> fc(10)",
    ),
    "E218": Code(
        "padding=same with a stride",
        "PyTorch refuses it, because `same` means that the size stays. TensorFlow means ceil(n / stride), which pads "
        "unevenly: that is `same_upper`.",
        _IMAGE + "layers: conv(16, 3, 2, padding=same)",
        _IMAGE + "layers: conv(16, 3, 2, padding=same_upper)",
    ),
    "E219": Code(
        "a number outside of its range",
        "The probability of dropping a value, for example, lies between 0 and 1.",
        _IMAGE + "layers: dropout(5)",
        _IMAGE + "layers: dropout(0.5)",
    ),
    "E220": Code(
        "branches of different shape are added",
        "A sum needs equal shapes. In residual networks the shortcut gets a 1x1 convolution where channels or size "
        "change.",
        _IMAGE + "layers: add[conv(32, 3, 2, 1) | id]",
        _IMAGE + "layers: add[conv(32, 3, 2, 1) | conv(32, 1, 2)]",
    ),
    "E221": Code(
        "branches of different size are concatenated",
        "Concatenation joins channels; the other axes must agree, or are cropped to the smallest (fit=crop).",
        _IMAGE + "layers: cat[conv(8, 3) | conv(8, 5)]",
        _IMAGE + "layers: cat[conv(8, 3, padding=1) | conv(8, 5, padding=2)]",
    ),
    "E222": Code(
        "the wrong number of branches",
        "Layers that join (add, cat, mul) take branches in `[a | b]`; others take what comes before them.",
        _IMAGE + "layers: conv(3, 3, padding=1) -> add",
        _IMAGE + "layers: add[conv(3, 3, padding=1) | id]",
    ),
    "E223": Code(
        "nothing enters here",
        "With several inputs, a chain starts with the one it means: from(left).",
        "input: {left: 1x28x28, right: 1x28x28}\nlayers: conv(8, 3)",
        "input: {left: 1x28x28, right: 1x28x28}\nlayers: cat[from(left) | from(right)] -> conv(8, 3)",
    ),
    "E224": Code(
        "shared weights do not fit",
        "A shared block has one set of weights, so every use must get an input with as many channels.",
        "input: {a: 1x28x28, b: 3x28x28}\nshared:\n  tower: conv(8, 3)\n"
        "layers: cat[from(a) -> tower | from(b) -> tower]",
        "input: {a: 1x28x28, b: 1x28x28}\nshared:\n  tower: conv(8, 3)\n"
        "layers: cat[from(a) -> tower | from(b) -> tower]",
    ),
    "E225": Code(
        "`input` in the middle",
        "INPUT(...) stands first in a chain. Several inputs stand under `input:`.",
        "INPUT(3x32x32) -> RELU -> INPUT(3x32x32)",
        "INPUT(3x32x32) -> RELU",
    ),
    "E230": Code(
        "the kernel does not fit",
        "A window must find at least one place: n + padding before and after >= dilation * (kernel - 1) + 1. The note "
        "shows the formula with the numbers in it, and how the sizes came about.",
        "input: 1x28x28\nlayers: maxpool(2) -> maxpool(2) -> maxpool(2) -> conv(8, 5)",
        "input: 1x28x28\nlayers: maxpool(2) -> maxpool(2) -> conv(8, 5)",
    ),
    "E231": Code(
        "the stride does not fit exactly",
        "Under rounding=exact, the rule of many lectures, the last window must end at the edge: (n - k + 2p) must be "
        "a multiple of the stride. PyTorch rounds down (rounding=floor) and never sees the positions left over.",
        _IMAGE + "layers: conv(16, 5, 2, rounding=exact)",
        "input: 3x33x33\nlayers: conv(16, 5, 2, rounding=exact)",
    ),
    "E232": Code(
        "groups do not divide the channels",
        "With groups=g, input and output channels are both split into g parts of equal size.",
        _IMAGE + "layers: conv(48, 3, groups=2)",
        _IMAGE + "layers: conv(48, 3, groups=3)",
    ),
    "E233": Code(
        "too much padding for a pool",
        "PyTorch refuses pools whose padding is more than half of the kernel: some windows would hold nothing else.",
        _IMAGE + "layers: maxpool(2, padding=2)",
        _IMAGE + "layers: maxpool(2, padding=1)",
    ),
    "E234": Code(
        "the connection table does not fit",
        "A table has a row for each input map and a column for each output map.",
        "input: 2x32x32\ntables: {t: [X.X, .XX]}\nlayers: conv(4, 5, table=t)",
        "input: 2x32x32\ntables: {t: [X.X, .XX]}\nlayers: conv(3, 5, table=t)",
    ),
    "E240": Code(
        "flatten is missing",
        "linear is PyTorch's: it multiplies the last axis alone. fc flattens first, as slides draw it.",
        _IMAGE + "layers: conv(16, 3) -> linear(10)",
        _IMAGE + "layers: conv(16, 3) -> flatten -> linear(10)",
    ),
    "E241": Code(
        "in_features is not what enters",
        "The number of inputs follows from the layers before. Leave it out.",
        _IMAGE + "layers: fc(10) -> linear(10, in_features=512)",
        _IMAGE + "layers: fc(10) -> linear(10)",
    ),
    "E250": Code(
        "`freeze` names nothing",
        "`freeze` takes names of layers or parts, and patterns: features, layer1.*, *.bn*.",
        _IMAGE + "layers:\n  features: conv(8, 3) -> relu\nfreeze: [feature]",
        _IMAGE + "layers:\n  features: conv(8, 3) -> relu\nfreeze: [features]",
    ),
    "E260": Code(
        "the base cannot be used",
        "`base:` names a bundled spec, or a .yaml file beside this one, whose parameters, frozen parts and "
        "expectations are replaced.",
        "base: vgg61\nfreeze: [features]",
        "base: vgg16\nfreeze: [features]",
    ),
    "E300": Code(
        "an expectation is not met",
        "The spec states a number under `expect:`, and the network has another.",
        _IMAGE + "layers: fc(10)\nexpect: {params: 30720}",
        _IMAGE + "layers: fc(10)\nexpect: {params: 30730}",
    ),
    "E301": Code(
        "an expectation that cannot be checked",
        "`expect:` takes totals (params, trainable_params, macs, flops, connections, neurons) and the output's shape.",
        _IMAGE + "layers: fc(10)\nexpect: {weights: 30720}",
        _IMAGE + "layers: fc(10)\nexpect: {params: 30730, output: 10}",
    ),
    "W401": Code(
        "the input looks channels-last",
        "Shapes are channels first, as in PyTorch: 3x224x224. TensorFlow's and many slides' 224x224x3 would be read "
        "as 224 channels.",
        "input: 224x224x3\nlayers: conv(8, 3, padding=1)",
        "input: 3x224x224\nlayers: conv(8, 3, padding=1)",
    ),
}
