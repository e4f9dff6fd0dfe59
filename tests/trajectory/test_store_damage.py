"""A damaged, foreign or hostile store is named, and nothing outside it is read."""

import json
import os
import pickle
import re
import shutil
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_deepsig import TrajectoryStore, make_windows
from sklearn_deepsig.exceptions import StoreFileError
from sklearn_deepsig.storage import checksum
from sklearn_deepsig.trajectory import _stored
from sklearn_deepsig.trajectory._store_writing import _BLOCK_BYTES
from tests.helpers.stores import write_files

MANIFEST = "store.json"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A store that no test may change."""
    root = tmp_path_factory.mktemp("damage")
    return TrajectoryStore.convert(root / "store", **write_files(root / "files", 2))


@pytest.fixture
def folder(whole, tmp_path):
    """A copy of it."""
    return shutil.copytree(whole.folder, tmp_path / "store")


def edit(file, **changes):
    """Change a document so that its own checksum is right."""
    document = json.loads(file.read_text()) | changes
    document["checksum"] = checksum(document)
    file.write_text(json.dumps(document))
    return document["checksum"]


def edit_trajectory(folder, **changes):
    """Change what the manifest says of the first trajectory."""
    listed = json.loads((folder / MANIFEST).read_text())["trajectories"]
    edit(folder / MANIFEST, trajectories=[listed[0] | changes, *listed[1:]])


def edit_sidecar(folder, **changes):
    edit_trajectory(folder, checksum=edit(folder / "000000.json", **changes))


def names_in(store):
    """Name the files that hold something."""
    return sorted(path.name for path in store.folder.iterdir() if path.stat().st_size)


def error_of(function, *args):
    """Return what a function raises for a damaged store, None if nothing."""
    try:
        function(*args)
    except StoreFileError as error:
        return str(error)
    return None


def use(folder):
    """Do all that reads: open, verify, sum up every window."""
    store = TrajectoryStore(folder)
    store.verify()
    return [float(sample.positions.sum(dtype=np.float64)) for sample in store]


def test_every_flipped_bit_is_seen(folder, whole, rng):
    expected = use(folder)
    for name in names_in(whole):
        file = folder / name
        content = file.read_bytes()
        places = rng.choice(len(content), min(len(content), 60), replace=False)
        for place in places:
            spoiled = bytearray(content)
            spoiled[place] ^= 1 << int(rng.integers(8))
            file.write_bytes(spoiled)
            found = error_of(use, folder)
            if found is None:  # white space of JSON is all that may differ
                assert name.endswith(".json")
                assert use(folder) == expected
            else:
                assert name in found
        file.write_bytes(content)


def test_every_truncated_or_missing_file_is_seen_when_a_store_is_opened(folder, whole):
    for name in names_in(whole):
        file = folder / name
        content = file.read_bytes()
        # the JSON of a trajectory is not read before the trajectory
        read = use if re.match(r"0.*json", name) else TrajectoryStore
        for length in (0, 1, len(content) // 2, len(content) - 1):
            file.write_bytes(content[:length])
            assert name in error_of(read, folder)
        file.unlink()
        assert name in error_of(read, folder)
        file.write_bytes(content)
    use(folder)


def test_verification_names_every_damaged_file_and_its_source(folder):
    for name, place in (("000000.positions", 100), ("000001.times", 5)):
        content = bytearray((folder / name).read_bytes())
        content[place] ^= 16
        (folder / name).write_bytes(content)
    with pytest.raises(StoreFileError) as caught:
        TrajectoryStore(folder).verify()
    first, second = str(caught.value).splitlines()
    assert re.search(r"000000\.positions has another checksum in frames 0 to 59", first)
    assert "0.xtc" in first
    assert "Convert the trajectories again" in first
    assert "000001.times" in second


def test_opening_names_every_file_of_another_size(folder):
    os.truncate(folder / "000000.positions", 100)
    (folder / "000001.times").unlink()
    with pytest.raises(StoreFileError) as caught:
        TrajectoryStore(folder)
    first, second = str(caught.value).splitlines()
    assert "000000.positions" in first
    assert "000001.times" in second


def test_a_damaged_block_is_seen_when_it_is_read_and_no_other(tmp_path):
    n_frames = 3 * _BLOCK_BYTES // (12 * 40)
    files = write_files(tmp_path / "files", 1, 8, n_frames)
    store = TrajectoryStore.convert(tmp_path / "store", **files, select=None)
    file = store.folder / "000000.positions"
    content = bytearray(file.read_bytes())
    content[_BLOCK_BYTES + 1000] ^= 1  # the second block
    file.write_bytes(content)
    windows = make_windows(TrajectoryStore(store.folder), store.y, length=500).X
    found = [error_of(lambda x=x: x.positions.sum()) for x in windows]
    bad = [error for error in found if error is not None]
    assert all("in frames 2184 to 4367" in error for error in bad)
    assert 4 <= len(bad) <= 6
    assert len(windows) == n_frames // 500


def test_damage_after_opening_is_seen_too(folder):
    store = TrajectoryStore(folder)
    file = folder / "000001.positions"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(StoreFileError, match=r"000001\.positions ends before frame"):
        store[1].positions.sum()
    file.unlink()
    with pytest.raises(StoreFileError, match=r"000001\.positions cannot be read"):
        store[1].positions.sum()


def test_what_is_no_store_is_named(tmp_path):
    with pytest.raises(StoreFileError, match="nowhere does not exist"):
        TrajectoryStore(tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreFileError, match="file is a file"):
        TrajectoryStore(tmp_path / "file")
    with pytest.raises(StoreFileError, match=r"store\.json is missing"):
        TrajectoryStore(tmp_path)
    (tmp_path / MANIFEST).write_text('{"name": "something else"}')
    with pytest.raises(StoreFileError, match="was not written by TrajectoryStore"):
        TrajectoryStore(tmp_path)


def test_a_newer_format_is_refused_with_what_to_do(folder):
    text = {"format": "sklearn_deepsig trajectory store", "format_version": 2}
    (folder / MANIFEST).write_text(json.dumps(text))
    with pytest.raises(StoreFileError, match=r"of format 2.*upgrade"):
        TrajectoryStore(folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format_version": 0}, "format_version=0"),
        ({"format_version": True}, "format_version=True"),
        ({"format_version": "1"}, "format_version='1'"),
        ({"trajectories": []}, "lists no trajectories"),
        ({"trajectories": {"0": 1}}, "lists no trajectories"),
        ({"trajectories": [{"n_frames": 1}]}, "by other names"),
        ({"trajectories": ["../../etc/passwd"]}, "by other names"),
        ({"labels": ["a"]}, "has not 2 labels"),
        ({"labels": [["a"], ["b"]]}, "has not 2 labels"),
        ({"groups": "ab"}, "has not 2 groups"),
    ],
)
def test_a_manifest_that_says_what_cannot_be_is_refused(folder, changes, message):
    edit(folder / MANIFEST, **changes)
    with pytest.raises(StoreFileError, match=message):
        TrajectoryStore(folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_frames": 10**30}, "says n_frames=10"),
        ({"n_frames": -1}, "says n_frames=-1"),
        ({"n_frames": 1.5}, "says n_frames=1.5"),
        ({"n_nodes": True}, "says n_nodes=True"),
        ({"n_nodes": 10**12}, r"positions has .* bytes in place of"),
        ({"n_frames": 10**9}, "more than the 1,073,741,824"),
        ({"n_edges": 10**9}, "more than the 1,073,741,824"),
        ({"n_edges": 3}, r"edges has .* bytes in place of 48 \(too long\)"),
        ({"source": None}, "says source=None"),
        ({"time_step": "1"}, "says time_step='1'"),
        ({"checksum": "0" * 32}, r"000000\.json has another checksum than store"),
    ],
)
def test_a_trajectory_that_cannot_be_is_refused(folder, changes, message):
    edit_trajectory(folder, **changes)
    with pytest.raises(StoreFileError, match=message):
        use(folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"block_frames": 0}, "block_frames=0"),
        ({"block_frames": 1}, "not the checksums of 60 blocks"),
        ({"blocks": [-1]}, "not the checksums of 1 blocks"),
        ({"blocks": "a"}, "not the checksums of 1 blocks"),
        ({"blocks": [0]}, r"000000\.positions has another checksum"),
        ({"checksums": {"times": 0}}, "not the checksums of times and edges"),
        ({"checksums": {"times": 0, "edges": 0}}, r"000000\.(times|edges)"),
        ({"node_names": ["a"]}, "not the names of 8 nodes"),
        ({"node_names": [1] * 8}, "not the names of 8 nodes"),
    ],
)
def test_a_sidecar_that_says_what_cannot_be_is_refused(folder, changes, message):
    edit_sidecar(folder, **changes)
    with pytest.raises(StoreFileError, match=message):
        use(folder)


def test_edges_to_nodes_that_are_not_there_are_refused(folder):
    file = folder / "000000.edges"
    edges = np.frombuffer(file.read_bytes(), "<i8").copy()
    for bad, message in ((10**9, "refers to node"), (0, "in another form")):
        spoiled = edges.copy()
        spoiled[-1] = bad
        file.write_bytes(spoiled.tobytes())
        document = json.loads((folder / "000000.json").read_text())
        sums = document["checksums"] | {"edges": zlib.crc32(spoiled.tobytes())}
        edit_sidecar(folder, checksums=sums)
        with pytest.raises(StoreFileError, match=message):
            use(folder)


def test_deeply_nested_and_very_large_json_is_refused(folder):
    for name in (MANIFEST, "000000.json"):
        content = (folder / name).read_bytes()
        for text in ("[" * 100_000, '{"format":' + "[" * 5000 + "]" * 5000 + "}"):
            (folder / name).write_text(text)
            with pytest.raises(StoreFileError, match=name):
                use(folder)
        with (folder / name).open("wb") as file:
            file.truncate(10**12)  # no disk is needed for zeros
        with pytest.raises(StoreFileError, match="no such file has more than"):
            use(folder)
        (folder / name).write_bytes(content)


def test_links_and_pipes_are_not_followed(folder, tmp_path):
    secret = tmp_path / "secret"
    for name in (MANIFEST, "000000.json", "000000.positions", "000000.times"):
        file = folder / name
        secret.write_bytes(file.read_bytes())
        content = file.read_bytes()
        file.unlink()
        file.symlink_to(secret)
        with pytest.raises(StoreFileError, match=name):
            use(folder)
        file.unlink()
        os.mkfifo(file)
        with pytest.raises(StoreFileError, match=name):
            use(folder)
        file.unlink()
        file.write_bytes(content)
    use(folder)


def test_windows_of_a_store_that_was_replaced_are_refused(folder, whole):
    _stored.open_folder.cache_clear()
    sent = pickle.dumps([TrajectoryStore(folder), TrajectoryStore(folder)[0]])
    edit(folder / MANIFEST, labels=["b", "a"])
    for part in (sent, pickle.dumps(pickle.loads(pickle.dumps(whole))[0])):
        if part is sent:
            with pytest.raises(StoreFileError, match="is another store than the one"):
                pickle.loads(part)
        else:
            pickle.loads(part).positions.sum()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(["../000000.positions", "/etc/passwd", "\x00", "000001"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def scratch(whole, tmp_path_factory):
    """A copy whose JSON is written anew for each case."""
    return shutil.copytree(whole.folder, tmp_path_factory.mktemp("scratch") / "store")


@settings(max_examples=300)
@given(data=st.data())
def test_no_json_leads_to_anything_but_the_store_or_our_error(scratch, whole, data):
    """Wrong documents with right checksums: as an enemy would write them."""
    for name in (MANIFEST, "000000.json"):
        shutil.copyfile(whole.folder / name, scratch / name)
    manifest = json.loads((scratch / MANIFEST).read_text())
    sidecar = json.loads((scratch / "000000.json").read_text())
    chosen = data.draw(st.sampled_from(["manifest", "entry", "sidecar"]))
    if chosen == "manifest":
        changed = manifest
    elif chosen == "entry":
        changed = manifest["trajectories"][0]
    else:
        changed = sidecar
    changed[data.draw(st.sampled_from(sorted(changed)))] = data.draw(JSON)
    tracemalloc.start()
    try:
        said = edit(scratch / "000000.json", **sidecar)
        if chosen == "sidecar":
            manifest["trajectories"][0]["checksum"] = said
        edit(scratch / MANIFEST, **manifest)
        store = TrajectoryStore(scratch)
        store.verify()
        assert [sample.n_frames for sample in store] == [60, 60]
    except StoreFileError:
        pass
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 2**22
