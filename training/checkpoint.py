"""A checkpoint of fine-tuning after every epoch: the same command goes on where an interrupted one stopped.

Written beside and put in place whole, so that a kill or a full disk leaves the checkpoint before it. It belongs to one
training: with other examples, another plan or another beginning it is not read, and the training starts anew. It holds
torch's own files and is removed when the model is written; nobody else's checkpoint is ever opened.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from accelerate import Accelerator
from safetensors import SafetensorError

from training.errors import DiskError

# What writing raises when the disk is full: Python, safetensors and torch each have their own.
WRITING = (OSError, SafetensorError, RuntimeError)
_OF = "training.txt"
_EPOCHS = "epochs.txt"


class Checkpoint:
    """The checkpoint in `folder` of the training that `name` tells from every other one."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name

    def resume(self, accelerator: Accelerator) -> int:
        """Restore what was saved; number of epochs done, 0 where there is no checkpoint of this training."""
        if not self._own():
            return 0
        accelerator.load_state(str(self._folder))
        return int((self._folder / _EPOCHS).read_text(encoding="utf-8"))

    def save(self, accelerator: Accelerator, epochs: int) -> None:
        """Keep the state after so many epochs, in the place of an older one. Raises DiskError."""
        part = self._folder.with_name(f"{self._folder.name}.part")
        try:
            if accelerator.is_main_process:
                shutil.rmtree(part, ignore_errors=True)
                part.mkdir(parents=True)
            accelerator.wait_for_everyone()
            accelerator.save_state(str(part))
            accelerator.wait_for_everyone()
            if accelerator.is_main_process:
                (part / _OF).write_text(self._name, encoding="utf-8")
                (part / _EPOCHS).write_text(str(epochs), encoding="utf-8")
                shutil.rmtree(self._folder, ignore_errors=True)
                part.rename(self._folder)
        except WRITING as error:
            shutil.rmtree(part, ignore_errors=True)
            raise DiskError(f"{part}: cannot be written ({_line(error)}); the models are as they were") from error
        accelerator.wait_for_everyone()

    def of_run(self, run: int) -> Checkpoint:
        """The checkpoint of one of several trainings; the first has this one."""
        return Checkpoint(self._folder.with_name(f"{self._folder.name}-run{run}"), self._name) if run else self

    def drop(self) -> None:
        """Remove the checkpoint, and those of the other runs."""
        for folder in (self._folder, *self._folder.parent.glob(f"{self._folder.name}-run*")):
            shutil.rmtree(folder, ignore_errors=True)

    def _own(self) -> bool:
        of = self._folder / _OF
        return of.is_file() and of.read_text(encoding="utf-8") == self._name


def _line(error: Any) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
