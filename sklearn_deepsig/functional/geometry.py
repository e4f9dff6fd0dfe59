"""Centring and superposition of structures, in NumPy.

Dihedral angles are not here: mdtraj computes them.
"""

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.exceptions import InvalidInputError

__all__ = ["centre", "superpose"]

# Frames are taken in blocks of about this many numbers, so that the work in double
# precision needs little memory beside the result.
_BLOCK_SIZE = 1 << 20


def centre(positions: NDArray[np.floating]) -> NDArray[np.floating]:
    """Move the centroid of every frame to the origin.

    Parameters
    ----------
    positions : ndarray, shape (n_frames, n_nodes, n_dims)
        Coordinates. Not written to.

    Returns
    -------
    ndarray, shape (n_frames, n_nodes, n_dims)
        New coordinates, of the same dtype.

    Raises
    ------
    InvalidInputError
        If the positions do not have three axes, none of them of length zero.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_deepsig.functional.geometry import centre
    >>> centre(np.array([[[1.0, 0.0, 5.0], [3.0, 0.0, 5.0]]]))
    array([[[-1.,  0.,  0.],
            [ 1.,  0.,  0.]]])
    """
    _check_positions(positions)
    centroids = positions.mean(axis=1, dtype=np.float64, keepdims=True)
    centred: NDArray[np.floating] = positions - centroids
    return centred.astype(positions.dtype, copy=False)


def superpose(
    positions: NDArray[np.floating], reference: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Rotate and move every frame onto a reference, with the least RMSD.

    Every frame gets the proper rotation (never a mirror image) and the translation
    with the least root mean square deviation from the reference, by the singular
    value decomposition of the covariance [1]_, in double precision. Where nodes on a
    line, or fewer than three of them, leave the rotation open, it is one of the best.

    Parameters
    ----------
    positions : ndarray, shape (n_frames, n_nodes, 3)
        Finite coordinates, in nm. Not written to.
    reference : ndarray, shape (n_nodes, 3)
        Coordinates of the same nodes, in nm.

    Returns
    -------
    ndarray, shape (n_frames, n_nodes, 3)
        New coordinates, in nm, of the dtype of `positions`; the centroid of every
        frame is that of the reference.

    Raises
    ------
    InvalidInputError
        If a shape does not fit, or a coordinate is not finite.

    References
    ----------
    .. [1] W. Kabsch, "A solution for the best rotation to relate two sets of
       vectors", Acta Crystallographica A 32, 922-923 (1976).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_deepsig.functional.geometry import superpose
    >>> reference = np.array([[0.0, 0, 0], [1, 0, 0], [0, 2, 0]])
    >>> turned = reference @ np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]]) + 7
    >>> bool(np.allclose(superpose(turned[None], reference)[0], reference))
    True
    """
    _check_positions(positions)
    n_frames, n_nodes, n_dims = positions.shape
    if n_dims != 3 or reference.shape != (n_nodes, 3):
        raise InvalidInputError(
            f"positions have shape {positions.shape} and the reference "
            f"{reference.shape}; expected (n_frames, n_nodes, 3) and (n_nodes, 3)."
        )
    target_centroid = reference.mean(axis=0, dtype=np.float64)
    target = reference - target_centroid
    superposed = np.empty(positions.shape, dtype=positions.dtype)
    n_block = max(1, _BLOCK_SIZE // (3 * n_nodes))
    for start in range(0, n_frames, n_block):
        block = slice(start, start + n_block)
        mobile = positions[block].astype(np.float64)
        mobile -= mobile.mean(axis=1, keepdims=True)
        covariance = np.einsum("tni,nj->tij", mobile, target, optimize=True)
        finite = np.isfinite(covariance).all(axis=(1, 2))
        if not finite.all():
            raise InvalidInputError(
                "superposition needs finite coordinates, but frame "
                f"{start + int(np.argmin(finite))} or the reference has NaN or "
                "infinity; remove or repair such frames."
            )
        superposed[block] = mobile @ _best_rotations(covariance) + target_centroid
    return superposed


def _best_rotations(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find the rotations R with the greatest trace of R^T covariance.

    A row vector of the frame, times R, lies over that of the reference.
    """
    left, _, right = np.linalg.svd(covariance)
    # Of two orthogonal matrices the product may be a reflection. Turning the
    # direction of the smallest singular value round costs least.
    left[:, :, -1] *= np.sign(np.linalg.det(left) * np.linalg.det(right))[:, None]
    rotations: NDArray[np.float64] = left @ right
    return rotations


def _check_positions(positions: NDArray[np.floating]) -> None:
    if positions.ndim != 3 or 0 in positions.shape or positions.dtype.kind != "f":
        raise InvalidInputError(
            f"positions have shape {positions.shape} and dtype {positions.dtype}; "
            "expected floats of shape (n_frames, n_nodes, n_dims), none of them zero."
        )
