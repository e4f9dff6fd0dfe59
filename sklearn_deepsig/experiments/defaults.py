"""Sizes that fit the data, where none are given."""

__all__ = ["default_n_clusters", "default_n_windows"]


def default_n_windows(n_frames: int) -> int:
    """Choose into how many windows to cut trajectories.

    Parameters
    ----------
    n_frames : int
        Frames of the shortest trajectory.

    Returns
    -------
    int
        One window for each 20 frames, at most the paper's 25; short trajectories are
        cut in two where that leaves 5 frames each.

    Examples
    --------
    >>> from sklearn_deepsig.experiments import default_n_windows
    >>> [default_n_windows(n) for n in (5, 10, 100, 2500)]
    [1, 2, 5, 25]
    """
    return min(25, max(n_frames // 20, 2 if n_frames >= 10 else 1))


def default_n_clusters(n_nodes: int) -> tuple[int, int]:
    """Choose the numbers of clusters of two pooling layers.

    Parameters
    ----------
    n_nodes : int
        Nodes of the smallest sample.

    Returns
    -------
    tuple of int
        The paper's (100, 50), or fewer for small systems.

    Examples
    --------
    >>> from sklearn_deepsig.experiments import default_n_clusters
    >>> default_n_clusters(288), default_n_clusters(10)
    ((100, 50), (5, 2))
    """
    first = max(1, min(100, n_nodes // 2))
    return first, max(1, first // 2)
