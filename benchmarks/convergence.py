"""Whether a network of an experiment learns more in more epochs.

    python -m benchmarks.convergence --tasks "1 s" "2 s" --epochs 40 80

Fits one run of a network of the genes, or of figure 4, with each number of epochs, on
which the schedule of its rate depends, and tells its loss in the last epoch and how
many windows it gets right, of those that it has learned from and of those of
validation. The test is not looked at.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace

from sklearn_deepsig.experiments.studies import STUDIES
from sklearn_deepsig.experiments.studies.builders import build
from sklearn_deepsig.experiments.studies.runner import fraction_right


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--experiment", choices=("genes", "scaling"), default="scaling")
    parser.add_argument("--method", default="graph-lstm-bn")
    parser.add_argument("--tasks", nargs="+", help="by default all")
    parser.add_argument("--epochs", nargs="+", type=int, required=True)
    parser.add_argument("--run", type=int, default=1, help="counted from 1")
    parser.add_argument("--quick", action="store_true", help="of the small form")
    options = parser.parse_args(arguments)
    study = STUDIES[options.experiment]
    settings = study.quick if options.quick else study.full
    (method,) = settings.chosen_methods([options.method])
    run = options.run - 1
    print(f"{method.label}, run {options.run}")
    print("| task | epochs | loss | training % | validation % |")
    print("|---|---|---|---|---|")
    for task in settings.chosen_tasks(options.tasks):
        problem = study.load(task.data)
        split = problem.splits[run]
        for epochs in options.epochs:
            own = {**method.settings, "max_epochs": epochs}
            model = build(replace(method, settings=own), problem, run)
            model.fit([problem.X[i] for i in split.train], problem.y[split.train])
            training, validation = (
                fraction_right(model, problem, part)
                for part in (split.train, split.validation)
            )
            loss = model.history_["classification"][-1]
            print(
                f"| {task.name} | {epochs} | {loss:.3f} | {100 * training:.1f} | "
                f"{100 * validation:.1f} |",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
