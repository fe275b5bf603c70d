"""Tiles with the halo that fields ask for give the same outputs as the whole image, in PyTorch."""

import pytest

from cnncalc.fields import receptive_fields, resized

from .test_fields_queries import conv, last, stack, unet, up

torch = pytest.importorskip("torch")

from cnncalc.torch_backend import build  # noqa: E402

NETWORKS = {
    "convolutions": stack(conv(3, padding=1), conv(5, 2, 2), conv(3, padding=2, dilation=2), shape=(1, 96)),
    "uneven": stack(conv(4, 2, padding=((2, 1),)), conv(3, padding=((0, 2),)), shape=(1, 96)),
    "pools": stack(
        conv(3, padding=1), ("maxpool", {"kernel_size": 3, "stride": 2, "padding": 1}), shape=(1, 96)
    ),
    "phases": stack(conv(3, 2, 1), conv(3, 2, 1), up(4, 2, 1), up(4, 2, 1), shape=(1, 96)),
    "unet": unet(2, 96),
    "unpadded": stack(conv(3), ("maxpool", {"kernel_size": 2}), conv(3), up(2, 2), shape=(1, 96)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_tile_gives_what_the_whole_image_gives(name):
    network = NETWORKS[name]
    field = last(network)
    (halo,) = field.halo
    graph = build(network, seed=1, dtype=torch.float64).eval()
    image = torch.rand(1, 1, 96, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    whole = graph(image)
    start = 32 // halo.core * halo.units
    stop = start + 2 * halo.units
    first, end = halo.tile(start, stop)
    assert 0 <= first < end <= 96
    end += -(end - first) % halo.align
    tile = build(resized(network, {"input": (1, end - first)}), dtype=torch.float64).eval()
    tile.load_state_dict(graph.state_dict())
    offset = first // halo.core * halo.units
    part = tile(image[..., first:end])[..., start - offset : stop - offset]
    torch.testing.assert_close(part, whole[..., start:stop])


@pytest.mark.parametrize("name", NETWORKS)
def test_one_position_less_is_not_enough(name):
    """The first or last position of the halo is read by some unit of the tile."""
    field = last(NETWORKS[name])
    (halo,) = field.halo
    read = receptive_fields(NETWORKS[name]).units("input", 0)[field.node.name]
    start = -(-48 // halo.core) * halo.units
    union = 0
    for unit in range(start, start + halo.units):
        union |= read[unit]
    first, last_ = (union & -union).bit_length() - 1, union.bit_length()
    core = start // halo.units * halo.core
    assert (first, last_) == (core - halo.before, core + halo.core + halo.after)
