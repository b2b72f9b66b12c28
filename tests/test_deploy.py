"""The unit file and the Dockerfile agree with the code, and neither runs the bot as root or holds a secret."""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from pathlib import Path

import pytest

from bot.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
UNIT = ROOT / "data" / "deploy" / "kedergi.service"
DOCKERFILE = ROOT / "Dockerfile"


@pytest.fixture
def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=True, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names have capitals
    parser.read(UNIT, encoding="utf-8")
    return parser


@pytest.fixture
def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile with their arguments, comments and line breaks taken out."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if line.strip() and not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in joined.splitlines())]


def test_the_unit_runs_the_bot_as_nobody_else_and_writes_one_folder(unit: configparser.ConfigParser) -> None:
    service = unit["Service"]
    assert service["User"] not in {"", "root"}
    assert service["ExecStart"] == f"{service['WorkingDirectory']}/.venv/bin/python -m bot run"
    assert f"KEDERGI_HOME=/var/lib/{service['StateDirectory']}" in service["Environment"].split()
    assert (service["ProtectSystem"], service["UMask"], service["StateDirectoryMode"]) == ("strict", "0077", "0700")
    assert "ReadWritePaths" not in service
    for name in ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices", "RestrictNamespaces"):
        assert service[name] == "true"
    assert service["CapabilityBoundingSet"] == ""
    assert "AF_UNIX" in service["RestrictAddressFamilies"].split(), "the coder's pipes and the control socket"


def test_the_unit_starts_again_after_a_crash_but_not_after_a_wrong_setting(unit: configparser.ConfigParser) -> None:
    service = unit["Service"]
    assert (service["Restart"], service["RestartPreventExitStatus"]) == ("always", "2")
    assert "sys.exit(2)" in (ROOT / "bot" / "__main__.py").read_text()
    assert int(service["TimeoutStopSec"]) >= 60


def test_the_image_ends_as_a_user_that_is_not_root(instructions: list[tuple[str, str]]) -> None:
    names = [name for name, _ in instructions]
    (user,) = [rest for name, rest in instructions if name == "USER"]
    made = " ".join(rest for name, rest in instructions if name == "RUN")
    assert user != "root" and re.search(rf"useradd --uid [1-9]\d+ .*\b{user}\b", made)
    assert names.index("USER") > max(place for place, name in enumerate(names) if name == "RUN")
    assert json.loads(dict(instructions)["ENTRYPOINT"]) == ["python", "-m", "bot"]
    assert json.loads(dict(instructions)["CMD"]) == ["run"]
    assert dict(instructions)["VOLUME"] in dict(instructions)["ENV"]


def test_the_image_has_all_packages_pinned_and_the_right_python(instructions: list[tuple[str, str]]) -> None:
    copied = [source for name, rest in instructions if name == "COPY" for source in rest.split()[:-1]]
    assert all((ROOT / source).exists() for source in copied)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(project["tool"]["setuptools"]["packages"]) <= {source.rstrip("/") for source in copied}
    assert any("-c constraints.txt" in rest for name, rest in instructions if name == "RUN")
    version = re.search(r"python:(\d+\.\d+)", dict(instructions)["FROM"])
    assert version and project["project"]["requires-python"] == f">={version[1]}"


def test_no_secret_and_no_unknown_setting_stands_in_them() -> None:
    for path in (UNIT, DOCKERFILE):
        text = path.read_text()
        assert not re.search(r"\d{8,}:[A-Za-z0-9_-]{30,}", text)
        named = set(re.findall(r"KEDERGI_([A-Z_]+)", text))
        assert named and named <= {name.upper() for name in Settings.model_fields}
    assert {".env", "var", ".git"} <= set((ROOT / ".dockerignore").read_text().split())
