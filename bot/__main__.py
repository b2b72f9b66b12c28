"""The command line of the bot. `python -m bot` alone starts Telegram when there is a token, else the terminal.

Every command imports what it needs when it runs, so that `--help` and the first greeting stay fast.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TextIO

import click

from bot.errors import KedergiError
from bot.settings import Settings, load_settings

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group(invoke_without_command=True)
@click.pass_context
def cli(context: click.Context) -> None:
    """Interview school staff about inclusive education, code their answers, report on them."""
    if context.invoked_subcommand is None:
        settings = load_settings()
        if settings.telegram_token is None:
            _chat(settings, None, None)
        else:
            _run(settings)


@cli.command()
def run() -> None:
    """Run the Telegram bot until it is stopped."""
    _run(load_settings())


@cli.command()
@click.option("--script", type=click.File(encoding="utf-8"), help="Read the lines from this file.")
@click.option("--dump", type=click.Path(dir_okay=False, path_type=Path), help="Write the conversation to this file.")
def chat(script: TextIO | None, dump: Path | None) -> None:
    """Hold the same interview in the terminal; reads from a pipe too."""
    _chat(load_settings(), script, dump)


@cli.command()
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Keep the database in this folder.")
def demo(keep: Path | None) -> None:
    """Re-enact the study's sample through the real interview, store and coder."""
    from bot.demo import run_demo

    asyncio.run(run_demo(load_settings(), keep))


@cli.command()
@click.option("--week", help="ISO week, for example 2026-W47. Default: the last complete week.")
@click.option("--language", type=click.Choice(["kk", "ru", "en"]), default="kk", show_default=True)
@click.option("--scope", default="all", show_default=True, help="all, a district's id, or a school's key.")
@click.option("--lens", type=click.Choice(["barriers", "conditions"]), default="barriers", show_default=True)
@click.option("--picture", type=_FILE, help="Write the picture (PNG) to this file.")
@click.option("--xlsx", type=_FILE, help="Write the workbook to this file.")
@click.option("--table", is_flag=True, help="The table of categories, codes and quotes; without --week of the round.")
@click.option("--format", "file_format", type=click.Choice(["md", "csv", "xlsx"]), default="md", show_default=True)
def digest(
    week: str | None,
    language: str,
    scope: str,
    lens: Literal["barriers", "conditions"],
    picture: Path | None,
    xlsx: Path | None,
    table: bool,
    file_format: str,
) -> None:
    """Print the digest of a week, or the table of a round; draw it, write its workbook."""
    from bot.digest import command

    report = command.report_of(load_settings(), week, scope, lens, whole_round=table and week is None)
    if picture and (drawn := command.picture(report, language)):
        picture.write_bytes(drawn)
    if xlsx:
        xlsx.write_bytes(command.sheet(report, language))
    if not table:
        click.echo(command.digest_text(report, language))
    elif file_format == "xlsx":
        sys.stdout.buffer.write(command.sheet(report, language))
    else:
        click.echo(command.digest_table(report, language, file_format), nl=False)


@cli.command()
@click.option("--role", type=click.Choice(["coordinator", "researcher", "coder"]), required=True)
@click.option("--scope", default="all", show_default=True, help="all, or the id of a district.")
@click.option("--expires", default="7d", show_default=True, help="How long the link can be used: 12h, 7d.")
@click.option("--name", help="What the person is called in the list of the team.")
def invite(role: str, scope: str, expires: str, name: str | None) -> None:
    """Print a link that makes one person a coordinator, researcher or coder; it works once."""
    from bot.control import carry_out
    from bot.delivery.line import link_of
    from bot.rooms import WRITERS

    settings = load_settings()
    asked = {"role": role, "scope": scope, "expires": expires, "name": name}
    made = carry_out(settings, WRITERS, "invite", asked)
    click.echo(made["link"] or asyncio.run(link_of(settings)) + made["token"])


