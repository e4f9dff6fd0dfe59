"""Studies in miniature: every method of each, on next to nothing."""

from dataclasses import replace

import pytest

from sklearn_deepsig.experiments.studies import STUDIES

SIMULATED = [name for name, study in STUDIES.items() if not study.folder]

_SMALL_DATA = {
    "n_trajectories": 6, "n_nodes": 20, "n_frames": 100, "n_test": 2, "n_windows": 4,
    "n_groups": 2, "n_folds": 2, "group_size": 4, "n_train": 12, "n_validation": 4,
}  # fmt: skip


def miniature(study, n_runs=2, n_tasks=1):
    """The same study with little data and a single epoch; its tasks and methods."""
    tasks = [
        replace(
            task,
            data={
                name: _SMALL_DATA.get(name, value) for name, value in task.data.items()
            },
        )
        for task in study.full.tasks[:n_tasks]
    ]
    methods = []
    for method in study.full.methods:
        changes = {}
        if "max_epochs" in method.settings:
            changes["max_epochs"] = 1
        if sizes := method.settings.get("n_clusters"):
            changes["n_clusters"] = (8, 6, 4)[-len(sizes) :]
        methods.append(replace(method, settings={**method.settings, **changes}))
    settings = replace(study.full, tasks=tasks, methods=methods, n_runs=n_runs)
    return replace(study, full=settings, quick=settings)


@pytest.fixture
def genes(monkeypatch):
    """Table 1 in miniature, also for the command line."""
    study = miniature(STUDIES["genes"], n_tasks=2)
    monkeypatch.setitem(STUDIES, "genes", study)
    return study
