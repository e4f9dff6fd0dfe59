import re

from benchmarks import lstm_pieces


def test_each_number_of_frames_is_timed_both_ways(capsys):
    assert lstm_pieces.main(["--seconds", "0.01", "--frames", "2", "3"]) == 0
    rows = re.findall(r"^\| (\d+) \|(.*)\|$", capsys.readouterr().out, re.M)
    assert [frames for frames, _ in rows] == ["2", "3"]
    for _, cells in rows:
        once, pieces, ratio = map(float, cells.split("|"))
        assert min(once, pieces, ratio) > 0
