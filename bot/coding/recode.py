"""`python -m bot recode`: the model that counts codes again what only other models have coded; old codings are kept.

A new model by itself codes new answers only: figures of past weeks must not move because a model was promoted. What a
person or its author has coded stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.control import Context
from bot.errors import StoreError
from bot.store.coders import ask_recoding
from classifier import model_in_use
from classifier.errors import ClassifierError


def recode(context: Context, _: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for it; `model` and how many `answers` that is. Raises StoreError where no model counts."""
    try:
        name = model_in_use(context.settings.home).resolve().name
    except ClassifierError as error:
        raise StoreError(str(error)) from error
    return {"model": name, "answers": ask_recoding(context.store, f"model:{name}", context.now)}
