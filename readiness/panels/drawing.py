"""Template and stylesheets shared by the diagram panels."""

TEMPLATE = "readiness/panels/drawing.html"
STYLES: tuple[str, ...] = ("readiness-tools.css",)
