"""The log-signature of time segments as a module."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional import segment_indices
from sklearn_deepsig.functional.path_features import PathFeatures

__all__ = ["LogSignature"]


class LogSignature(nn.Module):
    """Log-signatures of the segments of paths (paper, equations 7 to 10).

    Adds to `sklearn_deepsig.functional.logsignature` the cutting into segments, and
    keeps the frame indices from call to call. There is nothing to train.

    Parameters
    ----------
    depth : int, default=2
        Length of the longest words.
    n_segments : int, default=1
        Number of time segments with shared end points.
    basis : {"words", "lyndon", "expanded"}, default="words"
        Basis of the log-signature.
    backend : {"auto", "torch", "iisignature", "signatory"}, default="auto"
        What computes it.
    augmentation : {"time", "basepoint", "lead_lag"}, sequence of these or None
        What every segment is given first, in this order; see
        `sklearn_deepsig.functional.augmentation`.
    invariance : "rotation", sequence of {"dot", "trace", "norm", "twist"} or None
        ``"rotation"``: the features of moving points that no rotation changes, in
        place of the log-signature, or a sequence with some of their families; see
        `sklearn_deepsig.functional.rotation`.

    Examples
    --------
    >>> import torch
    >>> LogSignature(depth=2, n_segments=4)(torch.zeros(8, 101, 6)).shape
    torch.Size([8, 4, 21])
    """

    def __init__(
        self,
        depth: int = 2,
        n_segments: int = 1,
        basis: str = "words",
        backend: str = "auto",
        augmentation: str | Sequence[str] | None = None,
        invariance: str | Sequence[str] | None = None,
    ) -> None:
        super().__init__()
        self.features = PathFeatures(depth, basis, augmentation, invariance, backend)
        self.n_segments = n_segments
        self._cached_frames = 0
        self._cached_index: Tensor | None = None

    def forward(self, path: Tensor, n_frames: Tensor | None = None) -> Tensor:
        """Compute the log-signature of every segment.

        Parameters
        ----------
        path : Tensor, shape (batch, n_frames, n_channels)
            The paths.
        n_frames : Tensor of int64, shape (batch,), optional
            True frame counts, where the paths are padded to one length by frames at
            the end, whatever these hold.

        Returns
        -------
        Tensor, shape (batch, n_segments, width)
            The log-signatures, in the order of time.

        Raises
        ------
        InvalidInputError
            If a shape or a setting cannot be used.
        """
        if n_frames is None:
            index = self._index_of_full_paths(path.shape[1], path.device)
            segments = path.index_select(1, index.flatten())
        else:
            counts = n_frames.cpu().numpy()
            if counts.shape != path.shape[:1] or (counts > path.shape[1]).any():
                raise InvalidInputError(
                    f"n_frames={counts.tolist()} does not fit paths of shape "
                    f"{tuple(path.shape)}; give one count a path, not above "
                    f"{path.shape[1]}."
                )
            index = torch.tensor(segment_indices(counts, self.n_segments))
            # frames of the whole batch, one sample after the other
            index = index + path.shape[1] * torch.arange(len(path))[:, None, None]
            index = index.to(path.device)
            segments = path.flatten(0, 1).index_select(0, index.flatten())
        shape = (len(path), self.n_segments, index.shape[-1], path.shape[2])
        n_steps = (index[..., -1] - index[..., 0]).expand(shape[:2])
        return self.features.compute(segments.view(shape), n_steps + 1)

    def extra_repr(self) -> str:
        """Describe the settings.

        Returns
        -------
        str
            What ``repr`` shows between the brackets.
        """
        chosen = self.features
        text = (
            f"depth={chosen.depth}, n_segments={self.n_segments}, "
            f"basis={chosen.basis!r}, backend={chosen.backend!r}"
        )
        for name in ("augmentation", "invariance"):
            if getattr(chosen, name):
                text += f", {name}={getattr(chosen, name)!r}"
        return text

    def _index_of_full_paths(self, n_frames: int, device: torch.device) -> Tensor:
        index = self._cached_index
        if index is None or self._cached_frames != n_frames or index.device != device:
            # A tensor made in inference mode could take no part in a later gradient.
            with torch.inference_mode(False):
                indices = segment_indices(n_frames, self.n_segments)
                index = torch.tensor(indices, device=device)
            self._cached_frames, self._cached_index = n_frames, index
        return index
