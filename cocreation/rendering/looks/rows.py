"""What a row of the end roll says, for every style. PURE but for the width of letters."""

SIZES = ((1.0, 3), (0.86, 4), (0.74, 6))  # of the wished size, and how many lines


def code_of(text) -> tuple[str, str]:
    """`("KITE", "补丁小队")` of "KITE  补丁小队"; the first is empty where there is no code."""
    code, between, name = text.partition("  ")
    return (code, name) if between else ("", text)


def joined(line) -> str:
    """The people of a row, with the commas of their language."""
    names = line[1:]
    return ("、" if any("\u4e00" <= char <= "\u9fff" for name in line for char in name) else ", ").join(names)


def people(sheet, text, size, room) -> tuple[list[str], float]:
    """`(lines, size)`: smaller before anybody is cut."""
    lines, found = [text], size
    for factor, most in SIZES:
        found = size * factor
        lines = sheet.wrapped(text, found, room, most)
        if not lines[-1].endswith("…"):
            break
    return lines, found
