"""Attribution against finite differences."""

import numpy as np
import pytest
import torch
from sklearn.svm import SVC

from sklearn_deepsig.estimators import DeepSignatureClassifier
from sklearn_deepsig.exceptions import InvalidInputTypeError
from sklearn_deepsig.functional.attribution import gradient_times_input
from sklearn_deepsig.inspection import attribute
from sklearn_deepsig.training import collate
from sklearn_deepsig.trajectory import as_trajectories

SMALL = {
    "n_clusters": (3,),
    "hidden_dim": 4,
    "n_segments": 2,
    "lstm_hidden_dim": 6,
    "mlp_hidden_dim": 5,
    "max_epochs": 3,
    "precision": "float64",
    "random_state": 0,
}


def test_of_a_linear_function_the_contributions_sum_to_the_output():
    weights = torch.tensor([1.0, -2.0, 0.5])
    inputs = torch.randn(4, 3)
    result = gradient_times_input(lambda x: x @ weights, inputs)
    torch.testing.assert_close(result.sum(1), inputs @ weights)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_contributions_equal_finite_differences(rng, batch_norm):
    X = rng.normal(size=(6, 12, 5, 3)).cumsum(axis=1)
    model = DeepSignatureClassifier(**SMALL, batch_norm=batch_norm).fit(X, [0, 1] * 3)
    found = attribute(model, X)
    assert found.coordinates.shape == (6, 2 * (9 + 36))
    assert len(found.feature_names) == 90
    assert found.feature_names[0] == "seg0:cluster0.x"
    assert found.feature_names[-1] == "seg1:[cluster2.y, cluster2.z]"
    np.testing.assert_array_equal(found.targets, model.predict(X))
    module, step = model.module_, 1e-5

    def margins_of(segments):
        logits = module.head(module.sequence(module.batch_norm(segments)))
        return (logits[:, 1] - logits[:, 0]).abs()

    batch = collate(as_trajectories(X), device=torch.device("cpu"), dtype=torch.float64)
    with torch.no_grad():
        path = module.coarsening(batch).path.flatten(2)
        segments = module.logsignature(path, batch.n_frames)
        np.testing.assert_allclose(found.outputs, margins_of(segments), atol=1e-12)
        at_rest = margins_of(torch.zeros_like(segments))
        np.testing.assert_allclose(abs(found.baseline_outputs), at_rest, atol=1e-12)
        for place in [(0, 0), (1, 7), (0, 20), (1, 44)]:
            ends = []
            for sign in (1, -1):
                moved = segments.clone()
                moved[:, place[0], place[1]] += sign * step
                ends.append(margins_of(moved))
            slope = (ends[0] - ends[1]) / (2 * step)
            expected = slope * segments[:, place[0], place[1]]
            np.testing.assert_allclose(
                found.coordinates[:, 45 * place[0] + place[1]], expected, atol=1e-8
            )


def test_other_estimators_are_refused():
    with pytest.raises(InvalidInputTypeError, match="not a SVC"):
        attribute(SVC(), [])
