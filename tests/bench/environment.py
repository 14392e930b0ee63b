"""Packages of the peers, pinned, in an environment of their own below target/."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def enter(*packages, wanted=()):
    """Goes on in the environment that has `packages`, or ends the script with a message where they cannot be installed.

    Of the `wanted` ones those that cannot be installed are left out; the script finds out by importing them.
    """
    folder = ROOT / "target" / "peers"
    program = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if pathlib.Path(sys.prefix) == folder:
        return
    stamp = folder / "installed.txt"
    if not stamp.exists() or stamp.read_text() != "\n".join([*packages, *wanted]):
        try:
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
            install = [program, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*install, *packages], check=True)
            for package in wanted:
                if subprocess.run([*install, package, *packages], capture_output=True).returncode != 0:
                    print(f"{package} could not be installed and is left out")
        except (OSError, subprocess.CalledProcessError) as error:
            sys.exit(f"skipped: {' and '.join(packages)} could not be installed ({error})")
        stamp.write_text("\n".join([*packages, *wanted]))
    # One thread each, as the allocator's core has one.
    names = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"]
    environment = os.environ | {name: "1" for name in names} | {"PYTHONDONTWRITEBYTECODE": "1"}
    sys.exit(subprocess.run([program, *sys.argv], env=environment).returncode)
