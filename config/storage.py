"""Static files in production: compressed, named by their content, modules included."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Hashed names also inside `import "./x.js";` (Django does it only on demand, and needs the semicolon)."""

    support_js_module_import_aggregation = True
    manifest_strict = False
