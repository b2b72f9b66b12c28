"""One process per KEDERGI_HOME."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.delivery.lock import sole_instance
from bot.errors import AlreadyRunningError

HOLD = """
import sys
from pathlib import Path
from bot.delivery.lock import sole_instance
with sole_instance(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_kept_out_until_the_first_dies(tmp_path: Path) -> None:
    home = tmp_path / "үй 1"
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None and process.stdout is not None
    with process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(AlreadyRunningError, match="another Kedergi is running"), sole_instance(home):
            pass
        process.kill()
        process.wait()
    with sole_instance(home):
        assert (home / "kedergi.lock").stat().st_mode & 0o777 == 0o600
        assert home.stat().st_mode & 0o777 == 0o700
