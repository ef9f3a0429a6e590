"""Larger pictures: one interface, five ways. The quick one is always there; a self-test chooses among the others."""

from cocreation.upscaling.choice import BACKENDS, VALID, Unfit, choose, doubt, known, verdict
from cocreation.upscaling.engine import upscale

__all__ = ["BACKENDS", "VALID", "Unfit", "choose", "doubt", "known", "upscale", "verdict"]
