"""The tables of the log-signature benchmark."""

from collections.abc import Iterable

# (batch, frames, channels), depth -> how many times faster than the best peer it shall
# be: forward, forward + backward.
GOALS = {
    (64, 25, 150, 2): (4, 5),
    (64, 100, 150, 2): (5, 7),
    (16, 625, 150, 2): (6, 9),
    (48, 500, 30, 2): (6, 9),
    (48, 500, 30, 3): (4, 6),
    (4, 25, 150, 3): (2, 3),
    (32, 100, 6, 4): (1, 2),
    (32, 1000, 3, 5): (1, 2),
}


def task_of(record: dict) -> tuple[int, int, int, int]:
    """Return batch, frames, channels and depth of a record."""
    return tuple(record[key] for key in ("batch", "frames", "channels", "depth"))


def ratios(
    records: Iterable[dict], suffix: str = "s"
) -> dict[tuple, tuple[float, float]]:
    """Divide the best peer's time by ours: forward, forward + backward, by task.

    With the suffix "again_s" of times of calls that follow one of their own.
    """
    by_task: dict[tuple, dict[str, dict]] = {}
    for record in records:
        by_task.setdefault(task_of(record), {})[record["backend"]] = record
    result = {}
    for task, backends in by_task.items():
        own = backends.pop("ours")
        if backends:
            result[task] = tuple(
                min(peer[key] for peer in backends.values()) / own[key]
                for key in (f"forward_{suffix}", f"forward_backward_{suffix}")
            )
    return result


def table(records: list[dict]) -> str:
    """Write times, ratios, goals and the distance to the floor as a Markdown table."""
    names = list(dict.fromkeys(record["backend"] for record in records))
    head = ["(batch, frames, channels), depth", *(f"{name} ms" for name in names)]
    head += ["best peer / ours", "called again", "goal"]
    head += ["floor ms", "ours / floor", "ours: peak MB"]
    lines = [head, ["---"] * len(head)]
    by_ratio, by_ratio_again = ratios(records), ratios(records, "again_s")
    for task in dict.fromkeys(map(task_of, records)):
        backends = {r["backend"]: r for r in records if task_of(r) == task}
        own = backends["ours"]
        cells = [f"({task[0]}, {task[1]}, {task[2]}), {task[3]}"]
        cells += [
            f"{1e3 * backends[name]['forward_s']:.2f} / "
            f"{1e3 * backends[name]['forward_backward_s']:.2f}"
            if name in backends
            else "-"
            for name in names
        ]
        cells += [
            *(
                " / ".join(f"{ratio:.1f}" for ratio in by_task.get(task, ())) or "-"
                for by_task in (by_ratio, by_ratio_again)
            ),
            " / ".join(map(str, GOALS.get(task, ()))) or "-",
            f"{1e3 * own['floor_s']:.2f}",
            f"{own['forward_s'] / own['floor_s']:.1f}",
            "-" if own["peak_bytes"] is None else f"{own['peak_bytes'] / 1e6:.1f}",
        ]
        lines.append(cells)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def document(records: list[dict], notes: list[str], setting: str) -> str:
    """Write the whole of RESULTS.md."""
    return "\n".join(
        [
            "# Log-signatures: ours and its peers",
            "",
            "Written by `python -m benchmarks.logsignature`. Medians in float32, all "
            "libraries in one process, turn by turn; forward / forward + backward. In "
            "its turn each is called twice: all times are of the first call, which "
            "finds the caches full of the others' data; the ratio of the second calls "
            "stands under *called again*. The floor is a batched matrix product of the "
            "last level's size plus writing the output once. Peak: what a forward pass "
            "adds to the memory in use, its output included.",
            "",
            setting,
            "",
            table(records),
            "",
            *(f"- {note}" for note in notes),
            "",
        ]
    )
