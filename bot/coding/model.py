"""Which model codes for this bot, and when another one has taken its place.

The model that counts is the one that `KEDERGI_HOME/models/current` names, or, without that file, the one that ships.
It must have been trained on the codebook that the bot uses. The file is read again and again, which costs nothing
beside coding, so that a promoted model is taken without a restart.
"""

from __future__ import annotations

from pathlib import Path

from bot.coding.process import CoderProcess
from classifier import model_in_use
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


class Succession:
    """Watches which model counts. Each change is reported once, whether the new model can be used or not."""

    def __init__(self, home: Path, codebook: Codebook, threads: int) -> None:
        self._home = home
        self._codebook = codebook
        self._threads = threads
        self._seen = self._named()

    def process(self) -> CoderProcess:
        """A coder process, not yet started, of the model that counts. Raises ModelError or CodebookError."""
        directory = model_in_use(self._home)
        check_codebook(directory, self._codebook)
        return CoderProcess(directory, self._threads)

    def changed(self) -> bool:
        """Whether another model counts than when this was last asked."""
        before, self._seen = self._seen, self._named()
        return self._seen != before

    def _named(self) -> str:
        """What names the model: the content of `current`, or nothing where the shipped model counts."""
        try:
            return (self._home / "models" / "current").read_text(encoding="utf-8", errors="replace").strip()
        except FileNotFoundError:
            return ""
