"""Word classes of the claim guard that deny, postpone, forbid or soften, and function words.

Data only, in the format of `guard_words`; `guard_shields` and `guard` use the classes.
"""

SMALL_WORDS: dict[str, str] = {
    # Small words.
    "BOAST": (
        "just, only, miss, misses, missed, lose, loses, lost, stop, stops, fail, fails, sleep, sleeps, wait, forget, "
        "forgets, tire, rest"
    ),
    "LABELED": (
        "claimed, claim, claims, say, said, write, available, offered, built, supported, included, yet, today, live, "
        "connected, promised, advertised, allowed, true, in place, ready, use, used, here, appear, written, saved, "
        "made"
    ),
    "DICTUM": (
        "replace, remove, delete, strike, wrong, instead, sentences, texts, examples, forbidden, banned, claim, "
        "phrase, words, wording, sentence, statement, slogan, line, expression"
    ),
    "CROSS": "❌, ✗, ✘, 🚫, ☒, ✖",
    "THING": "something, anything, nothing, one, claim",
    "WAS": "was, were, being",
    "EMPTY": "nothing, nobody, no one, none, neither",
    "NAY": "none, off, no longer, neither, ❌, ✗",
    "INVITE": "book, get, see, watch, request, schedule, free, join, want, try",
    "RIVALS": (
        "others, each app, apps in, apps that, apps listed, apps on, competitor, competitors, rivals, they claim, "
        "somebody else, someone else, a company, a vendor, some apps, many apps, most apps, any app, every app"
    ),
    "BE": (
        "is, are, was, were, be, been, being, am, 're, 's, 'm, became, becomes, gets, got, stays, remains, comes, "
        "stand, stands, now"
    ),
    "BEEN": "been, is, are, were, was",
    "HOLD": (
        "have, has, 've, hold, holds, holding, earn, earned, earns, got, receive, received, won, obtained, carries, "
        "carry, secured, gained, achieved, possess, possesses, enjoy, enjoys, wear, wears, display, displays, boast, "
        "boasts, had, own, owns, get, keep, keeps, sport, sports, with, landed, scored, our, store, stores"
    ),
    "HASH": "#",
    # Shields.
    "NEG": (
        "not, n't, no, never, cannot, nor, neither, none, nobody, nothing, nowhere, without, hardly, scarcely, "
        "barely, isnt, arent, dont, doesnt, didnt, wont, cant, hasnt, havent, wasnt, werent, couldnt, wouldnt, "
        "shouldnt, instead of, rather than, in place of, in lieu of, short of, lack, lacks, lacking, absence of, far "
        "from, refuse, refuses, declines, denies, deny, zero, no one, no longer, ❌, ✗, ✘, 🚫, ☒, ✖, aint, ain't, "
        "unable, non, neither of, nothing in, free of, by no means, in no way, nope, excludes, exclude, excluded, "
        "excluding, contrary to, impossible, avoid, avoids, unapproved, uncertified, unaffiliated, lest"
    ),
    "NOTLIKE": (
        "not, n't, cannot, isnt, arent, dont, doesnt, didnt, wont, cant, hasnt, havent, wasnt, werent, couldnt, "
        "wouldnt, shouldnt, never"
    ),
    "AUX": (
        "is, are, was, were, be, been, am, do, does, did, has, have, had, can, could, will, would, may, might, "
        "should, must, shall, 's, 're, 've, 'm, 'd, 'll, still, currently, also, ca, wo, simply, yet"
    ),
    "PRONOUN": "we, you, it, they, i, he, she, nobody, this, that, there",
    "EFFORT": (
        "type~, typed, retype, retypes, retyped, retyping, rekey, rekeying, key in, copy, copying, paste, pasting, "
        "touching, lift, lifting, finger, wait, waits, waiting, worry, worries, miss, misses, missed, lose, loses, "
        "lost, losing, forget, forgets, forgotten, guess, guessing, guesswork, chase, chasing, re enter, reenter, re "
        "entering, re entry, manual, double entry, duplicate, duplicates, delay, delays, hassle, hassles, effort, "
        "headache, headaches, setup, coding, exports, spreadsheet, spreadsheets, paper, paperwork, middleman, extra, "
        "cost, costs, fee, fees, charge, strings, clicks, training, doubt, secret, wonder, surprise, exaggeration, "
        "joke, need, needs, have to, has to, stop, stops, fails, failing, phone tag, keystroke, keystrokes, human "
        "hands, fuss, gaps, mistakes, lag, downtime, sweat, excuses, compromise, limits, typing, cracks, human, "
        "hands, again, problem, slow, sticky notes, clipboard, catch, easier, simpler, faster, exception, "
        "exceptions, anyone touching, busywork, data entry, sleeps, tired, ever again, doubts, stopping, matter, by "
        "hand, stress, small, in between, just, only, anybody typing, anyone typing"
    ),
    "LESSWORK": (
        "without people, without humans, without anyone, without anybody, without a person, without staff, no need, "
        "no more, goodbye to, no longer any need"
    ),
    "IDIOM": (
        "not only, not just, not merely, not simply, not to mention, no doubt, no wonder, no matter, no time, no "
        "problem, no secret, no accident, no joke, no less, nothing but, nothing less, never mind, without fail, "
        "without a doubt, without question, without exception, no exception, no exceptions, never fails, never fail, "
        "never been easier, never been simpler, never been faster, no strings, not a minute, not a second, n't just, "
        "n't only, n't merely, n't simply, no surprise, no coincidence, no question, no questions, no kidding, "
        "second to none, none other, not long, no sooner, without doubt, no other, nobody else, no one else, nothing "
        "else, nowhere else, no better, not your average, nothing beats, nobody beats, nothing compares, nothing "
        "like, nobody but, can n't wait, cannot wait, ca n't wait, n't wait, n't worry, not even a, no fluff, no "
        "hype, no bull, not alone, n't be easier, n't get easier, n't be simpler, nothing short, nothing stops, not "
        "to brag, not for nothing, not sorry, never better"
    ),
    "MODAL": (
        "would, could, may, might, should, must, will, shall, 'll, 'd, hope, hopes, hoping, aim, aims, aiming, "
        "intend, intends, plan to, plans to, planning to, want, wants, wish, wishes, seek, seeks, seeking, would "
        "like, yet to, cannot be, have to, has to, need to, needs to, ought to, fail, fails, failed, failing"
    ),
    "AHEAD": (
        "whether, apply, applying, applied, toward, towards, requesting, to request, request approval, request "
        "partner, request access, consider, considering, confirm whether, check whether, ask, asks, find out, "
        "suppose, imagine, assume, expect, expects, goal, explore, exploring, evaluating, negotiating, prepare, "
        "preparing, not until, failed, blocked, revoked, expired, missing, future, planned, gated, pending, hoped, "
        "intended, proposed, forbidden, prohibited, banned, false, untrue, wrong, incorrect, misleading, overclaim, "
        "require, requires, depends on, refuse, draft, hypothetical, decide, decides, next step, gate, request "
        "partner approval, whoever says, anyone who says, whoever claims, anyone who claims, gates, roadmap, stop "
        "calling, stop saying, stop claiming, quit calling, need the, need its, need their, needs the, needs its, "
        "need approval, needs approval, requirements for, requirement for, prerequisites for, checklist, beware, be "
        "wary, watch out, be careful, who say they, who claim they, that say they, that claim they, who say "
        "that, who "
        "claim to be"
    ),
    "ORDER": "confirm that, check that, make sure, verify that, be sure",
    "GATED": (
        "planned, pending, gated, gate, gates, roadmap, future, later, eventually, someday, one day, proposed, "
        "prospective, hypothetical, intended, yet to, not yet, subject to, contingent, conditional, upcoming, coming "
        "soon, next year, stays off, is off, are off, off by default, off until, stay off, switched off, turned off, "
        "remain off, remains off, shut, disabled, false, untrue, wrong, incorrect, misleading, forbidden, "
        "prohibited, "
        "banned, refused, rejected, overclaim, unfounded, unsupported, denied, required, requires, require, depends, "
        "depend, dependent, refuses, refuse, rejects, mistaken, lie, blocked, out of scope, unavailable, undecided, "
        "unknown, open question, tbd, to be confirmed, to come, unproven, expected, in future, in the future, long "
        "term, prerequisite, prerequisites, to be built, unbuilt, tentative, draft, goal, withdrawn, revoked, "
        "expired, failed, will follow, awaiting, awaits, next step, in preparation, missing, simulated, apart, "
        "separate, separately, can only be given, can only be granted, can only come, stand next to, stands next to, "
        "sit beside, sits beside, stand beside, stands beside, works beside, works alongside, only with evidence, "
        "only with proof, only if, only where, only when, only as far, only after, only once, works toward, works "
        "towards, weakest link"
    ),
    "WILL": "will, 'll, shall",
    "PRESENT": (
        "today, already, from day one, right now, as soon as you sign up, the day you sign up, instantly after you "
        "sign up"
    ),
    "DESIRE": "want, wish, need, looking, ready, love, dream, wishing, wanted, tired, sick",
    "LOOKAHEAD": (
        "love, see, notice, find, enjoy, appreciate, wonder, never again, be amazed, be surprised, wish, thank"
    ),
    "WHEN": (
        "once, after, until, unless, if, when, before, as soon as, provided, where, as long as, only when, only "
        "after, only if, should, whenever, with, needs, need, waiting for, waits for, wait for, awaiting, await, "
        "upon, following, pending, given, assuming, in case, for as long as, without"
    ),
    "SUPPOSE": "if, until, unless, before, till, in case",
    "OPENING": "with, given, should, following, upon",
    "AFTER": "after, following, upon, with, given, when",
    "GATEWORD": (
        "approval, approves, approve, approved, approving, authorization, authorisation, authorizes, authorises, "
        "authorize, authorized, authorised, access, scope, scopes, granted, grants, grant, permission, permissions, "
        "consent, validated, validation, sandbox, gate, gates, evidence, review, reviewed, allow, allows, accepts, "
        "agrees, agree, agreement, exists, exist, in place, certifies, permits, permit, opens, admits, admitted, "
        "accepted, signs off, says yes, eligible, proven, certified, possible, requirements, clearance, green light, "
        "legal, certification, partner status, vetted, listed"
    ),
    "PASTFORM": "approved, certified, granted, accepted, vetted, signed off, authorized, endorsed",
    "SAY": (
        "say, says, saying, said, claim, claims, claimed, claiming, write, state, states, advertise, advertises, "
        "advertised, promise, promises, promised, imply, implies, implied, suggest, suggests, tell, tells, describe, "
        "described, present, presents, announce, announced, publish, pretend, pretends, assert, asserts, asserted, "
        "mean, means, indicate, indicates, represent, represents, represented, representation, read, sell, sold, "
        "selling, construed, interpreted, evidence, proof, guarantee, guarantees, boast, true, the case, show, "
        "mention, believe, assume, infer, inferred, understood, taken, treated, endorsement, statement, allege"
    ),
    "UNSAID": (
        "be used, be written, be said, be saved, be published, be claimed, be shown, be printed, be made, "
        "is refused, are refused, is rejected, are rejected, be advertised, be promised, is not true, are not true, "
        "be sold, is banned, are banned, is forbidden, is false, not true, not the case, be removed, must go"
    ),
    "SHAM": (
        "simulates, simulate, simulated, simulator, simulation, stand in, stand ins, demo, imitates, imitate, "
        "imitation, imitated, mock, mocked, dry run, made up, invented, fictional, fake, pretend, rehearsal, "
        "rehearse, test server, look like, sample, dummy, example of, sandbox tenant, emulates, emulated, emulator, "
        "role play, toy, staged"
    ),
    "MANUALLY": (
        "by hand, manually, by a person, by an operator, by people, by your office, by your team, by the office, by "
        "your dispatcher, by staff, by a human, by the dispatcher, by our team, by our operators, by operators, by "
        "your staff, your office keeps, your office updates, your team keeps, your staff keeps, stays manual, "
        "remains "
        "manual, stay manual, is manual, are manual, work manual, manual today, by somebody, by someone, yourself, "
        "yourselves, by phone, retypes, in person, by one of, manual hand off, manual handoff, manual handover, "
        "manual step, manual steps, "
        "manual copy, hand entry"
    ),
    "PERSON": (
        "person, people, operator, operators, staff, someone, somebody, office, team, teams, dispatcher, "
        "dispatchers, csr, csrs, employee, colleague, human, you, they, receptionist, admin, office manager, "
        "bookkeeper, assistant, clerk, who, technician, technicians, crew, crews, techs"
    ),
    "HAND": (
        "person, people, operator, operators, staff, office, team, dispatcher, dispatchers, csr, csrs, human, "
        "receptionist"
    ),
    "SOMEBODY": "someone, somebody",
    "SUPPLIED": (
        "export, exports, exported, supplied, csv, file, files, upload, uploaded, uploads, spreadsheet, "
        "spreadsheets, you give us, you gave us, you sent us, you send us, you told us, you tell us, you handed "
        "us, you name, handed over, screenshot, screenshots, redacted, import file, xlsx, excel"
    ),
    "REQUEST": "tell, let, show, write, email, describe, name, list, text, message, send, say",
    "OFFERS": "offers, sells, publishes, documents, calls, markets, charges, lets, teaches, describes",
    "MEETING": "meet, know, serve, see, visit, ask, audit, advise, interview",
    "COMMON": (
        "use, uses, using, run, runs, rely, relies, track, tracks, keep, keeps, type, types, enter, enters, "
        "ask, asks, "
        "know, pay, choose, like, already, have, often, usually, mostly"
    ),
    "OTHERS": "other, another, some, many, certain, most, those, several, plenty, few, rival, competing, various",
    "BUT": "but, however, yet, although, though, whereas, nevertheless, nonetheless, still, meanwhile",
    "SO": (
        "because, since, so, so that, which means, meaning, and then, and now, then, now that, thanks to, while, "
        "therefore, thus, hence"
    ),
    "RELATIVE": "that, which, who, whose, whom",
    "SUBJECT": (
        "we, our, it, they, you, your, every, each, all, servicetitan, pagetojob, the, this, these, i, my, customers"
    ),
    "NEWCOMER": "any, a, an, one, new, web",
    "ASKING": (
        "did you know, did we mention, did i mention, have we told you, did we tell you, you know, guess what, have "
        "you heard, ever heard"
    ),
    "AND": "and, &, plus",
    "OR": "or, nor",
    "WHY": "why, who needs, what if, how about",
}
