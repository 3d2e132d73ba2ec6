"""The order in which items are sent, and in which people work on them: by the urgency of the request."""

PRIORITIES = {"emergency": 1, "soon": 5, "flexible": 7}
#: A suspected request comes last until a person clears the suspicion.
PRIORITY_SUSPECTED = 9
URGENCY_LABELS = {1: "Emergency", 5: "Soon", 7: "No hurry", PRIORITY_SUSPECTED: "Suspected"}


def urgency_label(priority: int, *, is_given: bool) -> str:
    """Return the label of a priority. A request whose visitor gave no urgency has the priority of `soon`."""
    return "Not given" if priority == PRIORITIES["soon"] and not is_given else URGENCY_LABELS.get(priority, "")
