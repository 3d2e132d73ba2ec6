from .links import (
    COUNTED,
    DECISIVE,
    DEFAULT_WINDOW_DAYS,
    ESTIMATE,
    LINK,
    Estimate,
    Label,
    Link,
    LinkRun,
    LinkSettings,
    ReviewDecision,
    Verdict,
    current_decisions,
    finished_runs,
    interrupted_runs,
)
from .outcomes import (
    CURRENCY,
    Invoice,
    Job,
    OutcomeBooking,
    OutcomeCustomer,
    OutcomeFile,
    OutcomeKind,
    OutcomeRow,
    Payment,
)
from .statements import NOTHING_BEFORE, Packet, PacketDigest, PacketFile, PacketPart, Restatement, Sealed, Statement
