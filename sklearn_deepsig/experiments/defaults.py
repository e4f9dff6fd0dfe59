"""Sizes that fit the data, where none are given."""

__all__ = ["default_n_clusters", "default_n_segments", "default_n_windows"]


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


def default_n_segments(n_frames: int) -> int:
    """Choose into how many time segments to cut windows.

    A segment of one step between frames is a straight line, which encloses no area.

    Parameters
    ----------
    n_frames : int
        Frames of the shortest window.

    Returns
    -------
    int
        The paper's 4, or fewer for short windows: each has four steps at least, where
        the window has as many.

    Examples
    --------
    >>> from sklearn_deepsig.experiments import default_n_segments
    >>> [default_n_segments(n) for n in (2, 5, 10, 17, 100)]
    [1, 1, 2, 4, 4]
    """
    return min(4, max(1, (n_frames - 1) // 4))
