"""Pages to go to, by what a person may do."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import Ability


@dataclass(frozen=True)
class Command:
    """A page without a row. `words` are other words for it; `ability` None is for everyone who is signed in."""

    title: str
    route: str
    ability: Ability | None = Ability.VIEW_QUEUE
    words: str = ""
    query: str = ""

    def matches(self, words: list[str]) -> bool:
        """Return whether each word begins a word of the command."""
        own = f"{self.title} {self.words}".casefold().split()
        return all(any(part.startswith(word) for part in own) for word in words)

    def url(self) -> str:
        """Return its address, or an empty text if this installation does not have the page."""
        try:
            return reverse(self.route) + self.query
        except NoReverseMatch:
            return ""


COMMANDS = (
    Command("Queue", "ops:list", words="operations items list home"),
    Command("Queue: blocked items", "ops:list", query="?state=blocked"),
    Command("Queue: items that need review", "ops:list", words="needs", query="?state=needs+review"),
    Command("Queue: unknown outcomes", "ops:list", query="?state=unknown"),
    Command("Queue: not notified in time", "ops:list", words="untold late", query="?untold=yes"),
    Command("Alarms", "core:ops-alarms", words="health incidents"),
    Command("On-call schedule", "core:ops-on-call", words="oncall shift"),
    Command("Runbooks", "core:ops-runbooks", words="drills practice"),
    Command("Lanes", "ops:lanes", words="breaker pause rate"),
    Command("Charts", "ops:charts", words="throughput failures"),
    Command("Notices", "ops:notices", words="emails texts messages"),
    Command("Bulk runs", "ops:runs", words="progress undo"),
    Command("Webhook inbox", "ops:inbox", words="events quarantine"),
    Command("Webhook keys", "ops:inbox-keys", words="rotate"),
    Command("Contractors", "onboarding:list", Ability.VIEW_CONTRACTORS, "tenants customers health"),
    Command("New contractor", "onboarding:new", Ability.SET_UP, "add tenant customer set up"),
    Command("Domains", "domains:list", Ability.VIEW_CONTRACTORS, "dns certificates"),
    Command("Drift", "drift:board", words="findings website readings"),
    Command("Titan Maps", "titanmap:list", words="services zones offers pages"),
    Command("Attribution", "attribution:list", words="outcomes revenue links packets statements"),
    Command("Gates", "gates:list", words="flags evidence features"),
    Command("Connections", "connections:list", words="servicetitan oauth scopes"),
    Command("App versions", "versions:list", words="scopes"),
    Command("Sandbox validation", "sandbox:list", words="cases runs"),
    Command("External facts", "facts:list", words="servicetitan hosts"),
    Command("Retention", "retention:list", words="holds purge periods"),
    Command("Audit log", "core:ops-audit", Ability.READ_AUDIT, "history who"),
    Command("Drills of the simulator", "demo:drills", words="rehearse errors"),
    Command("Your account and security", "accounts:security", None, "password passkey second factor sign out"),
    Command("Readiness pack", "readiness:landing", None, "public claims api"),
)


def commands_for(actor: User) -> list[tuple[Command, str]]:
    """Return the commands that a person may use, each with its address."""
    allowed = [command for command in COMMANDS if command.ability is None or actor.can(command.ability)]
    return [(command, url) for command in allowed if (url := command.url())]
