"""How every form of the house is drawn."""

from django.forms.renderers import TemplatesSetting


class HouseRenderer(TemplatesSetting):
    """Draws fields with `templates/ui/field.html`: label, hint, input, error in words."""

    field_template_name = "ui/field.html"
    form_template_name = "ui/form.html"
