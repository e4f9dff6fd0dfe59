"""Small trajectory files, the arguments of their conversion, and what a store holds."""

from tests.helpers.molecules import make_peptide

LABELS = ["apo", "bound", "apo", "bound"]
GROUPS = [0, 0, 1, 1]
N_FRAMES = 60


def write_files(folder, n_files=4, n_residues=8, n_frames=N_FRAMES):
    """Write replicas of one peptide, and return what `TrajectoryStore.convert` takes.

    The files are 1 ps a frame; those of label "bound" move more.
    """
    folder.mkdir(parents=True, exist_ok=True)
    make_peptide(n_residues, 1).save(folder / "top.pdb")
    files = []
    for index in range(n_files):
        peptide = make_peptide(n_residues, n_frames, seed=index)
        peptide.xyz *= 1.0 + 0.5 * (index % 2)
        files.append(folder / f"{index}.xtc")
        peptide.save(files[-1])
    labels = (LABELS * n_files)[:n_files]
    groups = [index // 2 for index in range(n_files)]
    return {
        "trajectories": files,
        "topology": folder / "top.pdb",
        "y": labels,
        "groups": groups,
    }


def contents(folder):
    """Every file of a store with its bytes."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
