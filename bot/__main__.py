"""The command line: run, demo, draw, migrate, backup, check."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

from bot.errors import AvatarBotError
from bot.settings import Settings, load
from bot.telemetry import set_up_logging

if TYPE_CHECKING:
    from bot.checkup import Finding
    from bot.domain.photomaker import Recipe

# New objects, and searches of the younger ones, after which garbage is searched for.
GARBAGE: Final = (10_000, 10, 10)

cli = typer.Typer(
    help="A Telegram bot that turns one to four photos of a person into an avatar.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@cli.command()
def run() -> None:
    """The live bot, with the settings of the environment."""
    from bot.checkup import check as check_up

    settings = _settings()
    _report(asyncio.run(check_up(settings, starting=True)), starting=True)
    _until_stopped(settings)


@cli.command()
def check() -> None:
    """Says what is missing or wrong, and how to get it. Exit code 0 or 1."""
    from bot.checkup import check as check_up

    _report(asyncio.run(check_up(_settings())), starting=False)


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="Where the chat page is served.")] = 8080,
    real_time: Annotated[
        bool, typer.Option("--real-time", help="Pictures take as long as the real ones.")
    ] = False,
) -> None:
    """The bot on stand-ins for Telegram and the provider, with a chat page; no keys needed."""
    from bot.demo import demonstrate

    _run(demonstrate(port, real_time=real_time))


@cli.command()
def draw(
    photos: Annotated[list[Path], typer.Argument(help="One to four photos of one person.")],
    prompt: Annotated[str, typer.Option(help="What to see; a person's words.")] = "",
    style: Annotated[str, typer.Option(help="A look, like: comic, neon, line_art.")] = "natural",
    person: Annotated[str, typer.Option(help="The word for the person.")] = "person",
    out: Annotated[Path, typer.Option(help="The PNG to write.")] = Path("avatar.png"),
    seed: Annotated[int | None, typer.Option(help="Repeats a picture.")] = None,
    steps: Annotated[int, typer.Option(help="1 to 100; 20 is quick, 50 fine.")] = 20,
    strength: Annotated[int, typer.Option(help="15 (the photo) to 50 (the look).")] = 20,
) -> None:
    """One picture without Telegram."""
    from bot.checkup import check_provider
    from bot.domain.photomaker import Recipe, Style, new_seed

    settings = _settings()
    look = Style.from_key(style.lower().replace("-", "_").replace(" ", "_"))
    if look is None:
        _stop("There is no such look. Take one of: " + ", ".join(s.key for s in Style) + ".")
    try:
        recipe = Recipe(
            words=prompt,
            person=person,
            style=look,
            seed=new_seed() if seed is None else seed,
            steps=steps,
            strength=strength,
        )
    except ValueError as error:
        _stop(f"That can't be drawn: {error}.")
    _report(asyncio.run(check_provider(settings)), starting=True)
    _run(_draw(settings, photos, recipe, out))


@cli.command()
def migrate() -> None:
    """Brings the database to this version of the bot (run does so by itself)."""
    from storage import schema

    settings = _settings()
    schema.make_folder(settings.data_dir)
    schema.migrate(settings.database_path)
    print(f"{settings.database_path} is at revision {schema.head()}.")


@cli.command()
def backup(file: Annotated[Path, typer.Argument(help="Where the copy goes.")]) -> None:
    """Copies the embedded database, while the bot runs or not."""
    from storage import schema

    size = schema.backup(_settings().database_path, file)
    print(f"{file}: {size / 1e6:.1f} MB.")


def main() -> None:
    """Runs a command; whatever the operator has to know is a sentence, never a traceback."""
    try:
        cli()
    except AvatarBotError as error:
        _stop(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if os.environ.get("LOG_LEVEL") == "DEBUG":
            raise
        _stop(f"Something unexpected happened: {error!r}. LOG_LEVEL=DEBUG shows where.")


async def _draw(settings: Settings, photos: list[Path], recipe: "Recipe", out: Path) -> None:
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from bot.drawing import draw as draw_picture

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task("Uploading the photos…", total=None)
        drawn = await draw_picture(
            settings,
            photos,
            recipe,
            out,
            lambda: progress.update(task, description="Drawing…"),
        )
    for path in drawn.files:
        print(path)
    print(f"{drawn.seconds:.1f} s of processing, {drawn.usd:.4f} USD, seed {recipe.seed}.")


def _until_stopped(settings: Settings) -> None:
    from bot.app import run as run_bot

    async def until_stopped() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        # What is loaded by now stays: to look through it for garbage takes a tenth of a second,
        # again and again, in which nobody is answered. Of what comes after, little is garbage
        # that only a search finds, and a step makes more objects than Python searches after.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GARBAGE)
        await run_bot(settings, stop)

    _run(until_stopped())


def _settings() -> Settings:
    settings = load()
    secrets = [settings.telegram_bot_token, settings.eachlabs_api_key, settings.webhook_secret]
    set_up_logging(settings.log_level, [s.get_secret_value() for s in secrets if s])
    return settings


def _report(findings: "list[Finding]", *, starting: bool) -> None:
    """Says what was found, and ends the command where it can't go on.

    A command that starts says only what is wrong, and goes on where that may pass by itself.
    """
    for finding in findings:
        if not (starting and finding.good):
            print(f"{'✓' if finding.good else '✗'} {finding.what}: {finding.sentence}", flush=True)
    bad = [finding for finding in findings if not finding.good]
    if any(not (starting and finding.passes_by_itself) for finding in bad):
        raise typer.Exit(1)


def _run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def _stop(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
