"""Lines from standard input, without a thread: one that waits in `readline` would keep Ctrl-C from ending the program.

Bytes are read when there are some and decoded here, strictly: half a letter stored as an answer could not be repaired.
"""

from __future__ import annotations

import asyncio
import codecs
import io
import os
import stat
import sys
from collections.abc import AsyncIterator
from typing import TextIO

from bot.errors import ChannelError

BLOCK = 65536
PROMPT = "\n» "


async def typed_lines(source: TextIO) -> AsyncIterator[str]:
    """The lines of `source` as they come, stripped, without empty ones, until its end.

    Raises ChannelError for bytes that are not UTF-8.
    """
    prompt = PROMPT if source.isatty() else ""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-8")(), translate=True)
    waiting = ""
    while True:
        sys.stdout.write(prompt)
        sys.stdout.flush()
        while "\n" not in waiting:
            data = await _block(source.fileno())
            waiting += _decoded(decoder, data) if data else "\n"
            if not data:
                break
        *lines, waiting = waiting.split("\n")
        for line in filter(None, map(str.strip, lines)):
            yield line
        if not data:
            return


def _decoded(decoder: io.IncrementalNewlineDecoder, data: bytes) -> str:
    try:
        return decoder.decode(data)
    except UnicodeDecodeError:
        raise ChannelError("standard input: must be UTF-8 text") from None


async def _block(file: int) -> bytes:
    """The bytes that are there, waiting for the first one; empty at the end of the file."""
    if not stat.S_ISREG(os.fstat(file).st_mode):
        await _readable(file)
    return os.read(file, BLOCK)


async def _readable(file: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_reader(file, ready.set)
    except PermissionError:
        # A file or /dev/null on standard input: it cannot be waited for, and never has to be.
        return
    try:
        await ready.wait()
    finally:
        loop.remove_reader(file)
