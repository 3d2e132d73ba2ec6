"""Forms that detect concurrent edits: each form carries the row's state as it was shown.

If the row changed before the form was submitted, the form is shown again and lists the changes. Edited fields keep the
typed value, untouched fields show the current value, and submitting again saves the row.
"""

from collections.abc import Mapping
from typing import Any, Self, cast

from django import forms
from django.core import signing

from pagetojob.platform.credentials.forms import ReasonForm

_SALT = "titanmap.seen"
#: The state of a form without a valid `seen` value. No row matches it.
_NOTHING = {"nothing": True}
State = Mapping[str, Any]


class SeenForm(ReasonForm):
    """A form for a row. `state` holds the row's current columns as JSON-serializable values; None for a new row.

    `concurrent_changes` lists fields that another person changed. `before` is empty if it is unknown what the form
    showed.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    concurrent_changes: list[dict[str, Any]]

    def __init__(self, *args: Any, state: State | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state, self.concurrent_changes = state, []
        if state is not None:
            self.initial = self.fields_of(state) | {"seen": signing.dumps(state, salt=_SALT, compress=True)}

    def fields_of(self, state: State) -> dict[str, Any]:
        """Return the values of the form's fields for a state."""
        # Not an abstract base class, because Django's form metaclass conflicts with ABCMeta.
        raise NotImplementedError

    def seen_state(self) -> State | None:
        """Return the columns that the form showed, or `_NOTHING` if that is unknown. None for a new row."""
        if self.state is None:
            return None
        try:
            state: State = signing.loads(self.data.get("seen", ""), salt=_SALT)
        except signing.BadSignature:
            return _NOTHING
        return state

    def with_conflicts(self, typed: Self, sentence: str) -> Self:
        """Return this form, which shows the current state, with the input of `typed`, which showed an older state."""
        assert typed.state is not None and self.state is not None
        seen = typed.seen_state() or _NOTHING
        was = typed.fields_of(seen) if set(seen) == set(self.state) else None
        now, data = self.fields_of(self.state), cast("Any", typed.data).copy()
        for name, field in self.fields.items():
            if isinstance(field.widget, forms.HiddenInput):
                data[name] = self.initial[name]
            elif name in now:
                raw = field.widget.value_from_datadict(typed.data, cast("Any", {}), name)
                is_edited = was is None or not _alike(field, was[name], raw)
                if not _alike(field, raw if was is None else was[name], now[name]):
                    sides = {
                        "before": "" if was is None else _shown(field, was[name]),
                        "after": _shown(field, now[name]),
                    }
                    self.concurrent_changes.append({"label": self[name].label, "typed": is_edited} | sides)
                if not is_edited:
                    _put(data, name, now[name])
        self.data, self.is_bound = data, True
        self.add_error(None, sentence)
        return self


def _alike(field: forms.Field, left: Any, right: Any) -> bool:
    """Return whether two values of a field are equal, comparing stored and submitted representations."""
    try:
        return bool(field.to_python(_text(left)) == field.to_python(_text(right)))
    except forms.ValidationError:
        return bool(_text(left) == _text(right))


def _text(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value or ""
    return str(value).replace("\r\n", "\n")


def _shown(field: forms.Field, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = "" if value is None else str(value)
    choices = cast("Any", field).choices if isinstance(field, forms.ChoiceField) else ()
    return str(next((words for key, words in choices if str(key) == text), text)) or "nothing"


def _put(data: Any, name: str, value: Any) -> None:
    if value is None or value is False:
        data.pop(name, None)
    else:
        data[name] = "on" if value is True else str(value)
