"""Files that are there whole or not at all."""

import os

import pytest

from sklearn_deepsig.storage import (
    make_writable_folder,
    partial_name,
    remove_left_over,
    write_whole,
)


def test_a_file_is_replaced_or_left(tmp_path):
    target = tmp_path / "file"
    write_whole(target, lambda path: path.write_text("old"))

    def fail(path):
        path.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(target, fail)
    assert target.read_text() == "old"
    write_whole(target, lambda path: path.write_text("new"))
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_only_what_is_old_and_ours_is_removed(tmp_path):
    old, young, of_another = (
        partial_name(tmp_path / name) for name in ("a", "a", "b.a")
    )
    folder = partial_name(tmp_path / "a")
    folder.mkdir()
    (folder / "file").touch()
    mine = tmp_path / "a.partial"
    for path in (old, young, of_another, mine):
        path.touch()
    for path in (old, folder, of_another, mine):
        os.utime(path, (0, 0))
    remove_left_over(tmp_path, "a")
    assert {*tmp_path.iterdir()} == {young, of_another, mine}
    remove_left_over(tmp_path)
    assert {*tmp_path.iterdir()} == {young, mine}


def test_an_old_link_is_removed_and_not_what_it_points_to(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").touch()
    link = partial_name(tmp_path / "a")
    link.symlink_to(tmp_path / "mine")
    os.utime(link, (0, 0), follow_symlinks=False)
    remove_left_over(tmp_path)
    assert not link.is_symlink()
    assert (tmp_path / "mine" / "file").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    make_writable_folder(tmp_path / "a" / "b", "out")
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"out=.*file.*cannot be written to"):
        make_writable_folder(tmp_path / "file" / "b", "out")
