"""The page of all results, written from the files of the studies."""

import json
import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.experiments.studies.archive import archive_path, read_archive
from sklearn_deepsig.experiments.studies.registry import STUDIES
from sklearn_deepsig.experiments.studies.settings import Study
from sklearn_deepsig.experiments.studies.tables import AHEAD, RUN_IN_SMALL, to_markdown
from sklearn_deepsig.storage import make_writable_folder, write_whole

__all__ = ["write_report"]

_HEAD = """\
# Experiments

Written by `{command}` from the files in `{folder}`; no figure is
copied by hand. Each experiment can be run again by the command beside it: it goes on
where it was stopped, and `--quick` runs it in small. The files `NAME-fits.jsonl` have
every fit, with what each test trajectory got, and a number `run` that counts a run's
folds one by one where it has several; in a copy of the folder (`--out COPY`)
the command runs only what is missing. Every setting is in
`sklearn_deepsig/experiments/studies/configurations.py`, those of molecules in
`configurations_molecules.py` beside it, those of the ablations and the learning curve
in `configurations_ablation.py`.

**Scores** are those of test windows: means over the runs, ± the standard deviation of
the runs; what has no ± is of one run. A run is one fit to each task, or a whole
cross-validation, whose scores are means over its folds and whose times are sums. "s.e.
%" is the standard error of the accuracy: that over what is held out together, the test
trajectories or, of the peptides, the mutants, and that over the runs, added in
quadrature. Where it is 0, no error was seen, which with n trajectories still allows one
in n / 3. "By trajectory" is the fraction of test trajectories most of whose windows are
right; where just half of them are, it counts half. "{ahead}" is the accuracy of our
best setting minus that of the row, each averaged over what is held out together first,
± the standard error of this difference; by two of these errors methods are told apart
below the tables, where what knows the form of the answer is left out. Nothing is
corrected for the number of comparisons: of methods that are equal, about one in twenty
will look different. "s a run" is wall-clock time, on a machine that other work was done
on as well, and "CPU s" processor time; both are to fit and to predict, on {threads}
thread(s) of {cpu}.
Fits of one table need not have been run side by side, nor by the same state of the
package, which became faster: times are a guide, and no benchmark.

**Methods.** "Our best" Deep Signature is one setting a study; the text of each says how
it was chosen. That of the paper is beside it. Head, Tail and Head & Tail are the
paper's baselines: they coarse-grain as Deep Signature does, read the first frame, the
last, or both, and average over the clusters. GraphLSTM reads all frames, of each
cluster by itself. Without a network: "dihedral + PCA + SVM" reads torsions of the
backbone (the other one those of C-alpha atoms), averaged over the frames;
"log-signature + linear model" takes clusters that no label helped to find; the 11
statistics (`SummaryStatisticsTransformer`), such as quantiles of the distances from the
centre and lengths of steps, are pooled over all nodes. Depth is the level at which a
log-signature ends: 1 has displacements, 2, which all others have, the areas between
pairs as well. A base point is a point in front of the path that lets the log-signature
see where the path lies. `--methods` takes names in the column `key` of the CSV files,
which `experiments list` prints too, with spaces between them, as in `--methods ours
majority`.

**Pictures.** Whiskers are the standard error, the thin line is what guessing gives. In
bars Deep Signature is orange, other networks blue, methods without a network grey, and
what knows the form of the answer black; in curves the latter two are dashed and dotted.
"""


def write_report(folder: Path, docs: Path) -> list[Path]:
    """Write the page, and put the files that it rests on beside it.

    Studies that lie beside the page already and not in the folder stay on it.

    Parameters
    ----------
    folder : Path
        Where studies have written ``NAME.json`` and ``NAME-settings.json``.
    docs : Path
        Where ``experiments.md`` and the folder ``experiments`` go.

    Returns
    -------
    list of Path
        What was written; the page is the first.

    Raises
    ------
    InvalidInputError
        If the folder has no results, or those of another version, if fits that lie
        beside the page are not in it, or if `docs` cannot be written to.
    """
    found = _studies_in(folder)
    if not found:
        what = "no results. Run an experiment with --out {folder} first"
        if (folder / "records").exists():
            what = (
                "records of fits, but no tables. Run the experiment again with "
                "--out {folder}: it goes on, and writes them when it ends or is "
                "stopped by Ctrl-C"
            )
        raise InvalidInputError(f"{folder} has {what.format(folder=folder)}.")
    make_writable_folder(docs, "--out")
    beside = docs / "experiments"
    beside.mkdir(exist_ok=True)
    for study in found:
        _check_keeps_fits(archive_path(folder, study.name), beside)
    written = []
    for study in found:
        endings = (".json", "-settings.json", ".csv", ".png")
        for source in (
            *(_file(folder, study, ending) for ending in endings),
            archive_path(folder, study.name),
        ):
            if source.exists():
                target = beside / source.name
                if source.resolve() != target.resolve():
                    write_whole(target, partial(shutil.copyfile, source))
                written.append(target)
    page = docs / "experiments.md"
    text = _page(beside, _studies_in(beside))
    write_whole(page, partial(Path.write_text, data=text, encoding="utf-8"))
    return [page, *written]


