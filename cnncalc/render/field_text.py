"""A receptive field as text: what a terminal shows for ``cnncalc field``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from cnncalc.fields import masks, sets
from cnncalc.fields.borders import Halo
from cnncalc.fields.data import previous
from cnncalc.fields.extent import Extent
from cnncalc.fields.field import Field
from cnncalc.fields.inputs import Smallest, Unproductive
from cnncalc.fields.passes import Fields
from cnncalc.fields.paths import Path
from cnncalc.fields.units import Reading
from cnncalc.layers import show
from cnncalc.narrow_table import fitting

_FEW = 8
"""Items listed before the rest are counted."""


def number(value: Any) -> str:
    """A number; halves as decimals, other fractions as they are.

    >>> number(Fraction(13, 2)), number(Fraction(1, 3)), number(None)
    ('6.5', '1/3', '-')
    """
    if value is None:
        return "-"
    is_half = isinstance(value, Fraction) and value.denominator == 2
    return f"{float(value):g}" if is_half else f"{value:,}" if isinstance(value, int) else str(value)


def by(values: Iterable[Any]) -> str:
    """Sizes, one per axis."""
    return " x ".join(map(number, values)) or "-"


def places(values: Iterable[Any]) -> str:
    """Positions, one per axis."""
    return ", ".join(map(number, values)) or "-"


def report(field: Field, local: Field | None = None) -> str:
    """Everything about the field of one layer."""
    node, reference = field.node, field.reference
    enters = ", ".join(map(show, node.input_shapes)) or "nothing"
    head = f"{node.name}: {node.layer.label(node.site)}, {enters} -> {show(node.output_shape)}"
    lines = [head, f"field in {reference.name} ({show(reference.output_shape)})", ""]
    facts = _facts(field, local)
    width = max(len(name) for name, _ in facts)
    return "\n".join([*lines, *(f"  {name:<{width}}  {text}" for name, text in facts)])


def _facts(field: Field, local: Field | None) -> list[tuple[str, str]]:
    if field.is_constant:
        return [("size", f"0: nothing of {field.reference.name} is read")]
    facts = [("size", _size(field)), ("touched", _touched(field))]
    facts += [("jump", by(field.jump)), ("start", places(field.start)), ("center", places(field.center))]
    if local is not None and local.size != field.size:
        facts.append(
            ("local", f"{by(local.size)}, jump {by(local.jump)}: gates and statistics held constant")
        )
    for other in field.others:
        sizes = "everything" if other.is_global else by(other.size)
        sizes = f"at most {sizes}" if other.is_bound else sizes
        facts.append(("also", f"{sizes} of {other.reference.name}, start {places(other.start)}"))
    facts += [("directly", text) for text in _direct(field)]
    facts += list(_phases(field))
    facts += [("units", _units(field)), ("widest path", _path(field.max_path))]
    facts += [("narrowest path", _path(field.min_path))] if _differs(field) else []
    facts += [("branches", text) for text in _branches(field)]
    facts += [("channels", text) for text in _channels(field)]
    facts += [("tiles", text) for text in _tiles(field)]
    return [(name, text) for name, text in facts if text]


def _size(field: Field) -> str:
    text = by(field.size)
    if field.smallest != field.size:
        text = f"{by(field.smallest)} to {text}, by phase"
    if field.is_bound:
        return f"at most {text}"
    if not field.is_global:
        return text
    whole = field.size == field.reference.output_shape[1:]
    return (
        f"{text}: everything"
        if whole
        else f"{text}: all that is read of {by(field.reference.output_shape[1:])}"
    )


def _touched(field: Field) -> str:
    if field.is_bound:
        return ""
    text = by(field.touched)
    holes = [covered.holes for covered in field.coverage if covered]
    if not any(holes):
        return f"{text}: no holes"
    worst = max((covered for covered in field.coverage if covered), key=lambda covered: covered.holes)
    text += f": {float(100 * worst.holes):.3g} % holes, the largest {worst.largest_gap} wide"
    return f"{text}; {_closing(field)}" if _closing(field) else text


def _closing(field: Field) -> str:
    from cnncalc.fields.coverage import closing_dilations

    for axis, covered in enumerate(field.coverage):
        if covered and covered.holes:
            found = closing_dilations(field, axis)
            if found is None:
                return "no dilations close them and keep the size"
            return "closed by dilation " + _some(f"{value} in {name}" for name, value in found.items())
    return ""


def _direct(field: Field) -> Iterator[str]:
    for source, sizes in previous(field).items():
        everything = any(size is None for size in sizes) or not sizes
        yield f"everything of {source}" if everything else f"{by(sizes)} of {source}"


def _phases(field: Field) -> Iterator[tuple[str, str]]:
    seen = set()
    for state in field.axes:
        if isinstance(state, Extent) and state.period > 1 and state not in seen:
            seen.add(state)
            spans = (f"{span[0]}..{span[1]}" if span else "nothing" for span in state.spans)
            yield (
                "phases",
                f"units 0 to {state.period - 1} read {_some(spans)}; then again, moved by {state.shift}",
            )


def _units(field: Field) -> str:
    texts = []
    for border in field.border:
        if border is None:
            return ""
        units = border.before + border.inside + border.after
        ends = f"{border.before} before and {border.after} after reach outside"
        if not border.inside:
            texts.append(f"all {units} reach outside")
        elif border.before + border.after:
            texts.append(f"{border.inside} of {units} inside; {ends}")
        else:
            texts.append(f"all {units} inside")
    return _once(texts)


def _once(texts: Sequence[str]) -> str:
    """What holds on every axis said once."""
    return texts[0] if len(set(texts)) == 1 else " | ".join(texts)


def _path(paths: Sequence[Path]) -> str:
    return _once([f"{path.size} = 1{''.join(_hops(path))}" for path in paths])


def _hops(path: Path) -> list[str]:
    hops = [f" + {hop.adds} ({hop.node.name})" for hop in path.contributions]
    rest = sum(hop.adds for hop in path.contributions[_FEW:])
    return hops if len(hops) <= _FEW + 1 else [*hops[:_FEW], f" + {rest} ({len(hops) - _FEW} more layers)"]


def _differs(field: Field) -> bool:
    return [p.size for p in field.min_path] != [p.size for p in field.max_path]


def _branches(field: Field) -> Iterator[str]:
    if len(field.branches) < 2:
        return
    for branch in field.branches:
        sizes = "everything" if None in branch.size else by(branch.size)
        sizes = f"at most {sizes}" if field.is_bound and None in branch.size else sizes
        text = f"{sizes} by way of {branch.name}"
        if not branch.is_aligned:
            text += f", {places(branch.offset)} beside the first: misaligned"
        elif branch.jump != field.branches[0].jump:
            text += f", jump {by(branch.jump)}: does not keep step with the first"
        yield text


def _channels(field: Field) -> Iterator[str]:
    if len(field.groups) < 2:
        return
    for group in field.groups[:_FEW]:
        yield f"{_ranges(group.ranges)}: {by(group.size)} from {places(group.start)}"
    if len(field.groups) > _FEW:
        yield f"and {len(field.groups) - _FEW} more groups"


def _ranges(ranges: Sequence[tuple[int, int]]) -> str:
    return _some(f"{first}" if first == last else f"{first}-{last}" for first, last in ranges)


def _tiles(field: Field) -> Iterator[str]:
    if any(halo and halo.overlap for halo in field.halo):
        yield _once([_tile(halo) for halo in field.halo if halo])


def _tile(halo: Halo) -> str:
    text = f"halo of {halo.before} before and {halo.after} after"
    if halo.core > 1 or halo.units > 1:
        text += f" every {halo.core} positions ({halo.units} unit{'s' * (halo.units > 1)})"
    return text if halo.align == 1 else f"{text}; they start at multiples of {halo.align}"


def _some(items: Iterable[str]) -> str:
    listed = list(items)
    rest = len(listed) - _FEW
    return ", ".join(listed[:_FEW]) + (f" and {rest} more" if rest > 0 else "")


def reading(found: Reading, name: str, what: str) -> str:
    """Exactly which values are concerned."""
    if not found:
        return f"{what}: nothing of {name}"
    mask = found.mask
    ends = " x ".join(f"{first}..{last}" for first, last in masks.bounds(mask))
    count, channels = masks.count(mask), found.channels.bit_count()
    plural = "s" if channels > 1 else ""
    lines = [f"{what}: {found.count:,} values of {name}, {count:,} positions in {channels:,} channel{plural}"]
    lines += [f"  positions  {ends}"] if ends else []
    lines += [f"  channels   {_ranges(tuple(sets.runs(found.channels)))}"]
    if ends and count != _box(mask):
        lines.append(
            f"  holes      {_box(mask) - count:,} of the {_box(mask):,} positions in that box are not read"
        )
    if len(found.parts) > 1:
        lines.append("  the channels differ:")
        parts = (
            f"  {_ranges(tuple(sets.runs(part.channels)))}: {masks.count(part.mask):,} positions"
            for part in found.parts
        )
        lines += [f"  {text}" for text in list(parts)[:_FEW]]
    return "\n".join(lines)


def _box(mask: masks.Mask) -> int:
    volume = 1
    for first, last in masks.bounds(mask):
        volume *= last - first + 1
    return volume


def table(fields: Fields, width: int | None = None) -> str:
    """A line for every layer, in ``width`` columns if that is given."""
    lines = [
        [
            field.node.name,
            field.node.layer.label(field.node.site),
            _extent(field),
            "" if field.told("touched") == field.told("size") else _told(field, "touched"),
            _told(field, "jump"),
            _told(field, "start", ", "),
            _told(field, "center", ", "),
        ]
        for field in fields.values()
    ]
    headings = ["layer", "kind", "field", "touched", "jump", "start", "center"]
    has_holes = any(line[3] for line in lines)
    least = (*(() if has_holes else ("touched",)), "kind", "center", "start", "touched")
    sides = ["left"] * len(headings)
    return fitting(headings, lines, headings, sides, width, least=least, hint="--format json has all")


def _extent(field: Field) -> str:
    size = "everything" if field.is_global else _told(field, "size")
    return f"at most {size}" if field.is_bound else size


def _told(field: Field, name: str, between: str = " x ") -> str:
    values = field.told(name)
    return "?" if values is None else between.join(map(number, values)) or "-"


def inputs(smallest: Smallest, beyond: Unproductive, fields: Fields) -> str:
    """What holds of a network's input as a whole."""
    shape = fields.network[fields.references[0]].output_shape
    lines = [
        f"input: {show(shape)}",
        f"smallest input accepted: {by(smallest.accepted)}",
        f"smallest at which every layer has a unit whose field is whole: {by(smallest.inside)}",
    ]
    if smallest.sized:
        lines.append(f"made for this input size, other weights at another: {_some(smallest.sized)}")
    lines.append(_unproductive(beyond))
    return "\n".join(lines)


def _unproductive(beyond: Unproductive) -> str:
    if not beyond.layers:
        return "unproductive layers: none; no layer reads what already sees more than the input"
    text = f"unproductive layers (what they read already sees more than the input): {_some(beyond.layers)}"
    narrow = _some(beyond.even_narrowest) or "none"
    return f"{text}\neven by the narrowest path: {narrow}"
