"""Modules over sequences of tokens, and those that torch.nn lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from cnncalc.layers import Layer, Site, recurrent, sequence
from cnncalc.torch_backend.pairing import Pair


class Lookup(nn.Embedding):
    """An embedding that takes whole numbers of any type."""

    def forward(self, values: Tensor) -> Tensor:
        """Look the vectors up."""
        return super().forward(values.long())


class _Sequence:
    """Makes a recurrent network take a batch of sequences and give its outputs alone."""

    def forward(self, values: Tensor) -> Tensor:
        """Run over the tokens."""
        outputs: Tensor
        outputs, _ = super().forward(values)  # type: ignore[misc]
        return outputs.contiguous()


class PlainRNN(_Sequence, nn.RNN):  # type: ignore[misc]
    """A plain recurrent network."""


class PlainGRU(_Sequence, nn.GRU):  # type: ignore[misc]
    """Gated recurrent units."""


class PlainLSTM(_Sequence, nn.LSTM):
    """Long short-term memory by PyTorch's own kernels; oneDNN's keep a workspace that nothing describes."""

    def forward(self, values: Tensor) -> Tensor:  # type: ignore[override]
        """Run over the tokens with oneDNN switched off."""
        enabled = torch._C._get_mkldnn_enabled()  # noqa: SLF001 - the public way prints a warning
        torch._C._set_mkldnn_enabled(False)  # noqa: SLF001 - as above
        try:
            return super().forward(values)
        finally:
            torch._C._set_mkldnn_enabled(enabled)  # noqa: SLF001 - as above


class Attention(nn.MultiheadAttention):
    """Attention of tokens to each other, or to those of a second input."""

    def forward(self, values: Tensor, others: Tensor | None = None) -> Tensor:  # type: ignore[override]
        """Mix the values of the others into each token."""
        keys = values if others is None else others
        mixed: Tensor
        mixed, _ = super().forward(values, keys, keys, need_weights=False)
        return mixed.contiguous()


def _recurrent(module: Callable[..., nn.Module], *more: str) -> Pair:
    """A recurrent network made of the options that all kinds have, and more."""
    names = ("num_layers", "bias", "dropout", "bidirectional", *more)

    def pair(layer: Any, site: Site) -> nn.Module:
        options = {name: getattr(layer, name) for name in names}
        return module(site.input[1], layer.hidden_size, batch_first=True, **options)

    return pair


def _attention(layer: sequence.Attention, site: Site) -> nn.Module:
    return Attention(site.input[1], layer.num_heads, dropout=layer.dropout, bias=layer.bias, batch_first=True)


PAIRS: dict[type[Layer], Pair] = {
    sequence.Embedding: lambda layer, _: Lookup(layer.num_embeddings, layer.embedding_dim),
    recurrent.RNN: _recurrent(PlainRNN, "nonlinearity"),
    recurrent.LSTM: _recurrent(PlainLSTM, "proj_size"),
    recurrent.GRU: _recurrent(PlainGRU),
    sequence.Attention: _attention,
}
