"""Rules of the claim guard about status tables, issued credentials and partner status.

`guard_rule` explains the pattern syntax.
"""

from pagetojob.claims.guard_rule import LIVE, MARKETPLACE, REVENUE, SYNC, WEBHOOK, Rule

STATUS: tuple[Rule, ...] = (
    Rule(
        MARKETPLACE,
        "A line of a status table reports that we are approved.",
        "STATUSN COLUMN 1 STATE|ENDORSED|PASS END; APPROVAL|MARKETPLACE COLUMN 1 STATE|ENDORSED|PASS END; "
        "app|partner "
        "REVIEW COLUMN 1 STATE|ENDORSED|PASS END; ALLY COLUMN 1 ENDORSED|active|live END; ALLY 1 since END",
    ),
    Rule(
        LIVE,
        "A line of a status table reports that access exists.",
        "ACCESS|OAUTH COLUMN 1 STATE|ENDORSED|GRANT|valid|production END; tenant|tenants|sandbox|gate|gates COLUMN 1 "
        "STATE|ENDORSED|PASS|CONNECT|AUTHORIZED|open|green END; CONNECT|INTEGRATION|AUTHORIZED COLUMN 1 ST END; ST "
        "COLUMN 1 STATE|CONNECT|AUTHORIZED|ENDORSED END; all|every|each 2 GATEOPEN",
    ),
    Rule(
        SYNC,
        "A line of a status table reports that sync exists.",
        "sync|syncing|synchronization|WRITEBACK|writeback COLUMN 1 STATE|AUTO|BOTHWAYS|production|green END",
    ),
    Rule(
        WEBHOOK,
        "A line of a status table reports that webhooks exist.",
        "HOOK 2 COLUMN 1 STATE|PROCESSED|production|green|healthy END; EVENTS|PRO COLUMN 1 "
        "STATE|PROCESSED|production END",
    ),
    Rule(
        LIVE,
        "Keys were handed to us.",
        "ACCESS 5 GRANT by|from|through 2 ST; ACCESS 4 GRANT 2 to 1 SELF; SELF 5 GRANT 3 ACCESS 4 ST; "
        "SELF|APP 5 CREDENTIALED 5 ST; "
        "CREDENTIALED 2 by|with|at|as 3 ST; ST 4 CREDENTIALED 3 SELF|APP",
    ),
    Rule(
        LIVE,
        "We store or renew keys to a tenant.",
        "OAUTH|ACCESS|refresh 6 tenant|tenants|ST 4 RENEWED; RENEWED 4 OAUTH|ACCESS 5 ST|tenant|tenants; ACCESS "
        "RENEWED 5 ST; ST 2 ACCESS 4 STORED 3 vault|SELF|PRODUCT; vault 3 HOLD|STORED 5 ST|tenant|live; "
        "live|production 1 "
        "ST 1 ACCESS|ACCOUNT 4 STATE|STORED; holds|hold|holding|stores|has|have 2 live|production 1 ST 1 "
        "ACCESS|ACCOUNT",
    ),
    Rule(
        LIVE,
        "Theirs is called native to us.",
        "native|natively 2 ST !USERS; ST 2 native|natively; STRONG 1 ST support|compatibility",
    ),
    Rule(
        MARKETPLACE,
        "We are among their partners.",
        "MEMBER 3 ST 2 MARKETPLACE|program|programme; MEMBER 1 of|in 2 ST; ST 1 MARKETPLACE 1 MEMBER; ST "
        "program|programme MEMBER; SELF 4 MEMBER 5 MARKETPLACE; ENDORSED|let|MEMBER 1 in|into 3 MARKETPLACE",
    ),
    Rule(
        MARKETPLACE,
        "We exhibit at their fair as a partner.",
        "EXHIBIT 9 as 3 CERT|ALLY|MEMBER|ST; EXHIBIT 9 ST 3 PARTNER|ALLY; partner "
        "pavilion|booth|hall|village|row; CERT "
        "APP|PARTNER 5 EXHIBIT",
    ),
    Rule(
        SYNC,
        "Sync has left its beta.",
        "RELEASED 3 sync|integration|WRITEBACK; ST 6 RELEASED; RELEASED 6 ST; sync|WRITEBACK|OAUTH|HOOK 5 RELEASED",
    ),
    Rule(
        SYNC,
        "Bookings are found in their system.",
        "OBJECT 6 SITS 3 TO 3 ST|SYS; OBJECT 5 reach|reaches|reached|meet|meets 2 ST|SYS; OBJECT 3 BE 2 SITS 1 TO 2 "
        "ST|SYS",
        manual=True,
    ),
    Rule(
        SYNC,
        "Whoever opens their system finds the bookings there.",
        "ST 9 OBJECT 2 BE 3 already|there|waiting; ST 9 they|both|two 1 SWAP|FLOW|sync",
        manual=True,
        supplied=True,
        carried=True,
    ),
    Rule(
        REVENUE,
        "Conversions come out of their jobs by themselves.",
        "CONVERSION 7 AUTO|INSTANT 5 ST; AUTO|INSTANT 4 CONVERSION 7 ST; CONVERSION 8 ST 5 AUTO|INSTANT; "
        "CONVERSION 3 "
        "COMES|FLOW 6 ST; ST 6 COMES|FLOW 5 CONVERSION",
    ),
)
