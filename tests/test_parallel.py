"""Threads, processes and a cluster give what one thread gives, to the bit."""

import os
import threading
from contextlib import ExitStack

import joblib
import numpy as np
import pytest
import torch
from joblib.parallel import ThreadingBackend
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedKFold,
    cross_val_predict,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_deepsig import (
    AlphaCarbonDihedralFeaturizer,
    ContactFeaturizer,
    DeepSignatureClassifier,
    DihedralFeaturizer,
    GraphTransformerClassifier,
    LogSignatureTransformer,
    PairwiseDistanceFeaturizer,
    RmsdFeaturizer,
    RmsfFeaturizer,
    SpectralCoarsener,
    TrajectorySelector,
)
from sklearn_deepsig._parallel import in_parallel, slices_for
from sklearn_deepsig.exceptions import InvalidInputError
from tests.helpers.cluster import at_most, is_running, local_cluster
from tests.helpers.graphs import random_sample
from tests.helpers.molecules import make_peptide
from tests.helpers.mortal import Mortal

SMALL = {"max_epochs": 3, "batch_size": 6, "random_state": 0}
NETWORK = DeepSignatureClassifier(
    (3,), hidden_dim=4, lstm_hidden_dim=8, mlp_hidden_dim=8, dropout=0.3, **SMALL
)
PIPELINE = make_pipeline(
    TrajectorySelector(),
    SpectralCoarsener((3,), hidden_dim=4, **SMALL),
    LogSignatureTransformer(),
    StandardScaler(),
    LogisticRegression(C=0.1),
)
GRID = [
    {"spectralcoarsener__n_clusters": [(2,), (3,)]},
    {
        "spectralcoarsener": ["passthrough"],
        "logsignaturetransformer": ["passthrough"],
        "standardscaler": ["passthrough"],
        "logisticregression": [NETWORK],
    },
]
FEATURIZERS = [
    AlphaCarbonDihedralFeaturizer(),
    ContactFeaturizer(min_separation=2),
    DihedralFeaturizer(statistics=("mean", "circular_variance")),
    LogSignatureTransformer(n_segments=2, batch_size=2),
    PairwiseDistanceFeaturizer(),
    RmsdFeaturizer(),
    RmsfFeaturizer(),
]
SECONDS = 120

y = np.arange(18) % 2


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with ExitStack() as stack:
        with at_most(SECONDS):
            folder = tmp_path_factory.mktemp("dask")
            client = stack.enter_context(local_cluster(folder))
            first = list(client.run(os.getpid).values())
        yield client
        with at_most(SECONDS):
            last = list(client.run(os.getpid).values())
            stack.close()
    assert not [pid for pid in [*first, *last] if is_running(pid)]


@pytest.fixture(params=["threading", "loky", "dask"])
def backend(request):
    """Work that is given to joblib within a test goes to this backend."""
    if request.param == "dask":
        request.getfixturevalue("cluster")
    with at_most(SECONDS), joblib.parallel_config(request.param, n_jobs=2):
        yield request.param


@pytest.fixture
def X(rng):
    return [
        random_sample(rng, 13 + 2 * (i % 2), 7, dtype=np.float32) for i in range(len(y))
    ]


@pytest.fixture
def peptides():
    return [make_peptide(6, 8, seed=seed) for seed in range(10)]


def alone(function, *args, **options):
    """Do it in this thread."""
    with joblib.parallel_config("sequential"):
        return function(*args, **options)


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("model", [NETWORK, PIPELINE], ids=["network", "pipeline"])
def test_cross_validation(X, model):
    found = cross_val_predict(model, X, y, cv=3, method="predict_proba")
    expected = alone(cross_val_predict, model, X, y, cv=3, method="predict_proba")
    assert np.array_equal(found, expected)


@pytest.mark.usefixtures("backend")
def test_search(X):
    search = GridSearchCV(PIPELINE, GRID, cv=3)
    found, expected = clone(search).fit(X, y), alone(clone(search).fit, X, y)
    for name in ("split0_test_score", "split1_test_score", "split2_test_score"):
        assert np.array_equal(found.cv_results_[name], expected.cv_results_[name])
    assert found.best_params_ == expected.best_params_
    # scikit-learn 1.6 sends the last step's fit away, to memory of another alignment
    np.testing.assert_allclose(
        found.predict_proba(X), expected.predict_proba(X), rtol=1e-14
    )


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("featurizer", FEATURIZERS, ids=lambda f: type(f).__name__)
def test_features(peptides, featurizer):
    expected = clone(featurizer).set_params(n_jobs=1).fit_transform(peptides)
    for n_jobs in (None, 2):
        found = clone(featurizer).set_params(n_jobs=n_jobs).fit_transform(peptides)
        assert np.array_equal(found, expected)


