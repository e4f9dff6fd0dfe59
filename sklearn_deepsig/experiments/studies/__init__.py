"""Studies: the paper's experiments and others, each with frozen settings.

:data:`STUDIES` has one entry a study: a function that makes its problems, and its
:class:`Settings`. Every fit is a :class:`Record` in a file of its own, so that a study
that was stopped goes on. Tables, pictures and the page of results are made of them.
"""

from sklearn_deepsig.experiments.studies.commands import (
    describe_experiments,
    experiment_names,
    run_experiment,
)
from sklearn_deepsig.experiments.studies.records import Record, read_records
from sklearn_deepsig.experiments.studies.registry import STUDIES
from sklearn_deepsig.experiments.studies.report import write_report
from sklearn_deepsig.experiments.studies.runner import run_study
from sklearn_deepsig.experiments.studies.settings import (
    Method,
    Problem,
    Settings,
    Split,
    Study,
    Task,
)
from sklearn_deepsig.experiments.studies.summary import summarise

__all__ = [
    "STUDIES",
    "Method",
    "Problem",
    "Record",
    "Settings",
    "Split",
    "Study",
    "Task",
    "describe_experiments",
    "experiment_names",
    "read_records",
    "run_experiment",
    "run_study",
    "summarise",
    "write_report",
]
