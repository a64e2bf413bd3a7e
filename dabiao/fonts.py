"""The font that charts are written with: Noto Sans SC, which a wheel carries, so that Chinese is legible everywhere."""

from __future__ import annotations

from pathlib import Path


def chinese_font() -> str:
    """The name of Noto Sans SC, made known to matplotlib. Raises FileNotFoundError where the wheel holds no font.

    >>> chinese_font()
    'Noto Sans SC'
    """
    import pylopdf_fonts_zh_cn
    from matplotlib import font_manager

    folder = Path(pylopdf_fonts_zh_cn.__file__).parent
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".otf", ".ttf", ".ttc") and "Sans" in p.name)
    if not files:
        raise FileNotFoundError(f"No Noto Sans SC font was found in {folder}; install pylopdf-fonts-zh-cn again.")
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for file in files:
        if str(file) not in known:
            font_manager.fontManager.addfont(str(file))
    return font_manager.FontProperties(fname=str(files[0])).get_name()
