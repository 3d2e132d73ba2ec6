from .estimates import ESTIMATE, Estimate
from .links import (
    COUNTED,
    DECISIVE,
    DEFAULT_WINDOW_DAYS,
    LINK,
    Label,
    Link,
    LinkRun,
    LinkSettings,
    ReviewDecision,
    Verdict,
    current_decisions,
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
from .packets import Packet, PacketDigest, PacketFile, PacketPart
from .statements import NOTHING_BEFORE, Restatement, Sealed, Statement
