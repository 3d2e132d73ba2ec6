"""What the panels with a drawing share."""

TEMPLATE = "readiness/panels/drawing.html"
STYLES: tuple[str, ...] = ("readiness-tools.css",)
