"""Static files in production: compressed, named by their content, modules included."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Hashed names also inside `import "./x.js";` (Django does it only on demand, and needs the semicolon)."""

    support_js_module_import_aggregation = True
    manifest_strict = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._urls: dict[str, str] = {}

    def url(self, name, force=False):
        """The manifest is read once, and so is each name: a page asks for about thirty."""
        if name not in self._urls:
            self._urls[name] = super().url(name, force)
        return self._urls[name]
