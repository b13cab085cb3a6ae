# Copyright 2026 The xview_loc Authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.

"""The xview-loc command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
import signal
import sys
from typing import Any

import typer

from xview_loc import __version__
from xview_loc.cli import (
    bag, bench, calibrate, data, demo, doctor, evaluate, export, map as map_command, match, models,
    replay, scenarios, simulate, test, tiles, train)
from xview_loc.errors import XviewLocError

# typer brings its own copy of click since 0.16 and uses the installed one before.
WrongUsage = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == 'UsageError')
KNOWN_ERROR = 2
INTERRUPTED = 130

app = typer.Typer(
    name='xview-loc', no_args_is_help=True, pretty_exceptions_enable=False,
    context_settings={'help_option_names': ['-h', '--help']},
    help='Tell where a vehicle is by matching its camera to satellite imagery.')
app.command('demo')(demo.demo)
app.command('match', cls=match.ManyFilesCommand)(match.match)
app.command('replay')(replay.replay)
app.command('simulate')(simulate.simulate_command)
app.command('calibrate')(calibrate.calibrate)
app.command('doctor')(doctor.doctor)
app.command('evaluate')(evaluate.evaluate)
app.command('bench')(bench.bench)
app.command('export')(export.export)
app.command('models')(models.models)
app.command('scenarios')(scenarios.scenarios)
app.command('test')(test.score)
app.command('train')(train.train)
app.add_typer(bag.app, name='bag')
app.add_typer(data.app, name='data')
app.add_typer(map_command.app, name='map')
app.add_typer(tiles.app, name='tiles')


def _print_version(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        typer.echo(f'xview-loc {__version__}')
        raise typer.Exit()


@app.callback()
def _options(version: bool = typer.Option(
        False, '--version', callback=_print_version, is_eager=True,
        help='Print the version and stop.')) -> None:
    """Tell where a vehicle is by matching its camera to satellite imagery."""


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run the command line.

    :param arguments: without the program's name; those of the process when ``None``.
    :return: 0 on success, 1 when a check failed, 2 for a known error, 130 when interrupted.
    """
    try:
        with _ended_like_ctrl_c():
            result = app(args=None if arguments is None else list(arguments),
                         standalone_mode=False)
        return result if isinstance(result, int) else 0
    except typer.Exit as leaving:
        return leaving.exit_code
    except typer.TyperException as error:
        return _refuse(error.format_message())  # type: ignore[attr-defined]
    except XviewLocError as error:
        return _refuse(str(error))
    except OSError as error:
        place = f'{error.filename}: ' if error.filename else ''
        return _refuse(f'{place}{error.strerror or error}.')
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED


@contextmanager
def _ended_like_ctrl_c() -> Iterator[None]:
    """Let a request to end, or a closed terminal, clean up as Ctrl-C does: nodes are stopped."""
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    for number, handler in before.items():
        # What nohup ignores stays ignored.
        if handler is not signal.SIG_IGN:
            signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _refuse(sentence: str) -> int:
    """Print a known error as one sentence on stderr; a help page was its own message."""
    if sentence.strip():
        print(' '.join(sentence.split()), file=sys.stderr)
    return KNOWN_ERROR


if __name__ == '__main__':
    sys.exit(main())
