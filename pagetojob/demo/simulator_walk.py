"""Demo steps that hand off a booking to the ServiceTitan simulator. Used by `make demo`."""

from collections.abc import Callable, Iterator

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from pagetojob.servicetitan.accounts import own_account

from .switch import NotPossible, switch_off, switch_on
from .walk import OPERATOR, StepFailed, Walk, need

LABEL = "nothing here is ServiceTitan"


class SimulatorWalk(Walk):
    """The main steps with the gate closed, then a second request with the simulator open, and closed again."""

    def steps(self) -> Iterator[tuple[str, Callable[[], str]]]:
        yield from super().steps()
        yield "The demo switch connects the demo to the simulator", self.open_it
        yield "Another homeowner submits the request form", self.send_another
        yield "The booking is handed off to the simulator", self.see_delivered
        yield "Every screen shows the simulator label", self.see_label
        yield "The demo switch disconnects it again", self.shut_it

    def open_it(self) -> str:
        try:
            opened = switch_on(tenant=self.tenant, account=own_account(), actor=_operator())
        except NotPossible as error:
            raise StepFailed(str(error)) from error
        return f"{opened.api}, account {opened.connection.servicetitan_tenant}, {opened.ids} ids set in the map"

    def send_another(self) -> str:
        self.message = "The fan runs, and the air stays warm."
        return self.send_form()

    def see_delivered(self) -> str:
        self._wait_for("booking_request", "delivered")
        with scope.worker():
            item = self._lead().sync_items.get(kind="booking_request")
        need(item.sent_to == "stand-in", f"it was sent to {item.sent_to!r}")
        return f"booking {item.external_id} under our reference {self._lead().reference}, {item.attempts} attempt"

    def see_label(self) -> str:
        for who, path in ((self.visitor, f"/sites/{self.tenant.slug}/"), (self.operator, "/ops/")):
            need(LABEL in who.fetch(path)[1], f"{path} does not show it")
        return "on the demo site and in operations"

    def shut_it(self) -> str:
        return f"receipt {switch_off(tenant=self.tenant, actor=_operator()).receipt}"


def _operator() -> User:
    return User.objects.get(email=OPERATOR)
