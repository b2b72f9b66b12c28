"""An fsync precedes every advance of the offset. Killing a process cannot show that, only its system calls can."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.fake_telegram import FakeTelegram
from tests.test_run import running

CALLS = "fsync,fdatasync,sendto,sendmsg,write,recvfrom,recvmsg,read"
UPDATES = 6


def _traces() -> bool:
    """Whether strace is here and may trace."""
    if not shutil.which("strace"):
        return False
    return subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not _traces(), reason="needs strace and the right to trace")
async def test_every_update_is_synced_to_the_disk_before_the_offset_passes_it(tmp_path: Path) -> None:
    trace = tmp_path / "trace.txt"
    strace = ("strace", "-f", "-qq", "-s", "4000", "-e", f"trace={CALLS}", "-o", str(trace))
    async with FakeTelegram() as server:
        async with running(server, tmp_path / "home", *strace):
            for _ in range(UPDATES):
                server.say(7, "/help")
                await server.until(lambda: server.pending == 0, 60)
        delivered = sorted(server.handed_out)
    events = _events(trace.read_text(errors="replace"))
    advances = [number for kind, number in events if kind == "offset" and number > delivered[0]]
    assert advances == sorted(advances)
    assert advances[-1] == delivered[-1] + 1
    assert len(set(advances)) >= UPDATES
    for offset in set(advances):
        sent_at = events.index(("offset", offset))
        came_at = max(at for at, event in enumerate(events[:sent_at]) if event == ("update", offset - 1))
        assert ("sync", 0) in events[came_at:sent_at], f"offset {offset} was sent before its update was on the disk"


def _events(trace: str) -> list[tuple[str, int]]:
    """What counts in the trace, in order: an update that came, a finished sync, an offset that was sent."""
    found = []
    for line in trace.splitlines():
        if re.search(r"\bf(data)?sync\(.*= 0|<\.\.\. f(data)?sync resumed.*= 0", line):
            found.append(("sync", 0))
        elif match := re.search(r"\b(?:sendto|sendmsg|write)\(.*\boffset=(\d+)", line):
            found.append(("offset", int(match[1])))
        elif re.search(r"\b(?:recvfrom|recvmsg|read)\(", line):
            found += [("update", int(number)) for number in re.findall(r'update_id\\": (\d+)', line)]
    return found
