"""Rules of the claim guard about approval, listing, connection and authorization.

`guard_rule` explains the pattern syntax.
"""

from pagetojob.claims.guard_rule import LIVE, MARKETPLACE, Rule

STANDING: tuple[Rule, ...] = (
    # ---- Marketplace or partner approval
    Rule(
        MARKETPLACE,
        "We are endorsed by ServiceTitan, in the passive voice.",
        "ENDORSED 5 by 2 ST !USERS; ENDORSED 5 by 4 at ST",
    ),
    Rule(
        MARKETPLACE,
        "A badge comes before or after their name: certified ServiceTitan partner, ServiceTitan-certified.",
        "CERT 1 ST 3 PARTNER !META; ST CERT; CERT 1 ST END; PARTNER ST 1 ENDORSES; ENDORSED 1 as 3 ST 2 PARTNER; ST "
        "2 CERT 2 ALLY; ST 1 CERT 1 PARTNER; CERT 2 ALLY for 1 ST; officially 2 ST",
    ),
    Rule(
        MARKETPLACE,
        "ServiceTitan has approved us or our app.",
        "ST 4 ENDORSES 6 SELF; ST 4 ENDORSES 4 APP; that|who|which|because ST 2 ENDORSES; ENDORSES ours",
    ),
    Rule(
        MARKETPLACE,
        "Our app or we are called certified, without saying by whom.",
        "OURS 3 APP 2 BE 3 CERT; pagetojob 1 BE|HOLD 3 CERT; this APP 1 BE 2 CERT",
    ),
    Rule(
        MARKETPLACE,
        "Approval is held, given or won.",
        "SELF 4 GRANT 3 APPROVAL !META; HOLD 4 ST 3 APPROVAL !META; HOLD 4 APPROVAL 3 ST; ST 2 GRANT 5 APPROVAL; HOLD "
        "2 MARKETPLACE 1 APPROVAL; APPROVAL 3 GRANT 3 ST; ST 2 GRANT 3 MARKETPLACE",
    ),
    Rule(
        MARKETPLACE,
        "We passed a ServiceTitan review.",
        "PASS 3 ST 4 REVIEW; PASS 4 REVIEW 3 ST; SELF 2 PASS 1 partner 1 REVIEW; SELF 2 PASS 2 MARKETPLACE 1 REVIEW; "
        "ST 5 PASS END",
    ),
    Rule(
        MARKETPLACE,
        "We are called their partner.",
        "SELF 1 BE 5 ST 4 ALLY !META; ST MARKETPLACE 1 ALLY !META|APPROVAL; ST said yes; ST ALLY "
        "you|since|that|who|for; as 2 ST 2 ALLY !META; proud 4 ST; ALLY 1 of|with|to 1 ST; SELF and ST BE 1 ALLY; ST "
        "and SELF BE 1 ALLY; HASH ST ALLY; its 1 CERT 1 ALLY; our 1 ALLY 1 ST; your 2 ST 1 ALLY !META",
    ),
    Rule(
        MARKETPLACE,
        "A word of endorsement is close to their name, in any order.",
        "APPROVALISH !by 6 ST !USERS|META; ST 6 APPROVALISH !META|GENERIC; MARKETPLACE 3 APPROVALISH !META",
        close=True,
    ),
    Rule(
        MARKETPLACE,
        "We are found in their marketplace.",
        "LISTED 4 PLACE 3 MARKETPLACE; SELF 1 BE 2 PLACE 3 MARKETPLACE; joined|joins|entered 3 MARKETPLACE; "
        "ENDORSED|added|joined 2 to 3 MARKETPLACE; MARKETPLACE 3 carries|lists|features|added|includes|welcomes 2 "
        "SELF",
    ),
    Rule(
        MARKETPLACE,
        "Approval and listing by name.",
        "ST 3 APPROVAL !META; MARKETPLACE 2 APPROVAL|listing !META; listing 4 MARKETPLACE; partner 1 APPROVAL !META; "
        "APPROVAL 1 by|from|of 2 ST; app approval !META",
        topic=True,
    ),
    Rule(
        MARKETPLACE,
        "A question after approval, answered yes.",
        "BE 2 SELF|APP 2 CERT",
        asked=True,
    ),
    # ---- Live authorization and connection
    Rule(
        LIVE,
        "Our product is joined to theirs.",
        "CONNECT 4 JOIN 3 ST|SYS; CONNECT 2 ST ACCOUNT; CONNECT 1 your 1 tenant|tenants|SYS; your tenant|SYS 1 BE 1 "
        "CONNECT; SELF BE connected|integrated END; speaks|talks ST; work|works|working 5 with|inside 1 ST 1 "
        "ACCOUNT; works|working 1 with 1 ST; inside|within 2 ST; ATOP 1 ST; ST and 2 PRODUCT 4 CONNECT; PRODUCT and "
        "1 ST 4 CONNECT; ST|SYS 2 BE 2 CONNECT; ST 2 ACCOUNT 2 BE 2 CONNECT; CONNECT 4 between 6 ST",
    ),
    Rule(
        LIVE,
        "We and a word of connection are close to their name, in any order.",
        "SELF 6 CONNECT 6 ST; ST 4 CONNECT 4 SELF; CONNECT 4 ST 4 SELF; integrated|connected 1 ST; SELF and ST 1 "
        "work|works; ST and SELF 1 work|works; SELF|PRODUCT 5 ACTS 5 ST !USERS; ST CONNECT; powered by 1 ST; ST "
        "powered; built on 1 ST",
        close=True,
    ),
    Rule(
        LIVE,
        "An integration is praised, which implies that it exists.",
        "STRONG 2 ST 2 INTEGRATION !META; STRONG 3 INTEGRATION 3 JOIN|for|between 5 ST|SYS; STRONG 1 SYS INTEGRATION "
        "!META; official INTEGRATION !META",
    ),
    Rule(
        LIVE,
        "We hold access, keys or scopes.",
        "SELF 2 HOLD 5 ACCESS 5 ST; ST 3 GRANT 5 ACCESS; ST 3 GRANT 2 api|apis; SELF 4 GRANT 5 ACCESS; ST 2 LETS 1 "
        "SELF; full|live|direct 1 ACCESS 2 ST; SELF 3 USE 2 ST 1 ACCESS; live 1 on|with 2 ST; SELF 2 live in 1 ST; "
        "scopes 2 BEEN granted; ST 1 ACCESS 3 with 1 SELF; SELF 2 HOLD 3 ST 1 ACCESS",
    ),
    Rule(
        LIVE,
        "We or our app are authorized.",
        "CERT ST 1 APP; SELF 3 BE|HOLD 2 AUTHORIZED 4 ST; AUTHORIZED 1 SELF; AUTHORIZED 1 by 2 ST admin; SELF 5 "
        "through|via|with|over|using 2 OAUTH; login 3 CONNECT; ST 1 APP 3 AUTHORIZED",
    ),
    Rule(
        LIVE,
        "Integration, sign-on and access by name.",
        "ST 3 INTEGRATION|OAUTH !META; SYS 1 INTEGRATION !META; INTEGRATION 2 JOIN|for 3 ST|SYS|ACCOUNT; INTEGRATION "
        "between 6 ST; OAUTH 2 INTEGRATION|ACCESS|authorization; OAUTH 2 JOIN|for 2 ST; api access !META; ST api "
        "!META; ACCESS 1 to 2 ST; ST 2 ACCESS !META; ACCESS 1 to 1 tenant|tenants; ACCESS 1 to 1 your tenant",
        topic=True,
    ),
    Rule(
        MARKETPLACE,
        "The integration or app is called certified, without a certifier.",
        "the|this INTEGRATION 4 BE 4 CERT; the|this APP 2 BE 3 fully|officially 1 CERT; MARKCERT !META; INTEGRATION 1 "
        "BE 3 fully|officially CERT",
    ),
    Rule(
        MARKETPLACE,
        "ServiceTitan is named only by a pronoun.",
        "ST 12 they|it 2 ENDORSES 6 SELF; they|it HOLD 2 ENDORSES 3 SELF; ST 12 they|it 3 GRANT 4 APPROVAL",
    ),
    Rule(
        MARKETPLACE,
        "We belong to their program.",
        "ST 2 put|puts|lent|lends 1 its 2 name|weight; SELF 5 member|members|part|participant|participants|graduate 1 "
        "of|in 3 MARKETPLACE; SELF 5 member|part|participant 1 of 1 ST; ST 1 "
        "INTEGRATION|technology|tech|solution|channel|software ALLY !META",
    ),
    Rule(
        MARKETPLACE,
        "A question after a place or a badge, answered yes.",
        "BE 2 SELF|you|APP 2 in|on 2 MARKETPLACE; BE you 3 approved|certified|accredited|endorsed|official; STATUSN; "
        "BE 1 you 3 ALLY",
        asked=True,
    ),
    Rule(
        LIVE,
        "Grants, keys and installed apps are in place.",
        "tenant ACCESS; OAUTH 1 grant|token|tokens|link; ACCESS 1 for 2 ST",
        topic=True,
    ),
    Rule(
        LIVE,
        "Our app sits inside their system.",
        "ACCESS 2 for|to 2 ST 2 BE 1 in|with|on 2 SELF; SELF 2 APP|PRODUCT 2 AUTHORIZED 1 in|on|inside 2 ACCOUNT; "
        "SELF 6 USE 2 ST 3 ENDPOINT",
    ),
    Rule(
        MARKETPLACE,
        "A status or a place in their marketplace, in a few words.",
        "ST approves|certifies|accredits|clears|accepts|picks|selects|chooses|greenlights 3 SELF|OURS; ST 2 go to 2 "
        "PARTNER; SELF 5 ST 2 ALLY 1 list|roster|family|circle|club|ranks; MARKETPLACE 1 status 1 LISTED|ENDORSED; "
        "a|our|as|your MARKETPLACE ALLY !META|APPROVAL",
    ),
    Rule(
        LIVE,
        "We see into their system, or a connection of ours runs.",
        "SELF 3 ACTS 2 tenant|tenants; SELF 2 HOLD 3 ACCESS 2 for|to|of 2 ACCOUNT; SELF 1 "
        "sees|see|watches|watch|knows 2 ST; authorized|authorised 1 ACCESS 2 ST; ST 4 live|STATE 1 "
        "on|in 2 PRODUCT; the|our|this integration|integrations|connector|sync 1 BE|runs|works|run|work 3 "
        "STATE|live|production",
    ),
)
