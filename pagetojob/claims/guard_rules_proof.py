"""Rules of the claim guard about webhooks and revenue attribution. `guard_rule` explains the pattern syntax."""

from pagetojob.claims.guard_rule import REVENUE, WEBHOOK, Rule

PROVING: tuple[Rule, ...] = (
    # ---- Webhooks
    Rule(
        WEBHOOK,
        "Webhooks or their events cause an action.",
        "HOOK 5 TRIGGER; PRO 3 EVENTS|OBJECT 4 TRIGGER; ST 2 EVENTS 4 TRIGGER; TRIGGER 6 by 2 HOOK; EVENTS 1 "
        "from|in|of 2 ST|PRO 3 TRIGGER; EVENTS FEED 2 from 2 ST|PRO",
    ),
    Rule(
        WEBHOOK,
        "We receive webhooks or their events.",
        "PROCESS 4 HOOK; PROCESS 4 PRO|ST 2 EVENTS; HOOK 3 PROCESSED; PRO 2 EVENTS 4 PROCESSED; fires 4 PRO; PRO 3 "
        "fires|sends; PROCESS 3 PRO 2 OBJECT; ST 2 EVENTS 4 PROCESSED",
    ),
    Rule(
        WEBHOOK,
        "Webhooks or events are praised.",
        "INSTANT 3 HOOK; HOOK 4 INSTANT; TRIGGER 5 from 2 PRO; BOTHWAYS 1 PRO|EVENTS",
    ),
    Rule(
        WEBHOOK,
        "They tell us.",
        "ST|PRO 1 tells|notifies|pings|alerts|informs 1 SELF; ST 4 PRODUCT knows",
    ),
    Rule(
        WEBHOOK,
        "Webhooks by name.",
        "HOOK !META; event processing; PRO 2 EVENTS; HOOK 3 PRO",
        topic=True,
    ),
    # ---- Revenue
    Rule(
        REVENUE,
        "Money is followed from the first click to the paid job.",
        "AD 1 to|through 3 BILL; AD 5 became|becomes|turned|turns|made|produced 3 BILL; from 1 AD 1 to 2 BILL; which "
        "AD 4 MAKES 4 BILL|ST; which AD 1 pay|pays; MONEY 5 AD|page 2 MAKES; AD 6 BILL 4 all FROM 2 ST",
        supplied=True,
    ),
    Rule(
        REVENUE,
        "Money figures come out of their system.",
        "MONEY 6 COMES 6 FROM|in|with|by|to 4 ST; COMES 5 MONEY 6 FROM|with|in|using|by 4 ST; MONEY 4 TRACK 6 ST; "
        "TRACK 3 MONEY 8 ST; SHOW 5 ST 2 BILL|MONEY; full|true|complete MONEY 6 ST; live MONEY "
        "numbers|figures|reports|dashboard; BILL 2 ST 4 TRACK 5 AD; COMES 6 FROM 2 ST 2 BILL; TRACK|COMES 3 "
        "FROM|on|with live 1 ST; MONEY 8 INSTANT FROM 3 BILL; ST 2 BILL 6 COMES; ST BILL 1 tell|show|prove; "
        "live|BOTHWAYS 1 MONEY 4 FROM 3 ST",
        supplied=True,
    ),
    Rule(
        REVENUE,
        "Each dollar or ad is tied to a paid job.",
        "every|each|all 5 MONEY|AD 4 TRACK 5 BILL|ST|AD; TRACK 3 AD 5 BILL 3 ST; REAL MONEY 5 ST; TRACK 4 BILL 4 "
        "to|with|back 3 AD; AD 5 TRACK 6 ST 2 BILL; every|each 1 BILL 3 TRACK 5 AD|WEBPAGE",
        supplied=True,
    ),
    Rule(
        REVENUE,
        "The loop is closed.",
        "close|closes|closed|closing the loop; true|real LOOP",
    ),
    Rule(
        REVENUE,
        "Closed-loop revenue by name.",
        "LOOP 2 LOOPN !META; LOOP; live 1 MONEY; MONEY attribution !META",
        topic=True,
        supplied=True,
    ),
    Rule(
        WEBHOOK,
        "They send and we get.",
        "ST|PRO 1 SENDS 2 SELF; ST|PRO 1 SENDS 3 EVENTS; SELF|PRODUCT 2 "
        "listen|listens|listening|react|reacts|subscribe|subscribes 2 to 3 PRO|EVENTS; PRO 10 SELF|PRODUCT 3 PROCESS "
        "3 EVENTS",
    ),
    Rule(
        WEBHOOK,
        "Events in Scheduling Pro are seen here at once.",
        "PRO 4 SELF|PRODUCT 2 HEARS; PRO 8 PRODUCT 6 AUTO|INSTANT; PRO 8 INSTANT|AUTO; PRO 4 MOVE 4 PRODUCT",
        manual=True,
    ),
    Rule(
        REVENUE,
        "The loop is closed, or a page earned money.",
        "loop 1 BE 1 closed; SELF 1 SHOW 4 BILL 5 AD|WEBPAGE 2 MAKES; each|every|which|what 3 AD|WEBPAGE 2 MAKES 7 "
        "BILL; SELF 1 read|reads|pull|pulls 2 BILL; TRACK|COMES 3 MONEY 3 from|with|by|using 1 live|real",
        supplied=True,
    ),
    Rule(
        WEBHOOK,
        "The page knows what dispatch does.",
        "page|PRODUCT 3 TRIGGER|HEARS 3 when|whenever 1 PRO; dispatch 8 page|PRODUCT 1 HEARS; TRIGGER|FLOW|PROCESSED "
        "1 by 2 PRO|HOOK",
        manual=True,
    ),
    Rule(
        REVENUE,
        "Live invoices, or leads tied to jobs by themselves.",
        "live BILL 1 data|numbers|figures; SELF 1 TRACK 3 AD 5 AUTO; ST 1 MONEY 3 live",
        supplied=True,
    ),
)
