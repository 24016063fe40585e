"""One item over time as a drawing: the layout is counted once, then written as SVG on a page or as PNG in the chat."""
