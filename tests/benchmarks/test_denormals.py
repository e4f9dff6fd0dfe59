import re

from benchmarks import denormals


def test_each_number_of_frames_is_timed_both_ways(capsys):
    assert denormals.main(["--seconds", "0.01", "--frames", "4", "8"]) == 0
    rows = re.findall(r"^\| (\d+) \|(.*)\|$", capsys.readouterr().out, re.M)
    assert [frames for frames, _ in rows] == ["4", "8"]
    for _, cells in rows:
        kept, flushed, ratio = map(float, cells.split("|"))
        assert min(kept, flushed, ratio) > 0
