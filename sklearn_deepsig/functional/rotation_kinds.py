"""Families of rotation invariants: which are chosen, how many, and their names."""

from collections.abc import Sequence

from sklearn_deepsig.exceptions import InvalidInputError

__all__ = [
    "INVARIANTS",
    "OF_ONE_POINT",
    "invariance_kinds",
    "largest_points",
    "point_names",
    "rotation_invariants_names",
    "rotation_invariants_width",
]

INVARIANTS = ("dot", "trace", "norm", "twist")

# A point has both with itself; the other two need pairs of different points.
OF_ONE_POINT = ("dot", "norm")


def invariance_kinds(
    invariance: str | Sequence[str] | None, name: str = "invariance"
) -> tuple[str, ...]:
    """Check a choice of rotation invariants.

    Parameters
    ----------
    invariance : "rotation", sequence of {"dot", "trace", "norm", "twist"} or None
        The choice; ``"rotation"`` stands for all.
    name : str, default="invariance"
        What messages call it.

    Returns
    -------
    tuple of str
        The chosen families in the order of the features; none for None.

    Raises
    ------
    InvalidInputError
        If one is unknown or given twice, or the sequence is empty.

    Examples
    --------
    >>> invariance_kinds(["trace", "dot"]), invariance_kinds(None)
    (('dot', 'trace'), ())
    """
    if invariance is None:
        return ()
    kinds: Sequence[str] = INVARIANTS if invariance == "rotation" else invariance
    if isinstance(kinds, str):
        kinds = ()
    chosen = tuple(kind for kind in INVARIANTS if kind in kinds)
    if not kinds or len(chosen) < len(kinds):
        raise InvalidInputError(
            f"{name}={invariance!r} cannot be used; choose 'rotation' for all, or a "
            f"sequence of some of {INVARIANTS}, such as ('dot', 'trace'), each once."
        )
    return chosen


def rotation_invariants_width(
    n_points: int, *, kinds: Sequence[str] = INVARIANTS
) -> int:
    """Count the rotation-invariant features.

    Parameters
    ----------
    n_points : int
        Number of points.
    kinds : sequence of {"dot", "trace", "norm", "twist"}, default=all
        The families.

    Returns
    -------
    int
        The sum of n_points * (n_points + 1) / 2 each for ``"dot"`` and ``"norm"``,
        and n_points * (n_points - 1) / 2 each for ``"trace"`` and ``"twist"``:
        2 * n_points ** 2 for all.

    Raises
    ------
    InvalidInputError
        If there is no point, if there is one but all families are of two, or if a
        family is unknown or given twice, or there is none.

    Examples
    --------
    >>> rotation_invariants_width(50), rotation_invariants_width(50, kinds=["dot"])
    (5000, 1275)
    """
    kinds = invariance_kinds(kinds, "kinds")
    if n_points < 1:
        raise InvalidInputError(f"n_points={n_points} must be at least 1.")
    width = _width(n_points, kinds)
    if not width:
        raise InvalidInputError(
            f"{kinds} are of pairs of points, but there is only one; choose "
            f"some of {OF_ONE_POINT}."
        )
    return width


def rotation_invariants_names(
    points: Sequence[str], *, kinds: Sequence[str] = INVARIANTS
) -> list[str]:
    """Name the rotation-invariant features.

    Parameters
    ----------
    points : sequence of str
        Names of the points.
    kinds : sequence of {"dot", "trace", "norm", "twist"}, default=all
        The families, in any order.

    Returns
    -------
    list of str
        The names, in the order of the features.

    Raises
    ------
    InvalidInputError
        If a family is unknown or given twice, or there is none.

    Examples
    --------
    >>> rotation_invariants_names(["a", "b"])[:4]
    ['dot(a, a)', 'dot(a, b)', 'dot(b, b)', 'trace(a, b)']
    >>> rotation_invariants_names(["a", "b"], kinds=["twist", "trace"])
    ['trace(a, b)', 'twist(a, b)']
    """
    n_points = len(points)
    names = []
    for kind in invariance_kinds(kinds, "kinds"):
        offset = 0 if kind in OF_ONE_POINT else 1
        names += [
            f"{kind}({points[n]}, {points[m]})"
            for n in range(n_points)
            for m in range(n + offset, n_points)
        ]
    return names


def largest_points(max_width: int, kinds: Sequence[str]) -> int:
    """Count the points whose features are not wider than a bound.

    Parameters
    ----------
    max_width : int
        Largest width that fits.
    kinds : sequence of {"dot", "trace", "norm", "twist"}
        The families.

    Returns
    -------
    int
        The largest such number, which may be 0.

    Examples
    --------
    >>> largest_points(5000, ["dot", "trace", "norm", "twist"])
    50
    """
    n_points = int((2 * max_width / len(kinds)) ** 0.5) + 2
    while n_points and _width(n_points, kinds) > max_width:
        n_points -= 1
    return n_points


def point_names(channels: Sequence[str]) -> list[str]:
    """Name points by the names of their three coordinates.

    Parameters
    ----------
    channels : sequence of str
        Names of the coordinates, three a point.

    Returns
    -------
    list of str
        What ``.x``, ``.y`` and ``.z`` stand behind, else the three in parentheses.

    Examples
    --------
    >>> point_names(["ALA86.x", "ALA86.y", "ALA86.z", "u", "v", "w"])
    ['ALA86', '(u, v, w)']
    """
    names = []
    for start in range(0, len(channels), 3):
        triple = list(channels[start : start + 3])
        stem = triple[0].removesuffix(".x")
        is_point = triple == [f"{stem}.{dim}" for dim in "xyz"]
        names.append(stem if is_point else f"({', '.join(triple)})")
    return names


def _width(n_points: int, kinds: Sequence[str]) -> int:
    own = sum(kind in OF_ONE_POINT for kind in kinds)
    return own * n_points + len(kinds) * (n_points * (n_points - 1) // 2)
