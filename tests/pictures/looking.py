"""What tests ask of scenes: which boxes are nodes, which texts lie in them, where edges run."""

from functools import cache

from cnncalc import analyze, load
from cnncalc.render.pictures import scene
from cnncalc.render.scene import Box, Group, Path, Text, flat


@cache
def analysis_of(name):
    return analyze(load(name))


@cache
def scene_of(name, view="graph", **options):
    return scene(analysis_of(name), view=view, **options)


def has_positions(name):
    return any(len(row.output_shape) > 1 and row.inputs for row in analysis_of(name))


def nodes(picture):
    """Every node with its outline, in drawing order."""
    return [(group, outline(group)) for group in groups(picture.items) if group.role == "node"]


def groups(items):
    for item in items:
        if isinstance(item, Group):
            yield item
            yield from groups(item.items)


def outline(group):
    return next(item for item in flat(group.items) if isinstance(item, Box))


def texts(items):
    return [item for item in flat(items) if isinstance(item, Text)]


def overlap(one, other, slack=0.5):
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return across > slack and down > slack


def text_box(text):
    return Box(text.left, text.y - 0.75 * text.size, text.width, text.size)


def contains(box, inner, slack=1.0):
    return (
        box.x - slack <= inner.x
        and inner.x + inner.width <= box.x + box.width + slack
        and box.y - slack <= inner.y
        and inner.y + inner.height <= box.y + box.height + slack
    )


def samples(path, per_piece=24):
    """Points along a path, curves included."""
    at = start = None
    for verb, points in path.commands:
        if verb == "M":
            at = start = points[0]
        elif verb == "Z":
            yield from _line(at, start, per_piece)
        elif verb == "L":
            yield from _line(at, points[0], per_piece)
            at = points[0]
        else:
            yield from _curve(at, *points, per_piece)
            at = points[-1]


def _line(start, end, count):
    for i in range(count + 1):
        share = i / count
        yield (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)


def _curve(a, b, c, d, count):
    for i in range(count + 1):
        t = i / count
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        yield tuple(sum(w * p[axis] for w, p in zip(weights, (a, b, c, d), strict=True)) for axis in (0, 1))


def edges(picture):
    return [item for item in picture.flat() if isinstance(item, Path) and item.stroke == "edge"]


def extent(path):
    xs, ys = zip(*(point for _, points in path.commands for point in points), strict=True)
    return Box(min(xs) - 1, min(ys) - 1, max(xs) - min(xs) + 2, max(ys) - min(ys) + 2)


def pairs(boxes, slack=0.0):
    """Boxes that share a stretch of height, with what they belong to, each pair once."""
    boxes = sorted(boxes, key=lambda pair: pair[0].y)
    for place, (one, first) in enumerate(boxes):
        for other, second in boxes[place + 1 :]:
            if other.y > one.y + one.height + slack:
                break
            yield one, other, (first, second)


def nodes_lie_apart(picture):
    for one, other, names in pairs((box, group.key) for group, box in nodes(picture)):
        assert not overlap(one, other), names


def texts_lie_in_their_nodes(picture):
    for group, box in nodes(picture):
        for text in texts(group.items):
            assert contains(box, text_box(text)), (group.key, text.text)


def texts_lie_apart(picture):
    shown = texts(picture.items)
    for text in shown:
        assert text.left >= 0, text
        assert text.left + text.width <= picture.width, text
        assert text.size * 0.7 <= text.y <= picture.height, text
    for one, other, words in pairs((text_box(text), text.text) for text in shown):
        assert not overlap(one, other, slack=1.5), words


def edges_pass_nodes(picture):
    _edges_pass(picture, [(box, group.key) for group, box in nodes(picture)])


def edges_pass_texts(picture):
    _edges_pass(picture, [(text_box(text), text.text) for text in texts(picture.items)])


def _edges_pass(picture, boxes):
    for path in edges(picture):
        near = [(box, name) for box, name in boxes if overlap(box, extent(path), slack=0)]
        for x, y in samples(path) if near else ():
            for box, name in near:
                inside = box.x + 1 < x < box.x + box.width - 1 and box.y + 1 < y < box.y + box.height - 1
                assert not inside, (name, path)
