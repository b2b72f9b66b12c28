"""The tokenizer: byte-pair pieces over folded text, so that one vocabulary serves both languages and every spelling.

A general multilingual vocabulary cuts Kazakh typed in Russian or Latin letters into single letters. Here the text is
folded to one skeleton first (`classifier.text.fold`), and the pieces are learnt from that.

Left out: normalisation inside the tokenizer; folding depends on the words around, so it is done before.
And sameness: between equally frequent pairs the trainer chooses differently from run to run; keep the file it wrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}
_ALPHABET = 250
_BATCH_LINES = 20_000


def learn(folded: Sequence[str], size: int, longest: int) -> PreTrainedTokenizerFast:
    """A tokenizer of `size` pieces learnt from folded lines; inputs are cut at `longest` pieces."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE(unk_token=SPECIAL["unk_token"], continuing_subword_prefix="##"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.BertPreTokenizer(), pre_tokenizers.Digits(True)])
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(SPECIAL.values()),
        limit_alphabet=_ALPHABET,
        continuing_subword_prefix="##",
        show_progress=False,
    )
    tokenizer.train_from_iterator(folded, trainer)
    ends = [(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = TemplateProcessing("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", ends)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=longest, **SPECIAL)  # type: ignore[no-untyped-call]


def stream(tokenizer: Any, folded: Sequence[str], cut_anew: float = 0.0) -> NDArray[np.uint16]:
    """All lines as one row of piece numbers, `[SEP]` after each line.

    Of every second batch of lines, `cut_anew` of the joins are left out at random (Provilkov et al. 2020).
    """
    return np.concatenate(list(_batches(tokenizer, folded, cut_anew)))


def _batches(tokenizer: Any, folded: Sequence[str], cut_anew: float) -> Iterator[NDArray[np.uint16]]:
    end = [tokenizer.sep_token_id]
    backend = tokenizer.backend_tokenizer
    for turn, first in enumerate(range(0, len(folded), _BATCH_LINES)):
        backend.model.dropout = cut_anew if turn % 2 and cut_anew else None
        for encoded in backend.encode_batch_fast(list(folded[first : first + _BATCH_LINES]), add_special_tokens=False):
            yield np.array(encoded.ids + end, dtype=np.uint16)
    backend.model.dropout = None
