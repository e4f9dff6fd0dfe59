import numpy as np

from benchmarks.convergence import main
from sklearn_deepsig import GraphLSTMClassifier
from sklearn_deepsig.experiments.studies import STUDIES
from sklearn_deepsig.experiments.studies.problems import gene_regulation


def test_it_tells_what_a_fit_of_so_many_epochs_gives(capsys):
    assert main(["--quick", "--tasks", "1 s", "--epochs", "1", "3", "--run", "2"]) == 0
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in capsys.readouterr().out.splitlines()[3:]
    ]
    assert [row[:2] for row in rows] == [["1 s", "1"], ["1 s", "3"]]

    settings = STUDIES["scaling"].quick
    (method,) = settings.chosen_methods(["graph-lstm-bn"])
    problem = gene_regulation(settings.chosen_tasks(["1 s"])[0].data)
    split = problem.splits[1]
    model = GraphLSTMClassifier(
        **{**method.settings, "max_epochs": 3}, random_state=1, verbose=False
    ).fit([problem.X[i] for i in split.train], problem.y[split.train])
    right = [
        np.mean(model.predict([problem.X[i] for i in part]) == problem.y[part])
        for part in (split.train, split.validation)
    ]
    assert rows[1][2:] == [
        f"{model.history_['classification'][-1]:.3f}",
        *(f"{100 * part:.1f}" for part in right),
    ]
