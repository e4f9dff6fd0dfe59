"""The command line: ``python -m sklearn_deepsig compare|demo|experiments|store``."""

import argparse
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sklearn_deepsig._arguments import EXPERIMENTS, build_parser
from sklearn_deepsig.exceptions import DeepSignatureError, InvalidInputError

if TYPE_CHECKING:
    from sklearn_deepsig.experiments import Job

# What shells expect of a program that Ctrl-C ended, or that nobody reads any more.
_INTERRUPTED = 130
_BROKEN_PIPE = 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process.

    Returns
    -------
    int
        Exit status: 0, 2 where the input cannot be used, 130 after Ctrl-C, or 141 where
        what read the output has ended.
    """
    options = build_parser().parse_args(arguments)
    usual, warnings.formatwarning = warnings.formatwarning, _BriefWarnings()
    try:
        if options.job == "experiments":
            _experiment(options)
        elif options.job == "store":
            _store(options)
        else:
            _compare(options)
        sys.stdout.flush()
    except DeepSignatureError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:
        # nobody reads on, as after "| head"; nor shall the flush at the end complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    finally:
        warnings.formatwarning = usual
    return 0


class _BriefWarnings:
    """Tell a warning once, and without the line of code that it came from.

    A fit of each fold would repeat it, and who gave the command wrote none of the code.
    """

    def __init__(self) -> None:
        self.told: set[str] = set()

    def __call__(
        self,
        message: Warning | str,
        category: type[Warning],  # noqa: ARG002
        filename: str,  # noqa: ARG002
        lineno: int,  # noqa: ARG002
        line: str | None = None,  # noqa: ARG002
    ) -> str:
        text = f"warning: {message}\n"
        if text in self.told:
            return ""
        self.told.add(text)
        return text


def _compare(options: argparse.Namespace) -> None:
    # Imported here so that --help answers at once.
    from sklearn_deepsig.experiments import compare_table, demo

    shared = {
        "n_repeats": options.repeats,
        "max_epochs": options.epochs,
        "random_state": options.seed,
        "device": options.device,
        # a terminal has a bar
        "tell": None if sys.stderr.isatty() else partial(print, flush=True),
    }
    with _told_to_go_on():
        if options.job == "demo":
            job = demo(options.out, n_mutants=options.mutants, **shared)
        else:
            job = compare_table(
                options.table,
                options.out,
                select=None if options.select == "all" else options.select,
                graph=options.graph,
                cutoff=options.cutoff,
                n_windows=options.windows,
                n_segments=options.segments,
                n_clusters=options.clusters,
                n_splits=options.folds,
                positive=options.positive,
                **shared,
            )
    _report(job)


def _experiment(options: argparse.Namespace) -> None:
    from sklearn_deepsig.experiments.studies import (
        describe_experiments,
        experiment_names,
        run_experiment,
        write_report,
    )

    if options.name == "report":
        folder = Path(options.folder or EXPERIMENTS)
        files = write_report(folder, Path(options.out or "docs"))
        print(*files, sep="\n")
        return
    if options.folder is not None:
        raise InvalidInputError(
            f"{options.folder!r}: only 'report' takes a folder here. Use --out for "
            "results, or --data for files to read."
        )
    if options.name == "list":
        print(describe_experiments())
        return
    names = experiment_names(
        options.name,
        quick=options.quick,
        methods=options.methods,
        tasks=options.tasks,
    )
    with _told_to_go_on():
        for name in names:
            table, files = run_experiment(
                name,
                options.out or EXPERIMENTS,
                data=options.data,
                quick=options.quick,
                n_runs=options.runs,
                methods=options.methods,
                tasks=options.tasks,
                tell=partial(print, flush=True),
            )
            print(table, *files, sep="\n")


@contextmanager
def _told_to_go_on() -> Iterator[None]:
    """Say after Ctrl-C that nothing of what was fitted is lost."""
    try:
        yield
    except KeyboardInterrupt:
        print("The same command goes on where it was.", file=sys.stderr)
        raise


def _store(options: argparse.Namespace) -> None:
    from sklearn_deepsig.trajectory import TrajectoryStore

    if options.task == "convert":
        store = TrajectoryStore.convert_table(
            options.folder,
            options.table,
            select=None if options.select == "all" else options.select,
            stride=options.stride,
            graph=options.graph,
            cutoff=options.cutoff,
            tell=partial(print, flush=True),
        )
    else:
        store = TrajectoryStore(options.folder)
    print(store)
    if options.task == "verify":
        store.verify()
        print("Everything is as its checksums say.")
    if options.task == "info":
        print(store.settings)
        for index, sample in enumerate(store):
            known = [x[index] for x in (store.y, store.groups) if x is not None]
            print(*known, sample)


def _report(job: "Job") -> None:
    print(job.comparison.to_text(), "", *job.notes, "", *job.files, sep="\n")


if __name__ == "__main__":
    sys.exit(main())
