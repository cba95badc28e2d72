"""How long the command line takes to answer: --help, and check of a site.

python benchmarks/startup.py
"""

import statistics
import subprocess
import time

COMMANDS = (
    ["verdigrid", "--help"],
    ["verdigrid", "check", "library:dyeing-park"],
    ["verdigrid", "check", "library:us-plant"],
)
RUNS = 5


def seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    for command in COMMANDS:
        seconds(command)  # warm the disk cache
        runs = [seconds(command) for _ in range(RUNS)]
        print(
            f"{statistics.median(runs):6.2f} s median, {min(runs):.2f} to "
            f"{max(runs):.2f} s: {' '.join(command)}"
        )
