"""A model, layer by layer: calls followed from the inputs, shared layers found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from cnncalc.errors import ImportFailure
from cnncalc.exchange.assembly import MALFORMED, Assembly, text_of
from cnncalc.exchange.keras_reader.layers import LAYERS, Config, activations
from cnncalc.network import Network

MAX_CHARACTERS = 16 << 20


def read(path: Path) -> Network:
    """The network in a file."""
    return from_text(text_of(path, MAX_CHARACTERS))


def from_text(text: str) -> Network:
    """The network in a text; raises :class:`ImportFailure` that names a layer it cannot take."""
    try:
        model = json.loads(text)
        return _Model(model["config"], str(model["class_name"])).network()
    except MALFORMED as error:
        reason = f"{type(error).__name__}: {error}"[:200]
        raise ImportFailure(f"this is not what Keras writes with to_json() ({reason})") from error


class Use(NamedTuple):
    """A layer in one place: the values that enter, the value that leaves, the layer whose weights it has."""

    takes: list[str]
    gives: str
    shares: str


class _Model:
    """Reads one model, layer by layer."""

    def __init__(self, config: Any, class_name: str) -> None:
        self.layers = config if isinstance(config, list) else config["layers"]
        self.sequential = class_name == "Sequential"
        name = "imported" if isinstance(config, list) else config.get("name", "imported")
        self.found = Assembly(str(name), source="Keras")
        last = [] if self.sequential else config.get("output_layers", [])
        last = [last] if last and isinstance(last[0], str) else last
        self.outputs = [_value(str(one[0]), int(one[1])) for one in last]

    def network(self) -> Network:
        """The network."""
        if self.sequential:
            self._in_a_row()
        else:
            self._by_what_they_read()
        return self.found.network(self.outputs)

    def _in_a_row(self) -> None:
        previous = ""
        for layer in self.layers:
            config = layer["config"]
            name = str(layer.get("name", config.get("name")))
            shape = config.get("batch_shape", config.get("batch_input_shape"))
            if layer["class_name"] == "InputLayer" or (shape and not self.found.values):
                previous = name if layer["class_name"] == "InputLayer" else "input"
                self._input(previous, shape)
                if layer["class_name"] == "InputLayer":
                    continue
            self._layer(str(layer["class_name"]), name, config, Use([previous], name, ""))
            previous = name

    def _by_what_they_read(self) -> None:
        """Layers as soon as what they read is there: one that is used twice may read a later one."""
        waiting = list(self._uses())
        while waiting:
            ready = [one for one in waiting if all(name in self.found.values for name in one[1].takes)]
            if not ready:
                layer, use = waiting[0]
                missing = next(name for name in use.takes if name not in self.found.values)
                raise ImportFailure(
                    f"layer {layer['name']!r} reads {missing!r}, which no layer before it gives"
                )
            for layer, use in ready:
                self._layer(str(layer["class_name"]), str(layer["name"]), layer["config"], use)
            done = {use.gives for _, use in ready}
            waiting = [one for one in waiting if one[1].gives not in done]

    def _uses(self) -> Iterator[tuple[Any, Use]]:
        """Every use of every layer; further uses of one share the weights of the first."""
        for layer in self.layers:
            config = layer["config"]
            name = str(layer.get("name", config.get("name")))
            if layer["class_name"] == "InputLayer":
                self._input(name, config.get("batch_shape", config.get("batch_input_shape")))
                continue
            if not layer["inbound_nodes"]:
                raise ImportFailure(f"layer {name!r} is used nowhere")
            inbound = layer["inbound_nodes"]
            for number, use in enumerate(inbound):
                gives, owner = _value(name, number), name if number else ""
                yield {**layer, "name": name}, Use(list(_sources(use)), gives, owner)

    def _input(self, name: str, shape: list[Any]) -> None:
        sizes = shape[0][1:] if isinstance(shape[0], list) else shape[1:]
        if any(type(size) is not int for size in sizes):
            raise ImportFailure(f"input {name!r} has open sizes {sizes}: give the model fixed ones")
        self.found.input(name, (sizes[-1], *sizes[:-1]))

    def _layer(self, kind: str, name: str, config: Config, use: Use) -> None:
        if config.get("data_format") == "channels_first":
            raise ImportFailure(f"layer {name!r} has channels first; only channels last are read")
        converter = LAYERS.get(kind)
        if converter is None:
            raise ImportFailure(f"layer {name!r} is a {kind}, which has no counterpart here")
        if use.takes and use.takes[0] not in self.found.values:
            raise ImportFailure(f"layer {name!r} reads {use.takes[0]!r}, which no layer before it gives")
        parts = converter(config, self.found.shape(use.takes[0])) if use.takes else []
        activation = config.get("activation") if kind not in ("Activation", "LSTM") else None
        frozen = config.get("trainable") is False
        parts = [*parts, *activations(activation)]
        if use.shares and len(parts) > 1:
            raise ImportFailure(f"layer {name!r} is several layers here, and is used several times")
        owner = self.found.values[use.shares].name if use.shares else ""
        self.found.add(name, parts, use.takes, use.gives, weights_from=owner, frozen=frozen)


def _value(name: str, use: int) -> str:
    """What leaves a layer in one of its uses."""
    return f"{name}:{use}" if use else name


def _sources(inbound: Any) -> Iterator[str]:
    """Names of the layers that a layer reads: Keras 3 writes tensors with a history, Keras 2 lists."""
    if isinstance(inbound, dict):
        history = inbound.get("config", {}).get("keras_history") if "class_name" in inbound else None
        if history:
            yield _value(str(history[0]), int(history[1]))
            return
        yield from _sources(inbound.get("args", []))
    elif isinstance(inbound, list):
        if len(inbound) >= 3 and isinstance(inbound[0], str) and isinstance(inbound[1], int):
            yield _value(inbound[0], inbound[1])
            return
        for item in inbound:
            yield from _sources(item)
