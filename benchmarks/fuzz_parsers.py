"""Feed the parsers of our own files with coverage guidance, by atheris.

``python -m benchmarks.fuzz_parsers manifest --seconds 600`` ends with what it ran, or
with the input that broke the parser, which belongs into ``tests/fuzz/corpus``. atheris
(``pip install atheris``) is no dependency of the project; without it
`tests/fuzz/test_parsers.py` feeds the same targets by hypothesis.
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

# Address space that parsing may take beyond what the imports take, in bytes.
MOST_MEMORY = 1 << 30


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--corpus", type=Path, help="where new inputs are kept")
    options = parser.parse_args(arguments)
    import atheris

    with atheris.instrument_imports(include=["sklearn_deepsig", "json", "csv"]):
        from tests.helpers.parsers import TARGETS, check_parser, seeds
    if options.target not in TARGETS:
        parser.error(f"choose one of {', '.join(TARGETS)}")
    folder = Path(tempfile.mkdtemp())
    corpus = options.corpus or Path(tempfile.mkdtemp())
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(seeds(options.target, folder)):
        (corpus / f"seed{number}").write_bytes(data)
        check_parser(options.target, folder, data)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MOST_MEMORY,) * 2)
    started = time.monotonic()
    count = {"refused": 0, "read": 0}

    def feed(data):
        count[check_parser(options.target, folder, data)] += 1
        n_inputs = sum(count.values())
        if n_inputs % 1000 == 0:
            seconds = time.monotonic() - started
            print(f"{options.target}: {n_inputs:,} in {seconds:.0f} s, {count}")

    settings = [f"-max_total_time={options.seconds}", "-rss_limit_mb=0", "-timeout=60"]
    atheris.Setup([sys.argv[0], *settings, "-print_final_stats=1", str(corpus)], feed)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
