"""How long receptive fields take, and how the time grows: python benchmarks/receptive_fields.py."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import cnncalc
from cnncalc.fields import receptive_fields, resized
from cnncalc.network import Builder, Network


def best_of(runs: int, work: Callable[[Network], Any], network: Network) -> float:
    """Shortest time of several runs, in milliseconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work(network)
        times.append(time.perf_counter() - start)
    return 1000 * min(times)


def every_field(network: Network) -> list[Any]:
    """Size, touched positions, jump and start of every node."""
    fields = receptive_fields(network).values()
    return [(field.size, field.touched, field.jump, field.start) for field in fields]


def every_unit(network: Network) -> list[Any]:
    """What every unit of every node reads, along both axes."""
    fields = receptive_fields(network)
    return [fields.units(fields.references[0], axis) for axis in (0, 1)]


def chain(length: int, dilation: int) -> Network:
    """3-wide convolutions, one behind the other."""
    build = Builder(f"chain of {length}")
    x = build.input("input", (1, 64))
    layer = cnncalc.layers.find("conv")[0]
    for _ in range(length):
        x = build.add(layer(out_channels=1, kernel_size=3, padding=dilation, dilation=dilation), x)
    return build.network()


def main() -> None:
    """Print the tables."""
    print("network      input  layers  fields ms  all units ms")
    for name in ("resnet50", "resnet152", "googlenet"):
        for size in (224, 512, 1024):
            network = resized(cnncalc.load(name), {"input": (3, size, size)})
            fields, units = best_of(5, every_field, network), best_of(5, every_unit, network)
            print(f"{name:<12} {size:>5}  {len(network):>6}  {fields:>9.1f}  {units:>12.1f}")
    print("\nlayers in a chain  fields ms  with holes ms")
    for length in (100, 1_000, 10_000):
        plain, holes = (best_of(3, every_field, chain(length, dilation)) for dilation in (1, 2))
        print(f"{length:>17,}  {plain:>9.1f}  {holes:>13.1f}")


if __name__ == "__main__":
    main()
