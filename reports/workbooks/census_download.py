"""Bringing the public transcription of the county books into the user's cache: both workbooks whole, or an error told."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pooch
import requests
from platformdirs import user_cache_path

# Lei Dong and others, China census by county (MIT), as of this commit.
SOURCE = "https://raw.githubusercontent.com/leiii/census/0ba0f1efae092f4aa6569ef38e53b3bb4d2f0087/data/census/"
SHA256 = {
    "census_county_2010_v1.xlsx": "fccd3f094d1c8b7e404c8453add123826c53bc44cb85c65f6406d8e61f3f5d0b",
    "census_county_2020_v1.xlsx": "04d37df90d4e358c13aac85a76051caab12afa84eca8a3b4f58cf2227ce69f43",
}
_SECONDS = 60  # without a byte, after which a server is given up


def bring(source: str = SOURCE, folder: Path | None = None, sha256: dict[str, str] | None = None) -> list[Path]:
    """The workbooks in a folder of the cache, downloaded where they are not there yet; their hashes agree.

    source: an address that ends before the files' names, or a folder that holds them. Raises ValueError with what failed
    and what to do; a file that is not whole is never left.
    """
    folder = folder or user_cache_path("dabiao") / "census"
    wanted = sha256 or SHA256
    if Path(source).is_dir():
        return [_checked(Path(source) / name, known) for name, known in wanted.items()]
    if "://" not in source:
        raise ValueError(f"{source} is neither a folder nor an address such as https://example.org/census/.")
    address = source if source.endswith("/") else source + "/"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        store = pooch.create(
            path=folder, base_url=address, registry={n: f"sha256:{h}" for n, h in wanted.items()}, allow_updates=True
        )
        pooch.get_logger().setLevel("ERROR")
        return [Path(store.fetch(name, downloader=pooch.HTTPDownloader(timeout=_SECONDS))) for name in wanted]
    except OSError as error:
        raise ValueError(_told(error, address, folder)) from None
    except ValueError as error:
        if "hash" in str(error).lower():
            raise ValueError(
                f"What {address} gives is not the workbook that is known (its SHA-256 differs), so it was not kept. "
                "Another mirror: --from ADDRESS; or name the files on disk: dabiao census FILE FILE."
            ) from None
        raise ValueError(f"{address} is no address that can be read: {error}") from None


def _told(error: OSError, address: str, folder: Path) -> str:
    """A failed download in words."""
    again = "Try again, name a mirror (--from ADDRESS), or the files on disk: dabiao census FILE FILE."
    if isinstance(error, requests.HTTPError):
        return f"{address} answers {error.response.status_code}: the workbooks are not there. {again}"
    if isinstance(error, requests.Timeout):
        return f"{address} did not answer within {_SECONDS} seconds. {again}"
    if isinstance(error, requests.ConnectionError):
        return f"{address} cannot be reached. {again}"
    if isinstance(error, requests.RequestException):
        return f"The download from {address} broke off; nothing of it was kept. {again}"
    if error.errno == errno.ENOSPC:
        free = shutil.disk_usage(folder if folder.is_dir() else folder.parent).free
        return f"{folder} has no room: {free / 1e6:.0f} MB are free. Nothing was kept. {again}"
    return f"{error.filename or folder}: {error.strerror or error}. Nothing was kept."


def _checked(path: Path, known: str) -> Path:
    """A file of a mirror's folder whose hash agrees."""
    if not path.is_file():
        raise ValueError(f"{path.parent} holds no {path.name}.")
    if pooch.file_hash(str(path), alg="sha256") != known:
        raise ValueError(
            f"{path} is not the workbook that is known: its SHA-256 differs. To use it all the same: dabiao census {path}"
        )
    return path
