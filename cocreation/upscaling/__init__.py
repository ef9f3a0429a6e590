"""Larger pictures: one interface, five ways. The quick one is always there; a self-test chooses among the others."""

from cocreation.upscaling.choice import BACKENDS, Unfit, choose, doubt, known, minutes, verdict
from cocreation.upscaling.engine import upscale

__all__ = ["BACKENDS", "Unfit", "choose", "doubt", "known", "minutes", "upscale", "verdict"]