@pytest.mark.usefixtures("backend")
def test_errors_come_back_as_they_are(peptides):
    featurizer = DihedralFeaturizer(n_jobs=2).fit(peptides)
    broken = make_peptide(6, 8)
    broken.unitcell_lengths = np.zeros((8, 3))
    broken.unitcell_angles = np.full((8, 3), 80.0)
    with pytest.raises(InvalidInputError, match=r"sample 7 .*periodic=False"):
        featurizer.transform([*peptides[:7], broken, *peptides[7:]])


class AllAtOnce(ThreadingBackend):
    """Gives results when all are there, as the backend "multiprocessing" does."""

    supports_return_generator = False


def test_a_backend_that_gives_all_results_at_once(peptides):
    joblib.register_parallel_backend("all at once", AllAtOnce)
    expected = FEATURIZERS[1].fit_transform(peptides)
    with joblib.parallel_config("all at once", n_jobs=2):
        found = clone(FEATURIZERS[1]).fit_transform(peptides)
        parts = in_parallel(where, [(i,) for i in range(40)], None)
        assert len({thread for _, thread in parts} - {threading.get_ident()}) > 0
    assert np.array_equal(found, expected)


# Threads of one process share torch's random state


def test_fits_in_threads_draw_what_they_draw_alone(X):
    # scaled_dot_product_attention has dropout of torch's own
    model = GraphTransformerClassifier((3,), dropout=0.5, **SMALL)
    expected = clone(model).fit(X, y).predict_proba(X)
    state = torch.get_rng_state()
    found = {}

    def fit(number):
        found[number] = clone(model).fit(X, y).predict_proba(X)

    threads = [threading.Thread(target=fit, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(4):
        assert np.array_equal(found[number], expected)
    assert torch.equal(torch.get_rng_state(), state)


# A cluster


def test_workers_have_the_threads_that_they_are_given(cluster):
    def count():
        import torch

        return torch.get_num_threads()

    assert set(cluster.run(count).values()) == {1}


def where(_):
    return os.getpid(), threading.get_ident()


def within_a_task(n_jobs):
    """Work within a task: where this is, and where its parts are done."""
    parts = in_parallel(where, [(i,) for i in range(4)], n_jobs)
    return where(0), list(parts), len(slices_for(8, n_jobs))


def test_a_part_of_a_task_stays_in_it_unless_asked_for(cluster):
    with at_most(SECONDS):
        place, parts, n_slices = cluster.submit(within_a_task, None).result()
        assert set(parts) == {place}
        assert n_slices == 1
        # two tasks that wait for each other's parts come to an end
        with joblib.parallel_config("dask"):
            jobs = (joblib.delayed(within_a_task)(2) for _ in range(2))
            results = joblib.Parallel(n_jobs=2)(jobs)
    workers = set(cluster.run(os.getpid).values())
    assert all({pid for pid, _ in parts} <= workers for _, parts, _ in results)


def check_mortal_search(cluster, X, y, folder, cv):
    """Search while a worker dies, and compare with a search here."""
    (folder / "spared").write_text(str(os.getpid()))
    model = clone(NETWORK).set_params(batch_size=32)
    mortal = Mortal(**model.get_params()).set_params(checkpoint_dir=str(folder))
    grid = {"learning_rate": [0.01, 0.02]}
    before = set(cluster.run(os.getpid).values())
    with at_most(SECONDS), joblib.parallel_config("dask"):
        found = GridSearchCV(mortal, grid, cv=cv).fit(X, y)
    assert (folder / "died").exists()
    cluster.wait_for_workers(2, timeout=SECONDS)
    assert len(before - set(cluster.run(os.getpid).values())) == 1
    expected = GridSearchCV(model, grid, cv=cv).fit(X, y)
    for number in range(2):
        name = f"split{number}_test_score"
        assert np.array_equal(found.cv_results_[name], expected.cv_results_[name])
    assert np.array_equal(found.predict_proba(X), expected.predict_proba(X))
    # The fit that was killed went on after its second epoch, in another process.
    epochs = (folder / "epochs").read_text().split("\n")[:-1]
    assert len(epochs) == len(set(epochs)) == 5 * SMALL["max_epochs"]


def test_a_search_goes_on_where_a_worker_was_killed(cluster, X, tmp_path):
    check_mortal_search(cluster, X, y, tmp_path, cv=2)


def test_lists_outlive_the_worker_that_arrays_die_with(cluster, rng, tmp_path):
    # joblib puts an array of more than 1,000 bytes on one worker.
    X = [random_sample(rng, 6, 4, dtype=np.float32) for _ in range(130)]
    many = np.arange(130) % 2
    splits = StratifiedKFold(2).split(X, many)
    lists = [(train.tolist(), test.tolist()) for train, test in splits]
    check_mortal_search(cluster, X, many.tolist(), tmp_path, cv=lists)


@pytest.mark.usefixtures("cluster")
def test_scores_of_a_cluster(X):
    with at_most(SECONDS), joblib.parallel_config("dask"):
        found = cross_val_score(NETWORK, X, y, cv=3)
    assert np.array_equal(found, alone(cross_val_score, NETWORK, X, y, cv=3))
