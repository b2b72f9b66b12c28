"""The interview in the terminal: the same engine, inbox and outbox, read from lines and shown as lines."""

from __future__ import annotations

import asyncio
import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.channels.terminal import run_terminal
from bot.channels.typed import typed_lines
from bot.errors import ChannelError
from bot.settings import Settings
from bot.store.database import Store, open_reader, open_store
from tests.store_world import model_codes

ROOT = Path(__file__).resolve().parent.parent
LONG_KK = "мектебімізде ерекше балаларға жағдай жасауға бәріміз күн сайын тырысамыз"
LONG_RU = "в нашей школе каждый день стараемся помочь таким детям как только можем"


def settings_for(home: Path) -> Settings:
    return Settings(_env_file=None, home=home, coder=False)  # type: ignore[call-arg]  # pydantic-settings' own argument


def interview(language: str) -> list[str]:
    """What a respondent types in a whole interview, with a correction, a probe and a skipped question on the way."""
    long = LONG_KK if language == "kk" else LONG_RU
    name = "№5 орта мектеп" if language == "kk" else "средняя школа №5"
    short = "пандус жоқ" if language == "kk" else "пандуса нет"
    more, that_is_all = ("лифт те жоқ", "бәрі осы") if language == "kk" else ("и лифта тоже нет", "это всё")
    start = ["1" if language == "kk" else "2", "1", "1", "2", "4", "3", "/skip", "1", "5", name, "1", "1"]
    questions = [f"1 {long}", "/next", f"2 {long}", "/edit 2, " + long, that_is_all, "/status", f"3 {long}", "/next"]
    questions += [short, "/next", more, "/next", "/skip", f"6 {long}", "/back", "/skip", f"7 {long}", "/next"]
    return [*start, *questions]


async def hold(home: Path, *lines: str, dump: Path | None = None) -> None:
    """Say these lines and come to the end of the input."""
    await run_terminal(settings_for(home), io.StringIO("".join(f"{line}\n" for line in lines)), dump)


def answers(home: Path) -> dict[int, str]:
    """question -> text as the public view has it."""
    reader = open_reader(home)
    rows = reader.execute("SELECT question, text FROM answers_current ORDER BY question").fetchall()
    reader.close()
    return dict(rows)


def masked(transcript: str) -> str:
    """The transcript without what differs from run to run: the token of the invitation."""
    return re.sub(r"/start [\w-]{16,}", "/start TOKEN", transcript)


# --- whole interviews -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["kk", "ru"])
async def test_a_whole_interview(tmp_path: Path, golden: Callable[[str, str], None], language: str) -> None:
    dump = tmp_path / "talk.txt"
    await hold(tmp_path / "home", *interview(language), dump=dump)
    kept = answers(tmp_path / "home")
    assert kept.pop(4) == ("пандус жоқ\nлифт те жоқ" if language == "kk" else "пандуса нет\nи лифта тоже нет")
    long = LONG_KK if language == "kk" else LONG_RU
    assert kept == {1: f"1 {long}", 2: f"2, {long}", 3: f"3 {long}", 6: f"6 {long}", 7: f"7 {long}"}
    golden(f"chat_{language}.txt", masked(dump.read_text(encoding="utf-8")))


async def test_a_dumped_conversation_can_be_played_again(tmp_path: Path) -> None:
    await hold(tmp_path / "first", *interview("ru"), dump=tmp_path / "1.txt")
    with (tmp_path / "1.txt").open(encoding="utf-8") as script:
        await run_terminal(settings_for(tmp_path / "second"), script, tmp_path / "2.txt")
    assert masked((tmp_path / "1.txt").read_text("utf-8")) == masked((tmp_path / "2.txt").read_text("utf-8"))
    assert answers(tmp_path / "first") == answers(tmp_path / "second")


async def test_the_end_of_input_keeps_everything_and_the_next_start_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = interview("kk")
    await hold(tmp_path, *lines[:15])
    assert "Жауаптарыңыз сақталды. Жалғастыру үшін бағдарламаны қайта іске қосыңыз." in capsys.readouterr().out
    await hold(tmp_path, *lines[15:])
    said = capsys.readouterr().out
    assert said.startswith("Қайта келгеніңізге қуаныштымыз!")
    assert len(answers(tmp_path)) == 6


async def test_nothing_is_promised_before_consent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await hold(tmp_path, "2")
    assert "сохранены" not in capsys.readouterr().out


async def test_what_can_be_typed_for_a_button_stands_beside_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await hold(tmp_path, *interview("ru")[:12])
    said = capsys.readouterr().out
    assert "[1] Қазақша   [2] Русский" in said
    assert "[/next] Это всё" in said and "[/skip] Пропустить" in said and "[/back] Назад" in said


