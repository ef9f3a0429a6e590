"""From a timeline to a film: pieces by content, cards, sound, one file. Knows no database; all ffmpeg is `media.ffmpeg.call`."""
