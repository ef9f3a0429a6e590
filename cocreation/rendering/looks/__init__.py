"""How the three styles draw their cards: the departure board, the night train, the ticket. One module each.

Each has the same words: `GROUND` and `INKS` of the end roll, `title(sheet, words)`, `strip(canvas, words)`, and for the roll
`begin(sheet, tall)`, `heading(sheet, text, y)`, `row(sheet, line, y)`, `end(sheet, y)`, which tell where the next one begins.
"""
