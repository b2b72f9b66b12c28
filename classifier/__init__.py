"""Kedergi's coder: text in, barrier categories out. Used by the bot and by training alike; knows neither.

codebook, text, urgent, agreement and coding are pure and import fast; model is the one heavy file, and it is
imported only inside the function that loads a model.
"""

from __future__ import annotations

from pathlib import Path

from classifier.errors import ModelError

MODELS = Path(__file__).resolve().parent.parent / "data" / "models"


def model_directory(models: Path = MODELS) -> Path:
    """The model that is in use: the folder of `models` named by its file `current`. Raises ModelError."""
    pointer = models / "current"
    try:
        name = pointer.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{pointer}: must name a model's folder; or give one with --model") from error
    directory = models / name
    if not name or "/" in name or name in {".", ".."} or not directory.is_dir():
        raise ModelError(f"{pointer}: names `{name}`, which is no folder in {models}")
    return directory


def model_in_use(home: Path, shipped: Path = MODELS) -> Path:
    """The model that counts in a KEDERGI_HOME: the promoted one, or, where `home`/models/current is absent, the one
    that ships. Raises ModelError."""
    own = home / "models"
    return model_directory(own if (own / "current").exists() else shipped)
