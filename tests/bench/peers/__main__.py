"""`python3 -m peers`: times the peers. Installs them once, pinned, in an environment of their own below target/."""

import os
import pathlib
import subprocess
import sys

PACKAGES = ["numpy==2.2.6", "polars==1.35.2"]
ROOT = pathlib.Path(__file__).resolve().parents[3]
FOLDER = ROOT / "target" / "peers"


def python():
    """The interpreter that has the packages, or None with a message."""
    program = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = FOLDER / "installed.txt"
    if stamp.exists() and stamp.read_text() == "\n".join(PACKAGES):
        return program
    try:
        subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], check=True)
        subprocess.run([str(program), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"skipped: {' and '.join(PACKAGES)} could not be installed ({error})")
        return None
    stamp.write_text("\n".join(PACKAGES))
    return program


if __name__ == "__main__":
    program = python()
    if program is not None:
        # One thread each, as the allocator's core has one.
        names = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"]
        environment = os.environ | {name: "1" for name in names}
        script = str(pathlib.Path(__file__).parent / "blend.py")
        sys.exit(subprocess.run([str(program), script, str(ROOT)], env=environment).returncode)