@cli.command()
def recode() -> None:
    """Have the model that counts code again what only other models have coded; the bot does it when it runs."""
    from bot.control import carry_out
    from bot.rooms import WRITERS

    asked = carry_out(load_settings(), WRITERS, "recode", {})
    click.echo(f"model {asked['model']}: {asked['answers']} answers to be coded again; the old codings are kept")


@cli.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--for-coding", is_flag=True, help="A sheet in which people code answers, instead of the views.")
@click.option("--outdated", is_flag=True, help="With --for-coding: what people coded by an earlier codebook.")
@click.option("--scope", default="all", show_default=True, help="With --for-coding: all, or the id of a district.")
@click.option("--limit", type=click.IntRange(1), help="With --for-coding: at most so many answers.")
def export(out: Path, for_coding: bool, outdated: bool, scope: str, limit: int | None) -> None:
    """Write the public views to OUT: a workbook if it ends in .xlsx, else a folder of CSV files; or a coding sheet."""
    from bot.sheets.coding import export_for_coding
    from bot.sheets.views import export_views

    settings = load_settings()
    lines = (
        export_for_coding(settings, out, scope, limit, outdated=outdated) if for_coding else export_views(settings, out)
    )
    for line in lines:
        click.echo(line)


@cli.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--coder", required=True, help="Who coded; kept as a pseudonym.")
def import_codings(file: Path, coder: str) -> None:
    """Take the codings of a coding sheet over: all of them, or none and a list of what is wrong."""
    from bot.control import carry_out
    from bot.rooms import WRITERS
    from bot.settings import DATA
    from bot.sheets.reading import rows_of
    from classifier.codebook import load_codebook

    rows = rows_of(file, load_codebook(DATA / "codebook.toml"))
    done = carry_out(load_settings(), WRITERS, "import-codings", {"coder": coder, "rows": rows})
    click.echo(f"{file}: {done['added']} codings added, {done['known']} known already")


@cli.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
def backup(folder: Path) -> None:
    """Back up the database into DIR, also while the bot runs; backups there that are too old are deleted."""
    from bot.operation.backups import make

    settings = load_settings()
    click.echo(make(settings.home, folder, settings.backup_kept, datetime.now(UTC)))
    click.echo("pseudonym.key is not part of it: keep a copy of that file in another safe place.", err=True)


@cli.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Put the backup FILE in the place of the database, while the bot is stopped; who was erased stays erased."""
    from bot.operation.backups import restore as put_back

    done = put_back(load_settings(), file, datetime.now(UTC))
    click.echo(f"{file} is back; erased people it no longer holds: {done.erased_again}")
    if done.before:
        click.echo(f"what was there before: {done.before}")


@cli.command()
def retry() -> None:
    """Handle once more the messages that were set aside, also while the bot runs."""
    from bot.control import carry_out
    from bot.rooms import WRITERS

    click.echo(carry_out(load_settings(), WRITERS, "retry", {}))


@cli.command()
@click.option("--language", type=click.Choice(["kk", "ru", "en"]), default="kk", show_default=True)
def doctor(language: str) -> None:
    """Look at everything the bot needs and say what to do; exit status 1 when something is wrong."""
    from bot.channels.texts import texts_for
    from bot.operation.doctor import examine
    from bot.operation.finding import Level, report

    findings = asyncio.run(examine(load_settings(), texts_for(language), datetime.now(UTC)))
    click.echo(report(findings))
    sys.exit(any(one.level is Level.BAD for one in findings))


def _run(settings: Settings) -> None:
    from bot.app import run_bot

    asyncio.run(run_bot(settings))


def _chat(settings: Settings, script: TextIO | None, dump: Path | None) -> None:
    from bot.channels.terminal import run_terminal

    asyncio.run(run_terminal(settings, script, dump))


def main() -> None:
    """Run the command; an error of ours is one line on stderr and status 2."""
    try:
        cli()
    except KedergiError as error:
        click.echo(f"kedergi: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
