"""How forms are drawn: after a refused form the first field that is wrong has the focus."""

from __future__ import annotations

from typing import Any

from django.forms import BoundField
from django.forms.renderers import DjangoTemplates
from django.forms.widgets import Widget


class FocusedField(BoundField):
    """A group of choices is left out: `autofocus` may stand on one element only."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: Widget | None = None) -> dict[str, Any]:
        built: dict[str, Any] = super().build_widget_attrs(attrs, widget)
        if self.errors and not self.use_fieldset and self.name == _first_wrong(self):
            built["autofocus"] = True
        return built


def _first_wrong(field: BoundField) -> str:
    visible = field.form.visible_fields()
    return next((other.name for other in visible if other.errors), "")


class Renderer(DjangoTemplates):
    bound_field_class = FocusedField
