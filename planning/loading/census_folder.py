"""The folder that `dabiao census` fills, and when it is laid over the shipped data without being named."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_data_path

from planning.errors import NotKnown
from planning.loading.folder import load_catalogue


def census_folder() -> Path:
    """Where the regions of the census lie in the user's own folder."""
    return user_data_path("dabiao") / "census"


def folder_for(region: str, data: str | None) -> str | None:
    """The data folder that an answer for a region needs: the one named; else none where the shipped data has a base
    population of the region, or the census folder where that one knows it. So what the shipped data answers by itself never
    depends on the user's folders.
    """
    folder = census_folder()
    if data is not None or not folder.is_dir():
        return data
    shipped = load_catalogue()
    try:
        found = shipped.find(region)
        if any(table.region == found.code for table in shipped.censuses):
            return None
        region = found.key
    except NotKnown:
        pass
    try:
        load_catalogue(folder).find(region)
    except NotKnown:
        return None
    return str(folder)
