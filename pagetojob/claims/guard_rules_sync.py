"""Rules of the claim guard about automatic sync. `guard_rule` explains the pattern syntax."""

from pagetojob.claims.guard_rule import SYNC, Rule

MOVING: tuple[Rule, ...] = (
    # ---- Automatic sync
    Rule(
        SYNC,
        "Data flows into their system automatically.",
        "FLOW 6 TO 4 ST|SYS; hand|hands|handed|handing 3 off|over 1 TO 2 ST|SYS",
        manual=True,
    ),
    Rule(
        SYNC,
        "We, or bookings, get into their system.",
        "MANY 3 sync 4 TO 4 ST|SYS; SELF 3 sync 6 TO 4 ST|SYS; sync 1 your|OBJECT 5 TO 4 ST|SYS; OBJECT 6 MOVE 5 TO "
        "4 ST|SYS; MOVE 4 OBJECT 5 TO 4 ST|SYS; SELF|PRODUCT 5 MOVE 6 TO 4 ST|SYS; OBJECT 5 BE TO 1 ST|SYS; from 3 "
        "PRODUCT 2 to 3 ST|SYS; FLOW|MOVE 2 between 6 ST|SYS; ST and 2 PRODUCT|SELF 1 exchange|share|trade|swap; "
        "OBJECT|PRODUCT 2 ARROW 2 ST|SYS; OBJECT 1 BE already|now|right|waiting|there TO 1 ST|SYS; OBJECT 8 TO 3 "
        "ST|SYS 5 SELFDOING|INSTANT; SELFDOING 6 OBJECT 6 TO 3 ST|SYS",
        manual=True,
    ),
    Rule(
        SYNC,
        "Entering is a person's work, unless our product does it or no person has to.",
        "SELF|PRODUCT 3 ENTER 7 TO 4 ST|SYS; PRODUCT 5 RETYPING 3 TO 2 ST|SYS; AUTO|INSTANT 4 ENTER 5 TO 4 ST|SYS; "
        "ENTER 6 TO 4 ST|SYS 6 AUTO|INSTANT; LESSWORK 7 ENTER 6 TO 4 ST|SYS; ENTER 6 TO 4 ST|SYS 2 by 1 SELF",
        manual=True,
    ),
    Rule(
        SYNC,
        "We fill or update their system.",
        "FILL 2 ST|SYS; ST|SYS 1 FILL|ENTER SELFDOING|itself|themselves; ST BE 2 updated|filled|current; ST|SYS 5 "
        "INSYNC; INSYNC 3 with 3 ST|SYS; PRICES 5 INSYNC 3 ST; ST 1 AND 2 changes|updates|follows|appears; changes 1 "
        "in 2 ST 3 show|appear|reach; ST knows; keep|keeps 1 ST|SYS; PRODUCT|SELF and 1 ST 2 sync; ST and 2 "
        "PRODUCT|SELF 2 sync; ST 2 BE 1 filled|updated|populated",
        manual=True,
        supplied=True,
    ),
    Rule(
        SYNC,
        "Bookings, their system and a word of automation are close together, in any order.",
        "OBJECT|RETYPING 8 SELFDOING 8 ST|SYS; SELFDOING 8 OBJECT|RETYPING 8 ST|SYS; ST|SYS 5 OBJECT 5 SELFDOING; "
        "ST|SYS 5 SELFDOING 5 OBJECT; OBJECT|RETYPING 6 ST|SYS 6 SELFDOING; SELFDOING 3 TO 2 ST|SYS; ST SYNCN 3 AUTO",
        manual=True,
        supplied=True,
        close=True,
    ),
    Rule(
        SYNC,
        "A request turns into one of their jobs.",
        "BECOMES 3 ST 2 OBJECT; BECOMES 4 TO 2 ST",
        manual=True,
    ),
    Rule(
        SYNC,
        "Data come out of their system into the website.",
        "PULL 6 FROM 4 ST|SYS; PRICES 5 FROM 3 ST|SYS; ST 2 PRICES 4 pulled|loaded|shown|imported|live; live PRICES; "
        "BOTHWAYS|live 1 ST 1 PRICES !META",
        manual=True,
        supplied=True,
    ),
    Rule(
        SYNC,
        "Sync is automatic, without naming with what.",
        "OBJECT 3 syncs|synced|sync|synchronize|synchronized 2 AUTO|INSTANT; BOTHWAYS 2 "
        "sync|synchronization|integration !META; AUTO 2 synced|syncs|synchronized; OBJECT 2 stay|stays SYNCED; "
        "all|is|are 1 SYNCED END; OBJECT 2 BE|keep|keeps|kept 2 SYNCED; OBJECT 5 automatically dispatched|scheduled; "
        "MANY 1 sync 6 AUTO|INSTANT|BOTHWAYS; TWOWAY 1 OBJECT 1 sync !META; the syncing 3 AUTO; SELF|PRODUCT 3 "
        "syncs|synchronizes|synchronises|syncing 5 MANY|PRICES; SELF|PRODUCT syncs AUTO; sync 1 BE 2 AUTO; "
        "SELF|PRODUCT 1 imports|pulls|fetches 5 MANY|PRICES 3 AUTO",
    ),
    Rule(
        SYNC,
        "A sync with them is called automatic or live in a headline.",
        "AUTOADJ|TWOWAY 3 ST 3 SYNCN !META; AUTOADJ|TWOWAY 3 SYNCN 2 TO|with 2 ST|SYS",
    ),
    Rule(
        SYNC,
        "Typing has ended.",
        "LESS 2 RETYPING END; LESS 2 RETYPING needed|required|ever; LESS 2 RETYPING 8 ST|SYS; never|again 2 "
        "type|retype|enter 3 OBJECT",
    ),
    Rule(
        SYNC,
        "We write back.",
        "write|writes|written|writing 3 back; SELF 3 WRITEBACK; WRITEBACK 2 TO 2 ST|SYS",
    ),
    Rule(
        SYNC,
        "Bookings are there without anybody typing.",
        "OBJECT 3 TO 2 ST|SYS 3 LESSWORK; scheduled|booked in ST",
        manual=True,
    ),
    Rule(
        SYNC,
        "Sync by name.",
        "AUTOADJ 9 SYNCN !META; ST 1 sync !META; OBJECT 1 sync !META; sync 1 with|to 3 ST|SYS; instant|live|real sync",
        topic=True,
    ),
    Rule(
        SYNC,
        "A question after bookings in their system, answered yes.",
        "OBJECT 3 TO 1 ST|SYS",
        asked=True,
    ),
    Rule(
        SYNC,
        "Their system has it before anybody could have typed it.",
        "ST creates|books|opens|schedules 2 OBJECT; PRODUCT 3 OBJECT TO 1 ST; SYS 4 SELFDOING; SELF 1 keep|keeps 5 "
        "SYNCED; OBJECT to 1 ST 3 INSTANT; ST|SYS 1 receives|gets|accepts 1 every|each|all 3 OBJECT; ST|SYS 1 "
        "receives 4 OBJECT 4 PRODUCT|form|forms",
        manual=True,
    ),
    Rule(
        SYNC,
        "Customers book into their system by themselves.",
        "book|books|schedule|schedules|booking 2 into|in 2 ST|SYS 2 from|on|through|via 2 PRODUCT",
    ),
    Rule(
        SYNC,
        "Changes there appear here at once.",
        "change|changes|edit|edits|edited|update|updates|updated 4 in 2 ST 9 INSTANT|AUTO; PRICES 8 SELFDOING 8 ST; "
        "PRODUCT and 1 ST 3 agree|match|align; ST and 3 PRODUCT 3 agree|match|align",
    ),
    Rule(
        SYNC,
        "A question after sync, answered yes.",
        "BE 2 SYNCN 3 AUTO; BE 2 SYNCN 3 live|on",
        asked=True,
    ),
    Rule(
        SYNC,
        "Typing is done by the product.",
        "LESSWORK 1 RETYPING; ST 2 data|OBJECT 1 in|inside|on 1 SELF|PRODUCT; PRODUCT to 1 ST; OBJECT SYNCED END; "
        "sync runs|run|happens; LESSWORK human|person|hands|fingers 8 ST|SYS; turn|turns|turning 4 TO 1 ST 1 OBJECT; "
        "SELF + 1 ST 3 AUTO|TWOWAY; update|change 2 PRICES 4 PRODUCT 1 updates|changes|follows; AUTO 1 ENTER 2 ST 1 "
        "OBJECT|USERS; AUTOSYNC 3 OBJECT|PRICES; api|PRODUCT|SELF 1 does|do|handles|handle 2 RETYPING",
        manual=True,
    ),
    Rule(
        SYNC,
        "A flow between us and them is called automatic or new, or its last run is reported.",
        "AUTOADJ|TWOWAY 3 SYNCN 2 between 6 ST|SYS !META; new 5 AUTOADJ 3 SYNCN !META; AUTOADJ 3 SYNCN 1 for 2 ST; "
        "last|latest 1 sync 2 ST; OBJECT 3 come|comes|pulled|read|loaded|drawn 1 live|straight|directly 1 from|out",
        manual=True,
        supplied=True,
    ),
    Rule(
        SYNC,
        "A sync engine by name.",
        "sync 1 engine|client|agent",
        topic=True,
    ),
)
