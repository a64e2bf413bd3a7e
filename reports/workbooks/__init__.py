"""Figures of one's own, in and out: the Excel workbook, the census files, overlays, the fictional country."""
