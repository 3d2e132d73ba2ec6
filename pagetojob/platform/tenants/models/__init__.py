"""People, tenants, and the base classes of the models of all apps."""

from .base import Created, Identified, TenantForeignKey, TenantOwned
from .business import BusinessProfile, LegalKind, LegalText, Logo, Trade
from .recipients import NoticeChannel, NoticeRecipient
from .sites import HostKind, PublicHost, SiteKey, SiteOrigin
from .tenant import Membership, PreviewLink, StateChange, Tenant
from .user import FIRST_ADMINS, User, UserManager, validate_time_zone
