"""What the command line can be told, described without importing what does it."""

import argparse

from sklearn_deepsig import __version__

__all__ = ["EXPERIMENTS", "build_parser"]

#: Where experiments write.
EXPERIMENTS = "deepsig-experiments"


def build_parser() -> argparse.ArgumentParser:
    """Describe the command line.

    Returns
    -------
    argparse.ArgumentParser
        The parser.
    """
    parser = argparse.ArgumentParser(
        prog="python -m sklearn_deepsig",
        description="Deep Signature for molecular dynamics.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    jobs = parser.add_subparsers(dest="job", required=True)

    compare = jobs.add_parser(
        "compare",
        help="compare the methods on your trajectories",
        description="Cross-validate Deep Signature, dihedral + PCA + SVM and other "
        "methods on labelled trajectories, with whole trajectories held out. Stopped, "
        "it goes on where it was.",
    )
    compare.add_argument(
        "table",
        help="CSV file with the columns trajectory, topology, label and, optionally, "
        "group; file names relative to its own folder; or a folder that 'store "
        "convert' wrote, on which the dihedral methods are left out",
    )
    _add_select(
        compare,
        "auto",
        "atoms that the networks see, auto for 'name CA' or all that a store has;",
    )
    _add_graph(compare)
    compare.add_argument(
        "--windows",
        type=_positive,
        help="windows a trajectory is cut into (default: one for 20 frames, up to 25; "
        "two of shorter ones that have 10)",
    )
    compare.add_argument(
        "--segments",
        type=_positive,
        help="time segments of a window's log-signature (default: 4, or fewer)",
    )
    compare.add_argument(
        "--clusters",
        type=_positive,
        nargs="+",
        help="clusters after each pooling layer (default: 100 50, or fewer)",
    )
    compare.add_argument(
        "--folds",
        type=_positive,
        help="number of folds (default: 5, or the groups of the rarest class)",
    )
    compare.add_argument(
        "--positive",
        help="class whose recall is told (default: of two the last, of more the mean)",
    )

    demo = jobs.add_parser(
        "demo", help="compare the methods on simulated peptides, which are shipped"
    )
    demo.add_argument(
        "--mutants", type=_positive, help="take only the first ones (default: all)"
    )
    for job, repeats, epochs in ((compare, 3, 100), (demo, 1, 30)):
        job.add_argument(
            "--out",
            default="deepsig-results",
            help="folder for results (default: %(default)s)",
        )
        job.add_argument(
            "--repeats",
            type=_positive,
            default=repeats,
            help="shufflings of the folds (default: %(default)s)",
        )
        job.add_argument(
            "--epochs",
            type=_positive,
            default=epochs,
            help="epochs of each network (default: %(default)s)",
        )
        job.add_argument("--seed", type=_seed, default=0, help="(default: %(default)s)")
        job.add_argument(
            "--device", default="auto", help="auto, cpu, cuda, ... (default: auto)"
        )
    _describe_experiments(jobs)
    _describe_store(jobs)
    return parser


def _add_select(job: argparse.ArgumentParser, default: str, what: str) -> None:
    job.add_argument(
        "--select",
        default=default,
        help=f"{what} in mdtraj's selection language, or 'all' (default: %(default)s)",
    )


def _add_graph(job: argparse.ArgumentParser) -> None:
    job.add_argument(
        "--graph",
        default="auto",
        help="auto, bonds, contacts, chain, complete or knn (default: %(default)s)",
    )
    job.add_argument(
        "--cutoff",
        type=float,
        default=0.8,
        help="largest distance of a contact, in nm (default: %(default)s)",
    )


def _describe_store(jobs: "argparse._SubParsersAction") -> None:
    store = jobs.add_parser(
        "store", help="convert trajectories into a store larger than memory"
    )
    tasks = store.add_subparsers(dest="task", required=True)
    convert = tasks.add_parser(
        "convert",
        help="convert the trajectories of a table; stopped, it goes on where it was, "
        "and started again it repairs a damaged store",
    )
    convert.add_argument("table", help="CSV file, as for compare")
    convert.add_argument("folder", help="the store")
    _add_select(convert, "name CA", "atoms to keep,")
    convert.add_argument(
        "--stride", type=_positive, help="keep every so many-th frame only"
    )
    _add_graph(convert)
    for name, what in (
        ("verify", "read everything and compare it with its checksums"),
        ("info", "say what is in a store"),
    ):
        tasks.add_parser(name, help=what).add_argument("folder", help="the store")


def _describe_experiments(jobs: "argparse._SubParsersAction") -> None:
    experiments = jobs.add_parser(
        "experiments",
        help="run the experiments of docs/experiments.md",
        description="Run what is missing of an experiment, whose settings are frozen, "
        "and write its tables. Stopped, it goes on where it was. 'report FOLDER' "
        "writes the page docs/experiments.md from the results in a folder.",
    )
    experiments.add_argument(
        "name",
        metavar="NAME",
        help="genes, scaling, irreversible, ablation, learning-curve, peptides, "
        "ablation-peptides, receptors, control, chignolin, egfr, gpcr, all (that need "
        "no --data), report, or list: all experiments with their tasks and methods",
    )
    experiments.add_argument(
        "folder",
        nargs="?",
        help=f"of report: where the results are (default: {EXPERIMENTS})",
    )
    experiments.add_argument(
        "--out",
        help=f"folder for results (default: {EXPERIMENTS}; of report: docs)",
    )
    experiments.add_argument(
        "--data", metavar="FOLDER", help="folder of the files that experiments read"
    )
    experiments.add_argument(
        "--quick", action="store_true", help="run in small, in minutes"
    )
    experiments.add_argument(
        "--runs",
        type=_positive,
        help="runs of each method (default: 5; quick: 1)",
    )
    experiments.add_argument(
        "--methods",
        nargs="+",
        help="run only these methods, such as ours statistics (see list)",
    )
    experiments.add_argument(
        "--tasks", nargs="+", help="run only these tasks, such as A, or 'noise 4'"
    )


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**31:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a whole number from 0 to 2**31 - 1"
        )
    return int(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive whole number")
    return int(text)
