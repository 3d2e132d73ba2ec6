from .exports import ExportPart, TenantExport
from .holds import LegalHold, PurgeReceipt, RetentionPeriod
from .offboarding import OffboardedTable, Offboarding
from .subjects import SubjectKind, SubjectMatch, SubjectRequest
