"""Ways to damage a file, for `benchmarks.badfiles`. Nothing of the package is used."""

import os
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import mdtraj
import numpy as np

FORMATS = ("xtc", "trr", "dcd", "nc", "h5", "pdb", "gro")
OWN_TOPOLOGY = ("h5", "pdb", "gro")
N_FRAMES = 20
# Numbers that headers are patched with.
HUGE = (2**31 - 1, 2**32 - 1, 2**31, 2**30, 2**28, 10**9, 10**8)


class Try(NamedTuple):
    """A damaged file with the topology to read it with, and what is really in it.

    Parameters
    ----------
    file : pathlib.Path
        The trajectory.
    topology : pathlib.Path or None
        Its topology; None to take its own.
    expected : mdtraj.Trajectory or None
        What is right; None if only an error is.
    unprivileged : bool
        Whether it is to be read by a user who may do little.
    """

    file: Path
    topology: Path | None
    expected: mdtraj.Trajectory | None
    unprivileged: bool = False


def write_samples(folder: Path) -> mdtraj.Trajectory:
    """Write frames of a simulation that is shipped in every format, with a topology."""
    data = Path(__file__).parents[1] / "sklearn_deepsig" / "datasets" / "data"
    pdb = min(data.rglob("*.pdb"))
    whole = mdtraj.load(str(pdb.with_name(f"{pdb.stem}_1.xtc")), top=str(pdb))
    sample = whole[:N_FRAMES]
    sample.unitcell_lengths = np.full((N_FRAMES, 3), 6.0)
    sample.unitcell_angles = np.full((N_FRAMES, 3), 90.0)
    for extension in FORMATS:
        sample.save(str(folder / f"good.{extension}"))
    sample[0].save(str(folder / "top.pdb"))
    return sample


def read(file: Path, folder: Path) -> mdtraj.Trajectory:
    """Read an undamaged file by mdtraj: the oracle."""
    if file.suffix[1:] in OWN_TOPOLOGY:
        return mdtraj.load(str(file))
    return mdtraj.load(str(file), top=str(folder / "top.pdb"))


def tries(
    extension: str, damage: str, folder: Path, n_tries: int, seed: int
) -> Iterator[Try]:
    """Yield damaged files of one format, each in the place of the one before."""
    good = folder / f"good.{extension}"
    expected = read(good, folder)
    rng = np.random.default_rng([seed, FORMATS.index(extension), ord(damage[0])])
    topology = None if extension in OWN_TOPOLOGY else folder / "top.pdb"
    for changed in DAMAGES[damage](good, expected, folder, n_tries, rng):
        yield changed if changed.topology else changed._replace(topology=topology)


def _bytes(change: Callable[..., bytes]) -> Callable[..., Iterator[Try]]:
    """Make a damage of a function that changes the bytes of a file."""

    def damage(good, expected, folder, n_tries, rng):
        del folder
        content = good.read_bytes()
        file = good.with_name(f"bad{good.suffix}")
        for _ in range(n_tries):
            file.write_bytes(change(content, rng))
            yield Try(file, None, expected)

    return damage


def _truncate(content: bytes, rng: np.random.Generator) -> bytes:
    return content[: rng.integers(1, len(content))]