async def test_a_file_is_printed_with_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await hold(tmp_path, *interview("ru")[:14], "/mydata")
    said = capsys.readouterr().out
    assert "moi-dannye.txt\nЧто сохранено о Вас" in said
    assert f"1 {LONG_RU}" in said


# --- the member check -------------------------------------------------------------------------------------------------


def coded(home: Path) -> None:
    """A model codes all that was answered."""
    store: Store = open_store(home)
    for row in store.rows("SELECT answer_id, question FROM answers WHERE current_version > 0"):
        model_codes(store, row["answer_id"], ["infrastructure"] if row["question"] == 4 else [])
    store.close()


async def test_the_check_comes_at_the_next_start_when_the_coder_was_late(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await hold(tmp_path, *interview("ru"))
    coded(tmp_path)
    capsys.readouterr()
    await hold(tmp_path, "4", "3", "1", "/next", "8")
    said = capsys.readouterr().out
    assert "4. Барьеры и трудности: здание и оборудование\n" in said
    assert "[8] Да, всё верно" in said and "[1]   [2]   [3]   [4]   [6]   [7]" in said
    assert "4. Барьеры и трудности: деньги\n" in said
    assert "Спасибо! Ваша проверка" in said
    reader = open_reader(tmp_path)
    rows = reader.execute(
        "SELECT question, category FROM coded_units WHERE coder_kind = 'respondent' AND category IS NOT NULL"
    ).fetchall()
    reader.close()
    assert [tuple(row) for row in rows] == [(4, "funding")]
    await hold(tmp_path)
    assert "Мы поняли" not in capsys.readouterr().out


# --- input ------------------------------------------------------------------------------------------------------------


async def test_lines_come_whole_however_the_bytes_are_cut() -> None:
    data = "Сәлем\r\n\n  екі сөз \nсоңы".encode()
    reading, writing = os.pipe()
    with os.fdopen(reading) as source:
        lines = asyncio.create_task(_all(typed_lines(source)))
        for byte in data:
            os.write(writing, bytes([byte]))
            await asyncio.sleep(0)
        os.close(writing)
        assert await lines == ["Сәлем", "екі сөз", "соңы"]


async def test_many_lines_at_once_are_all_taken(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    path.write_text("".join(f"{n} жол\n" for n in range(20000)), encoding="utf-8")
    with path.open(encoding="utf-8") as source:
        assert await _all(typed_lines(source)) == [f"{n} жол" for n in range(20000)]


async def test_input_that_is_not_utf8_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "cp1251.txt"
    path.write_bytes("привет\n".encode("cp1251"))
    with path.open(encoding="utf-8") as source:
        with pytest.raises(ChannelError, match="standard input: must be UTF-8 text"):
            await _all(typed_lines(source))
        source.seek(0)
        with pytest.raises(ChannelError, match=r"cp1251\.txt: the script must be UTF-8 text"):
            await run_terminal(settings_for(tmp_path / "home"), source, None)


async def _all(lines: AsyncIterator[str]) -> list[str]:
    return [line async for line in lines]


async def test_ctrl_c_ends_it_at_once_with_everything_kept(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "chat", cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "KEDERGI_HOME": str(tmp_path), "KEDERGI_CODER": "false"},
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write("".join(f"{line}\n" for line in interview("ru")[:13]).encode())
    async with asyncio.timeout(30):
        async for line in process.stdout:
            if line.decode().startswith("[/back]"):
                break
        process.send_signal(signal.SIGINT)
        rest = (await process.stdout.read()).decode()
        assert await process.wait() == 0
    assert "Ваши ответы сохранены. Чтобы продолжить, запустите программу снова." in rest


@pytest.mark.parametrize("lines", ["", "1\n1\n"])
def test_a_file_on_standard_input_is_read_like_a_pipe(tmp_path: Path, lines: str) -> None:
    """A regular file and /dev/null cannot be waited for as a pipe or a terminal can."""
    typed = tmp_path / "typed.txt"
    typed.write_text(lines, encoding="utf-8")
    environment = {**os.environ, "KEDERGI_HOME": str(tmp_path / "home"), "KEDERGI_CODER": "false"}
    with typed.open() if lines else Path(os.devnull).open() as source:
        done = subprocess.run(
            [sys.executable, "-m", "bot", "chat"], stdin=source, env=environment, capture_output=True, check=False
        )
    assert done.returncode == 0, done.stderr.decode()
    assert ("[1] Келісемін" in done.stdout.decode()) == bool(lines)
