"""Figures as rows of the specification: a call says what is drawn; each registered figure is a file here."""

from results.figures import cumulative as cumulative
from results.figures import flow as flow
from results.figures import forest as forest
from results.figures import survival as survival
from results.figures import swimmer as swimmer
from results.figures.draw import check, draw, drawn, pages
from results.figures.flow import counts
from results.figures.picture import Drawn
from results.figures.registry import FIGURES
from results.figures.style import get_ready, typographic

__all__ = ["FIGURES", "Drawn", "check", "counts", "draw", "drawn", "get_ready", "pages", "typographic"]
