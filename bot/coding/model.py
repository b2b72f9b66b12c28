"""Whether a model may code for this bot: it must have been trained on the codebook that the bot uses."""

from __future__ import annotations

from pathlib import Path

from classifier.codebook import Codebook, load_codebook
from classifier.errors import ModelError


def check_codebook(model: Path, codebook: Codebook) -> None:
    """Raises ModelError when the model's codebook is not `codebook`."""
    theirs = load_codebook(model / "codebook.toml")
    if theirs.sha256 != codebook.sha256:
        raise ModelError(
            f"{model / 'codebook.toml'}: version {theirs.version} is not data/codebook.toml's {codebook.version}; "
            "retrain the model or put the codebook back"
        )
