"""Installs from the lock into a fresh virtual environment and compares the bytes of an assessment with those made here.

    python .ci/reproduce.py [REGION ...]

The fresh environment stands in a temporary folder, beside a copy of what git knows of the project, and is removed. Exit
status 1 where a byte differs.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
REGIONS = ("330304", "330102")


def assessed(python: Path, folder: Path, region: str) -> bytes:
    """What `dabiao assess REGION --json` prints with the packages of one environment and the files of one folder."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    words = [str(python), "-m", "reports", "assess", region, "--json"]
    return subprocess.run(words, cwd=folder, env=plain, check=True, capture_output=True).stdout


def copied(folder: Path) -> None:
    """The files that git knows, as they stand."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=TOP, capture_output=True, text=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (TOP / name).is_file():
            there = folder / name
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes((TOP / name).read_bytes())


def installed(folder: Path) -> Path:
    """The Python of a new environment in the folder, made from the lock alone as `make` does."""
    subprocess.run([sys.executable, "-m", "venv", str(folder / ".venv")], check=True)
    python = folder / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(folder / "requirements.lock")], check=True)
    subprocess.run([*pip, "--no-deps", "-e", str(folder)], check=True)
    return python


def main(regions: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="dabiao-fresh-") as name:
        folder = Path(name)
        copied(folder)
        began = time.monotonic()
        print("Installing from requirements.lock into a fresh environment (one to three minutes)", flush=True)
        fresh = installed(folder)
        print(f"Installed in {time.monotonic() - began:.0f} s", flush=True)
        differ = 0
        for region in regions:
            here, there = assessed(Path(sys.executable), TOP, region), assessed(fresh, folder, region)
            same = here == there
            differ += not same
            sums = " ".join(hashlib.sha256(b).hexdigest()[:16] for b in (here, there))
            print(f"{region}: {len(here):,} bytes, {'identical' if same else 'DIFFERENT'} ({sums})", flush=True)
        return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(REGIONS)))
