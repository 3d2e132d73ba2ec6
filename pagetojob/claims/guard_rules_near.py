"""Wide rules of the claim guard: words that no known honest sentence contains near each other without a shield.

Derived by counting over all honest and overclaiming test sentences, and selected for plausibility. `guard_rule`
explains the pattern syntax.
"""

from pagetojob.claims.guard_rule import LIVE, MARKETPLACE, REVENUE, SYNC, WEBHOOK, Rule

NEAR: tuple[Rule, ...] = (
    Rule(
        MARKETPLACE,
        "A word of endorsement near their name, and near us.",
        "SELF 5 ENDORSED 5 ST !USERS; ST 2 ENDORSES 5 SELF; CERT 5 ST 5 PARTNER !META; SELF 2 APPROVAL !META; PARTNER "
        "5 ENDORSED 5 ST !USERS; PARTNER 2 ST 2 APPROVAL !META; SELF 5 CERT 5 PARTNER; APP 5 APPROVALISH !META; "
        "ENDORSED 2 INTEGRATION !META; ALLIED 5 ST !USERS; CERT 5 ST 5 USERS; SELF 6 ST 2 MARKETPLACE !META; SELF 5 "
        "ST 5 ALLY !META; APPROVAL 5 ST 5 STATE; ST 5 APPROVAL 5 STATE; ST 2 MARKETPLACE 5 SELF; OURS 5 MARKETPLACE "
        "!META; ST 2 APPROVALISH !META",
        manual=True,
        supplied=True,
        wide=True,
    ),
    Rule(
        LIVE,
        "A word of connection near their name.",
        "CONNECT 2 JOIN 2 ST !USERS; CONNECT 2 ST !USERS; STRONG 5 INTEGRATION !META; ST 2 CONNECT 4 SELF|PRODUCT; "
        "ST 5 AUTHORIZED; SELF 5 ST 5 ACCOUNT !USERS; ST 5 LETS 5 SELF; SELF 5 ST 5 "
        "ACCESS !META; ST 5 ACCESS 5 STATE; OAUTH 5 STATE; OURS 2 INTEGRATION !META; JOIN 3 ST 3 ACCOUNT 4 SELF; "
        "vault|PRODUCT 2 HOLD 4 ST 1 ACCESS; ST 1 ACCOUNT 2 works 2 SELF|PRODUCT",
        manual=True,
        supplied=True,
        wide=True,
    ),
    Rule(
        SYNC,
        "A word of moving or of speed near their name.",
        "COMES 2 ST !USERS; SYNCN 3 ST 4 AUTO|INSTANT; AUTO 5 OBJECT 5 ST; OBJECT 5 ST 5 SELFDOING; OBJECT 5 MAKES 5 "
        "ST; LESS 5 OBJECT 5 ST; TO 5 ST 5 AUTO; AUTO 5 ST !USERS; OBJECT 5 ST 5 INSTANT; OBJECT 5 TO 2 SYS; "
        "SELF|PRODUCT 5 TO 2 SYS; FLOW 5 TO 5 ST !USERS; OBJECT 2 MOVE 2 ST; PULL 5 PLACE 5 ST !USERS; BOTHWAYS 5 ST "
        "!USERS; ST 2 SEES 3 OBJECT; ST 6 by 1 SELF; ST 5 ENTER 5 SELF; OBJECT 5 SYNCN 5 ST; MANY 5 MOVE 5 ST; "
        "PRODUCT 5 ST 5 OBJECT; ST 5 TRIGGER 5 INSTANT; ST 6 MOVE 6 AUTO|INSTANT; RETYPING 5 ST; STATE 2 TO 2 ST "
        "!USERS; ST 5 OBJECT 5 AUTO; SELF 5 PULL 5 ST !USERS; MOVE 5 OBJECT 5 ST; ST 5 FILL; ENTER 5 MANY 5 ST; ST 5 "
        "INSYNC; ST 5 SELF 5 INSTANT; ST 5 OBJECT 5 TO 3 PRODUCT",
        manual=True,
        supplied=True,
        wide=True,
    ),
    Rule(
        SYNC,
        "A word of sync near one of speed, or of doing it by itself.",
        "STRONG 5 SYNCN 5 STATE; PRICES 5 INSYNC; MANY 2 INSYNC; TWOWAY 5 OBJECT 5 SYNCN !META; INSYNC 5 SELFDOING; "
        "FLOW 5 SELFDOING; OBJECT 5 SYNCN 5 AUTO; SELF 5 FLOW 5 OBJECT; FLOW 5 OBJECT 5 AUTO",
        manual=True,
        supplied=True,
        wide=True,
    ),
    Rule(
        WEBHOOK,
        "Webhooks or Scheduling Pro near us, or near what they set off.",
        "SELF 5 HOOK !META|endpoint|endpoints|receiver|code; PRO 5 TRIGGER; PRO 5 INSTANT; HOOK 5 PULL; PRO 5 HEARS; "
        "HOOK 5 INSTANT; HOOK 2 TRIGGER; PROCESS 2 ST 2 EVENTS; EVENTS 3 ST|PRO 4 PROCESSED; EVENTS 4 PROCESSED 4 "
        "INSTANT|AUTO; HOOK 5 PROCESSED; HOOK 4 registered 3 ST; respond|responds|react|reacts|listen|listens 1 to 2 "
        "ST|PRO; INSTANT 5 PRO; PRO 5 PROCESSED; SELF 5 PRO !META; ST 5 TRIGGER 5 OURS; PRO 5 OURS",
        manual=True,
        supplied=True,
        wide=True,
    ),
    Rule(
        REVENUE,
        "Money near their name, or followed to it.",
        "BILL 2 ST; SELF 5 AD 5 ST; BILL 5 TRACK 5 OBJECT; INSTANT 2 BILL; ST 5 BILL; LOOP 2 STATE; TRACK 5 ST 5 "
        "OBJECT; MONEY 5 TRACK 5 INSTANT; BILL 5 AD|WEBPAGE 5 MAKES; TRACK 5 AD 5 ST; LOOP 2 TRACK; "
        "MONEY 5 ST; AD 5 AD 5 BILL; ST 5 MONEY",
        manual=True,
        supplied=True,
        wide=True,
    ),
)
