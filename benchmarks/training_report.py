"""The tables and the picture of the training benchmark."""

import itertools
import math
from pathlib import Path

import numpy as np

# (nodes, frames, batch) -> how many times faster than the authors' step, and which
# part of its memory at most.
GOALS = {(282, 100, 16): (5, 1 / 2), (1384, 100, 16): (8, 1 / 4)}
# (nodes, frames, batch) -> GB at most.
LIMITS = {(5000, 100, 16): 8, (5000, 1000, 4): 12}


def row_of(record: dict) -> tuple[int, int, int]:
    """Return nodes, frames and batch of a record."""
    return record["nodes"], record["frames"], record["batch"]


def table(records: list[dict]) -> str:
    """Write one line a measurement as a Markdown table."""
    head = ["who", "nodes", "frames", "batch", "step s", "peak GB", "GFLOP"]
    head += ["GFLOP/s", "step / floor", "goal", "reached"]
    lines = [head, ["---"] * len(head)]
    authors = {row_of(r): r for r in records if r["who"] == "authors"}
    for record in records:
        row, goal, reached = row_of(record), "-", "-"
        peak = record["peak_bytes"] / 1e9
        if record["who"] == "ours" and row in authors:
            peer = authors[row]
            faster = peer["step_s"] / record["step_s"]
            part = record["peak_bytes"] / peer["peak_bytes"]
            reached = f"{faster:.1f} x faster, {part:.2f} of the memory"
            if row in GOALS:
                goal = "{} x faster, {:.2f} of the memory".format(*GOALS[row])
        elif record["who"] == "ours" and row in LIMITS:
            goal, reached = f"under {LIMITS[row]} GB", f"{peak:.1f} GB"
        cells = [record["who"], *row, f"{record['step_s']:.2f}", f"{peak:.2f}"]
        cells += [f"{record['flops'] / 1e9:.1f}", f"{record['gflops']:.0f}"]
        cells.append(f"{record['step_s'] / record['floor_s']:.1f}")
        lines.append([*map(str, cells), goal, reached])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def series(records: list[dict], who: str, along: str) -> list[dict]:
    """Select the longest run of records in which one of nodes, frames varies alone."""
    other = "frames" if along == "nodes" else "nodes"
    groups: dict[tuple, list[dict]] = {}
    for record in records:
        if record["who"] == who:
            key = record[other], record["batch"]
            groups.setdefault(key, []).append(record)
    longest = max(groups.values(), key=len, default=[])
    return sorted(longest, key=lambda record: record[along])


def fit_line(sizes: list[float], values: list[float]) -> tuple[float, float, float]:
    """Fit a constant and a slope to relative precision.

    Returns them with the largest deviation, as a part of the value.
    """
    weights = 1 / np.array(values)
    slope, constant = np.polyfit(sizes, values, 1, w=weights)
    fitted = constant + slope * np.array(sizes)
    return constant, slope, float(np.abs(fitted * weights - 1).max())


def slopes(records: list[dict], who: str, along: str) -> str:
    """Write the log-log slopes between neighbouring rows as a Markdown table.

    From three rows on, the last row is the slope fitted to all of them, a line is
    fitted to the times, and one more column has the slopes of what is left over its
    constant: what a step costs at any size, as the LSTM and Adam do, makes slopes
    small.
    """
    chosen = series(records, who, along)
    if len(chosen) < 2:
        return ""
    columns = {
        "time": [record["step_s"] for record in chosen],
        "memory": [record["peak_bytes"] for record in chosen],
    }
    sizes = [record[along] for record in chosen]
    sentence = []
    if len(chosen) > 2:
        constant, slope, deviation = fit_line(sizes, columns["time"])
        columns["time over the constant"] = [
            seconds - constant for seconds in columns["time"]
        ]
        sentence = [
            "",
            f"Time is {constant:.2f} s + {1e3 * slope:.2f} ms x {along}, from which "
            f"no row deviates by more than {deviation:.0%}.",
        ]
    lines = [[f"{who}: {along}", *columns], ["---"] * (1 + len(columns))]
    for small, large in itertools.pairwise(range(len(chosen))):
        ratio = math.log(sizes[large] / sizes[small])
        cells = [
            f"{math.log(values[large] / values[small]) / ratio:z.2f}"
            for values in columns.values()
        ]
        lines.append([f"{sizes[small]} to {sizes[large]}", *cells])
    if len(chosen) > 2:
        fitted = (
            np.polyfit(np.log(sizes), np.log(values), 1)[0]
            for values in columns.values()
        )
        lines.append(["all, fitted", *(f"{slope:z.2f}" for slope in fitted)])
    return "\n".join([*(f"| {' | '.join(cells)} |" for cells in lines), *sentence])


def document(records: list[dict], notes: list[str], setting: str) -> str:
    """Write the whole of TRAINING.md."""
    parts = [slopes(records, w, a) for w in ("ours", "authors") for a in AXES]
    return "\n".join(
        [
            "# One training step: ours and the authors'",
            "",
            "Written by `python -m benchmarks.training --authors DIR`. Forward, "
            "backward and Adam on synthetic chains with contacts, float32, "
            "n_clusters (400, 200, 50), hidden 20, depth 2, 4 segments, LSTM 256; "
            "median after one untimed step. Ours includes making the batch. Each line "
            "is a process of its own; peak: its largest resident memory less what it "
            "had after its imports and a tiny step, so data, weights, Adam's state "
            "and activations. GFLOP: multiplications and additions of all matrix "
            "products, sparse ones by their entries; floor: the time they take at the "
            "rate of one large product.",
            "",
            setting,
            "",
            table(records),
            "",
            "How time and memory grow: slopes on a log-log plot. Memory stays nearly "
            "level while a step is gone through in parts of a fixed size; then it "
            "grows with the largest sample.",
            "",
            "\n\n".join(part for part in parts if part),
            "",
            *(f"- {note}" for note in notes),
            "",
        ]
    )


AXES = ("nodes", "frames")


def draw_memory(records: list[dict], path: Path) -> None:
    """Draw peak memory over nodes and over frames."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    for axes, along in zip(figure.subplots(1, 2, sharey=True), AXES, strict=True):
        for who, marker in (("ours", "o-"), ("authors", "s--")):
            chosen = series(records, who, along)
            x = [record[along] for record in chosen]
            axes.loglog(x, [r["peak_bytes"] / 1e9 for r in chosen], marker, label=who)
        axes.set_xlabel(along)
        axes.grid(alpha=0.3, which="both")
        axes.legend()
    figure.supylabel("peak memory of a step, GB")
    figure.savefig(path, dpi=120)
