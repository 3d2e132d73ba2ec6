"""All rules of the claim guard. `guard_rule` explains their syntax; `guard_words` defines the word classes."""

from pagetojob.claims.guard_rule import Rule
from pagetojob.claims.guard_rules_near import NEAR
from pagetojob.claims.guard_rules_proof import PROVING
from pagetojob.claims.guard_rules_standing import STANDING
from pagetojob.claims.guard_rules_status import STATUS
from pagetojob.claims.guard_rules_sync import MOVING

__all__ = ["RULES", "Rule"]

RULES: tuple[Rule, ...] = (*STANDING, *STATUS, *MOVING, *PROVING, *NEAR)
