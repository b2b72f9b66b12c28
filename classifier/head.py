"""The deep half of a coder above its encoder: every category and descriptive code looks at the pieces it cares about.

An answer names a barrier in two words out of forty. Averaging would drown them, so each label has its own attention
over the encoder's pieces (Mullenbach et al. 2018, Explainable prediction of medical codes). All layers of the encoder
are mixed, because in a small encoder the lower ones still know the words best.

Left out: the loss and anything else about training.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

QUESTIONS = 8  # 1 to 7, and 0 where the question is not known


class Head(nn.Module):
    """`labels` logits from the hidden states of an encoder of `layers` layers."""

    def __init__(self, dimensions: int, layers: int, labels: int, dropout: float = 0.2) -> None:
        super().__init__()
        self.mix = nn.Parameter(torch.zeros(layers + 1))
        self.looks = nn.Parameter(torch.randn(labels, dimensions) * dimensions**-0.5)
        self.question = nn.Embedding(QUESTIONS, dimensions)
        self.inner = nn.Linear(dimensions, dimensions)
        self.outer = nn.Parameter(torch.randn(labels, dimensions) * dimensions**-0.5)
        self.bias = nn.Parameter(torch.full((labels,), -2.0))
        self.dropout = nn.Dropout(dropout)

    def forward(self, hidden: tuple[Tensor, ...], mask: Tensor, questions: Tensor) -> Tensor:
        """`hidden`: layers of texts x pieces x dimensions; `mask`: 1 where a piece is; returns texts x labels."""
        states = torch.einsum("n,nbtd->btd", self.mix.softmax(0), torch.stack(hidden))
        states = self.dropout(states)
        interest = torch.einsum("btd,ld->blt", states, self.looks)
        interest = interest.masked_fill(mask[:, None, :] == 0, -1e4).softmax(-1)
        seen = interest @ states + self.question(questions)[:, None, :]
        judged = self.dropout(nn.functional.gelu(self.inner(seen)))
        logits: Tensor = (judged * self.outer).sum(-1) + self.bias
        return logits
