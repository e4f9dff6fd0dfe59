"""Every way to store an estimator and get it back, and what to compare then."""

import pickle

import joblib
import numpy as np
import skops.io

import sklearn_deepsig


def by_pickle(estimator, folder):  # noqa: ARG001 - as the others
    return pickle.loads(pickle.dumps(estimator))


def by_joblib(estimator, folder):
    joblib.dump(estimator, folder / "model.joblib")
    return joblib.load(folder / "model.joblib")


def by_mapped_joblib(estimator, folder):
    # a new file each time: what was read before is still mapped
    file = folder / f"{len(list(folder.iterdir()))}.joblib"
    joblib.dump(estimator, file)
    return joblib.load(file, mmap_mode="r")


def by_skops(estimator, folder):
    skops.io.dump(estimator, folder / "model.skops")
    trusted = skops.io.get_untrusted_types(file=folder / "model.skops")
    # only classes of this package have to be trusted
    assert all(name.startswith("sklearn_deepsig.") for name in trusted)
    return skops.io.load(folder / "model.skops", trusted=trusted)


def by_save(estimator, folder):
    exists = (folder / "model").exists()
    sklearn_deepsig.save(estimator, folder / "model", overwrite=exists)
    return sklearn_deepsig.load(folder / "model")


WRITERS = [by_pickle, by_joblib, by_mapped_joblib, by_skops, by_save]


def outputs(estimator, X):
    """Everything that an estimator says of samples, as one list of arrays."""
    found = []
    for name in ("predict", "predict_proba", "decision_function", "transform"):
        if hasattr(estimator, name):
            found += arrays(getattr(estimator, name)(X))
    if hasattr(estimator, "get_feature_names_out"):
        found += arrays(estimator.get_feature_names_out())
    assert found
    return found


def arrays(result):
    """Flatten an array, or a list of arrays or samples."""
    if isinstance(result, list):
        return [array for item in result for array in arrays(item)]
    if hasattr(result, "positions"):
        return [result.positions, result.edge_index]
    return [np.asarray(result)]


def assert_same_bits(first, second):
    assert len(first) == len(second)
    for a, b in zip(first, second, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b, strict=True)
