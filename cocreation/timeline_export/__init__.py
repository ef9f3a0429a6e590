"""The plan for cutting programs: OTIO, Final Cut Pro 7 XML (Premiere), FCPXML 1.10, EDL; and an edited OTIO back.

All of them tell the same story: shots of 30 frames a second with relative paths, dissolves centred on the cut, beats as
markers. Pure: a Timeline and names of files in, text out.
"""

from cocreation.timeline_export.edl import edl
from cocreation.timeline_export.fcpxml import fcpxml
from cocreation.timeline_export.naming import Media, Reel
from cocreation.timeline_export.otio import fcp7, otio
from cocreation.timeline_export.returning import NotOurs, Returned, read, version_of

__all__ = ["Media", "NotOurs", "Reel", "Returned", "edl", "fcp7", "fcpxml", "otio", "read", "version_of"]
