"""What every page drawn with ReportLab shares: typefaces, letterhead, tables, page numbers."""