def _flip(content: bytes, rng: np.random.Generator) -> bytes:
    changed, bit = bytearray(content), int(rng.integers(8 * len(content)))
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def _announce(content: bytes, rng: np.random.Generator) -> bytes:
    """Write a huge number in place of one in the header."""
    value = int(rng.choice(HUGE))
    if content[:200].isascii() and b"\x00" not in content[:200]:
        # a text: one of the first whole numbers
        words = [w for w in content[:2000].split() if w.isdigit()][:20]
        word = words[int(rng.integers(len(words)))]
        return content.replace(word, str(value).encode(), 1)
    changed = bytearray(content)
    header = min(len(content), 4096 if content[1:4] == b"HDF" else 600)
    place = 4 * int(rng.integers(header // 4))
    order = "little" if rng.integers(2) else "big"
    changed[place : place + 4] = value.to_bytes(4, order)
    return bytes(changed)


def _between_frames(good, expected, folder, n_tries, rng):
    """Cut where a frame ends, as far as files of fewer frames show where that is."""
    del n_tries, rng
    content = good.read_bytes()
    file = good.with_name(f"bad{good.suffix}")
    for n_frames in range(1, N_FRAMES, 3):
        part = folder / f"part{good.suffix}"
        expected[:n_frames].save(str(part))
        size = part.stat().st_size
        if good.suffix == ".pdb":
            size -= len("END\n")
        file.write_bytes(content[:size])
        yield Try(file, None, expected)


def _undamaged(good, expected, folder, n_tries, rng):
    del folder, n_tries, rng
    yield Try(good, None, expected)


def _empty(good, expected, folder, n_tries, rng):
    del expected, folder, n_tries, rng
    file = good.with_name(f"bad{good.suffix}")
    file.write_bytes(b"")
    yield Try(file, None, None)


def _renamed(good, expected, folder, n_tries, rng):
    """Give it the ending of every other format."""
    del expected, n_tries, rng
    for other in FORMATS:
        if f".{other}" != good.suffix:
            file = folder / f"bad.{other}"
            file.write_bytes(good.read_bytes())
            yield Try(file, folder / "top.pdb", None)


def _wrong_topology(good, expected, folder, n_tries, rng):
    """Take a topology of as many other atoms: the same ones in another order."""
    del n_tries, expected
    lines = (folder / "top.pdb").read_text().splitlines()
    residues: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("ATOM"):
            residues.setdefault(line[17:27], []).append(line)
    for number in range(10):
        order = [list(rng.permutation(atoms)) for atoms in residues.values()]
        if number % 2:
            order = [list(residues.values())[i] for i in rng.permutation(len(order))]
        text = "\n".join([*chain.from_iterable(order), "END", ""])
        (folder / "other.pdb").write_text(text)
        yield Try(good, folder / "other.pdb", None)


def _other_atom_counts(good, expected, folder, n_tries, rng):
    del n_tries, rng
    top = mdtraj.load(str(folder / "top.pdb"))
    for n_atoms in (1, expected.n_atoms // 2, expected.n_atoms - 1):
        top.atom_slice(np.arange(n_atoms)).save(str(folder / "other.pdb"))
        yield Try(good, folder / "other.pdb", None)
    top.stack(top).save(str(folder / "other.pdb"))
    yield Try(good, folder / "other.pdb", None)


def _not_a_number(good, expected, folder, n_tries, rng):
    """Put NaN and infinity into coordinates, where the format can hold them."""
    del folder, n_tries
    file = good.with_name(f"bad{good.suffix}")
    for value in (np.nan, np.inf, -np.inf):
        for _ in range(3):
            sample = expected[:]
            frame, atom = rng.integers(sample.n_frames), rng.integers(sample.n_atoms)
            sample.xyz[frame, atom, rng.integers(3)] = value
            try:
                sample.save(str(file))
            except Exception:  # pdb: no column for it
                content = good.read_text().split("\n")
                lines = [i for i, line in enumerate(content) if line[:4] == "ATOM"]
                line = int(rng.choice(lines))
                content[line] = f"{content[line][:30]}{value:8}{content[line][38:]}"
                file.write_text("\n".join(content))
            yield Try(file, None, None)


def _folder(good, expected, folder, n_tries, rng):
    del expected, n_tries, rng
    file = folder / f"folder{good.suffix}"
    file.mkdir(exist_ok=True)
    yield Try(file, None, None)


def _dangling_link(good, expected, folder, n_tries, rng):
    del expected, n_tries, rng
    file = folder / f"link{good.suffix}"
    if not file.is_symlink():
        file.symlink_to(folder / "nowhere")
    yield Try(file, None, None)


def _no_permission(good, expected, folder, n_tries, rng):
    del expected, n_tries, rng
    file = folder / f"secret{good.suffix}"
    file.write_bytes(good.read_bytes())
    os.chmod(file, 0)
    yield Try(file, None, None, unprivileged=True)


DAMAGES: dict[str, Callable[..., Iterator[Try]]] = {
    "none": _undamaged,
    "truncated": _bytes(_truncate),
    "cut between frames": _between_frames,
    "bit flipped": _bytes(_flip),
    "huge sizes in the header": _bytes(_announce),
    "empty": _empty,
    "renamed": _renamed,
    "topology of other atoms": _wrong_topology,
    "other number of atoms": _other_atom_counts,
    "NaN and infinity": _not_a_number,
    "a folder": _folder,
    "a dangling link": _dangling_link,
    "no permission": _no_permission,
}
RANDOM = ("truncated", "bit flipped", "huge sizes in the header")