def _studies_in(folder: Path) -> list[Study]:
    return [study for study in STUDIES.values() if _file(folder, study).exists()]


def _check_keeps_fits(source: Path, beside: Path) -> None:
    """Refuse to write over fits that are nowhere in what they are replaced by."""
    target = beside / source.name
    if not target.exists():
        return
    old, new = (
        {(fit.task, fit.method, fit.run) for fit in read_archive(path)}
        if path.exists()
        else set()
        for path in (target, source)
    )
    lost = old - new
    if lost:
        task, method, run = min(lost)
        raise InvalidInputError(
            f"{target} has {len(lost)} fits that {source.parent} lacks, such as run "
            f"{run + 1} of {method!r} to {task!r}; they would be lost. Give another "
            "folder for the page (--out), or go on from a copy of "
            f"{beside}, which adds to these fits (experiments NAME --out COPY)."
        )


def _file(folder: Path, study: Study, ending: str = ".json") -> Path:
    return folder / f"{study.name}{ending}"


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _page(folder: Path, studies: list[Study]) -> str:
    settings = {s.name: _read(_file(folder, s, "-settings.json")) for s in studies}
    environments = [e for known in settings.values() for e in known["environments"]]
    parts = [
        _HEAD.format(
            command="python -m sklearn_deepsig experiments report FOLDER",
            folder=folder.name,
            ahead=AHEAD,
            threads=_listed(environments, "threads"),
            cpu=_listed(environments, "cpu"),
        ).strip()
    ]
    parts += [_section(folder, study, settings[study.name]) for study in studies]
    parts += [
        _section_without_results(study)
        for study in STUDIES.values()
        if study not in studies
    ]
    return "\n\n".join(parts) + "\n"


def _section(folder: Path, study: Study, settings: Mapping[str, Any]) -> str:
    rows = _read(_file(folder, study))
    if any(not row.keys() >= {"key", "fits", "ours_ahead"} for row in rows):
        raise InvalidInputError(
            f"{_file(folder, study)} was written by another version. Run the "
            "experiment again with the same --out: it keeps its fits, and writes new "
            "tables."
        )
    parts = [f"## {study.title}", study.text.strip()]
    parts.append(_console(settings["command"]))
    if settings["quick"]:
        parts.append(RUN_IN_SMALL)
    if settings["left_out"]:
        what = "this run in small" if settings["quick"] else "the full experiment"
        parts.append(
            f"Of {what} this leaves out, for the time it takes, what the command runs "
            "too:"
        )
        parts.append("\n".join(f"- {line}" for line in settings["left_out"]))
    if _file(folder, study, ".png").exists():
        parts.append(f"![{study.title}]({folder.name}/{study.name}.png)")
    parts.append(to_markdown(study, rows))
    if study.findings and not settings["quick"]:
        parts.append(study.findings.strip())
    versions = [
        ", ".join(f"{name} {value}" for name, value in environment.items())
        for environment in settings["environments"]
    ]
    parts.append("Measured with: " + "; and with: ".join(versions) + ".")
    return "\n\n".join(parts)


def _section_without_results(study: Study) -> str:
    """Tell what is known without results, as of the paper's own data."""
    command = f"python -m sklearn_deepsig experiments {study.name}"
    parts = [f"## {study.title}", study.text.strip()]
    if study.needs_data:
        parts.append(_console(f"{command} --data FOLDER"))
        parts.append(f"Not run here: FOLDER must hold {study.folder}.")
    else:
        parts += [_console(command), "Not run here."]
    return "\n\n".join(parts)


def _console(command: str) -> str:
    return f"```console\n$ {command}\n```"


def _listed(environments: list[dict[str, Any]], name: str) -> str:
    return " or ".join(dict.fromkeys(str(e[name]) for e in environments))
