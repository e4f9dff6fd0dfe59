"""Which metadata an estimator asks for, as set by ``set_fit_request`` and the like."""

from typing import Any

__all__ = ["metadata_requests", "set_metadata_requests"]


def metadata_requests(request: Any) -> dict[str, dict[str, bool | str | None]]:
    """Turn requests into strings.

    Parameters
    ----------
    request : sklearn.utils.metadata_routing.MetadataRequest
        The requests.

    Returns
    -------
    dict of str to dict
        For each method, what is asked for by which name.
    """
    plain: dict[str, dict[str, bool | str | None]] = request._serialize()
    return plain


def set_metadata_requests(estimator: Any, requests: Any) -> None:
    """Undo `metadata_requests`.

    Parameters
    ----------
    estimator : estimator
        Whose requests are set.
    requests : dict of str to dict
        What `metadata_requests` gave.

    Raises
    ------
    ValueError
        If the estimator has no such method or metadata.
    """
    request = estimator._get_metadata_request()
    known = metadata_requests(request)
    for method, names in requests.items():
        for name, alias in names.items():
            if name not in known.get(method, {}):
                raise ValueError(f"{method} takes no metadata called {name!r}")
            getattr(request, method).add_request(param=name, alias=alias)
    estimator._metadata_request = request
