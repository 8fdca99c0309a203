"""
Fetch the packages that the data are built from, by their registries' ordinary clients.

Every package is pinned by version and by the SHA-256 of its whole file; a file with any other
checksum is refused. Anything that goes wrong is one `BuildError` with one clear message.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


class BuildError(Exception):
    """The data cannot be built; the message says what is needed, what was found, what to do."""


class ChecksumError(BuildError):
    """A file is not the one that was pinned."""


@dataclass(frozen=True)
class Package:
    """One file of one package in a registry ("PyPI" or "npm"), pinned by its checksum."""

    registry: str
    name: str
    version: str
    file: str
    sha256: str
    retrieved: str

    def record(self) -> dict[str, str]:
        """Return what the registry of the data keeps of this package."""
        return {
            "package": self.name,
            "registry": self.registry,
            "version": self.version,
            "file": self.file,
            "sha256": self.sha256,
        }


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_sha256(path: Path, package: Package) -> Path:
    """Return the path if the file is the pinned one; raise `ChecksumError` otherwise."""
    found = sha256_of(path)
    if found != package.sha256:
        message = (
            f"{package.file} must have SHA-256 {package.sha256}, but {path} has {found}. "
            f"Delete that file and fetch {package.name} {package.version} from {package.registry} "
            "again; nothing was written."
        )
        raise ChecksumError(message)
    return path


def _client_command(package: Package, folder: Path) -> list[str]:
    """Return the command line that fetches a package into a folder."""
    if package.registry == "PyPI":
        if importlib.util.find_spec("pip"):
            client = [sys.executable, "-m", "pip"]
        elif found := shutil.which("pip"):
            client = [found]
        else:
            raise BuildError(_missing_client("pip", package))
        wanted = f"{package.name}=={package.version}"
        options = ["--no-deps", "--only-binary=:all:", "--quiet", "--dest", str(folder)]
        return [*client, "download", *options, wanted]
    if package.registry == "npm":
        found = shutil.which("npm")
        if found is None:
            raise BuildError(_missing_client("npm", package))
        options = ["--loglevel=error", "--ignore-scripts", "--pack-destination", str(folder)]
        return [found, "pack", *options, f"{package.name}@{package.version}"]
    raise BuildError(f"A registry must be 'PyPI' or 'npm', but {package.registry!r} was given.")


def _missing_client(client: str, package: Package) -> str:
    return (
        f"{client} is needed to fetch {package.name} {package.version} from {package.registry}, "
        f"but no {client} was found. Install {client}, or put {package.file} into a folder and "
        "name it with --inputs."
    )


def fetch(package: Package, scratch: Path, *, folder: Path | None = None) -> Path:
    """
    Return the path of a package's file, its checksum verified.

    Parameters
    ----------
    package : Package
        What to fetch.
    scratch : Path
        An existing folder to download into.
    folder : Path, optional
        Folder that already holds the file. With it nothing is downloaded.

    Raises
    ------
    BuildError
        If the file is not in `folder`, or its client is missing or fails.
    ChecksumError
        If the file is not the pinned one.
    """
    if folder is not None:
        path = folder / package.file
        if not path.is_file():
            message = (
                f"--inputs must hold {package.file}, but {folder} has no such file. Fetch "
                f"{package.name} {package.version} from {package.registry}, or leave --inputs out."
            )
            raise BuildError(message)
        return check_sha256(path, package)
    command = _client_command(package, scratch)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    path = scratch / package.file
    if done.returncode != 0 or not path.is_file():
        lines = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()
        said = "; ".join(line.strip() for line in lines[:4])
        message = (
            f"{package.name} {package.version} could not be fetched from {package.registry}: "
            f"the client ended with code {done.returncode} and said: {said}. Try again, or put "
            f"{package.file} into a folder and name it with --inputs."
        )
        raise BuildError(message)
    return check_sha256(path, package)


def read_member(archive: Path, member: str) -> bytes:
    """Return the content of one member of a gzipped tarball."""
    with tarfile.open(archive, "r:gz") as opened:
        try:
            stream = opened.extractfile(member)
        except KeyError:
            stream = None
        if stream is None:
            raise BuildError(f"{archive.name} must hold the file {member}, but has none.")
        return stream.read()


def unzip(archive: Path, target: Path) -> Path:
    """Unpack a wheel into a folder and return the folder."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(target)
    return target


def require_version(distribution: str, version: str) -> None:
    """Raise `BuildError` unless exactly this version of a Python package is installed."""
    try:
        found = importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        found = None
    if found != version:
        message = (
            f"{distribution} {version} is needed to decode the boundary data, but "
            f"{'none' if found is None else found} is installed. Install it with: "
            f"pip install {distribution}=={version}"
        )
        raise BuildError(message)


@contextmanager
def replaced_folder(target: Path) -> Iterator[Path]:
    """
    Give a new folder beside `target` that takes its place when the block ends without an error.

    After an error the new folder is gone and `target` is as it was.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_name(f".{target.name}.new-{os.getpid()}")
    old = target.with_name(f".{target.name}.old-{os.getpid()}")
    new.mkdir()
    try:
        yield new
        if target.exists():
            target.rename(old)
        try:
            new.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
    finally:
        shutil.rmtree(new, ignore_errors=True)
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
