"""Word classes of the claim guard that make claims. Data only; `guard_rules` combines them into patterns.

Each class is a list of words and phrases, separated by commas. A verb with a final "~" includes all its regular forms.
A phrase counts as one word, and the words in it are not matched separately.
"""

CLAIM_WORDS: dict[str, str] = {
    # Subjects and products.
    "ST": "servicetitan, titan, st, service titan's",
    "SYS": (
        "crm, fsm, dispatch board, dispatch boards, dispatch calendar, dispatch system, dispatch software, dispatch "
        "screen, scheduling board, schedule board, field service software, field service platform, field service "
        "system, field service management, job management system, service management software, servicing software, "
        "the board, your board, job board, dispatch queue, booking board"
    ),
    "SELF": "we, us, our, ours, pagetojob, page to job, i, my, myself",
    "OURS": "our, pagetojob, my",
    "PRODUCT": (
        "website, websites, site, sites, engine, robot, bot, platform, app, software, system, widget, form, plugin, "
        "tool, service, integration, portal, assistant, technology, tech, solution, product, connector, automation"
    ),
    # Names that contain a word of another class without its meaning. No rule uses them.
    "MAP": "titan map, titan maps, account manager, account managers",
    "APP": (
        "app, apps, application, integration, software, product, platform, connector, plugin, plug in, extension, "
        "tool, solution, company, add on, addon, bridge, api client"
    ),
    "PARTNER": (
        "partner, partners, provider, providers, vendor, vendors, agency, agencies, consultant, consultants, "
        "developer, developers, "
        "reseller, supplier, app, application, integration, integrations, integrator, solution, website, websites, "
        "site, sites, web, company, team, software, product, plugin, connector, platform, firm, expert, experts, "
        "specialist, specialists, studio, affiliate, ally"
    ),
    "ALLY": "partner, partners, ally, allies, affiliate",
    "USERS": (
        "contractor, contractors, shop, shops, office, offices, teams, customers, users, dispatchers, owners, "
        "businesses, plumbers, companies, electricians, trades, people, everyone, brands, operators, homeowners, "
        "admin, admins, clients, community"
    ),
    "OBJECT": (
        "booking, bookings, lead, leads, job, jobs, request, requests, invoice, invoices, payment, payments, "
        "appointment, appointments, pricebook, price, prices, pricing, membership, memberships, estimate, estimates, "
        "submission, submissions, data, record, records, order, orders, campaign, campaigns, business units, zone, "
        "zones, everything, it, they, them, information, details, schedule, inquiry, inquiries, enquiry, enquiries, "
        "contacts, visit, visits, customer, customers, form, forms, outcome, outcomes, price book, call, calls, "
        "offer, offers, status, availability, capacity, technicians, slots, photos, notes"
    ),
    "MANY": (
        "them, all, bookings, leads, jobs, requests, invoices, payments, appointments, prices, memberships, "
        "estimates, submissions, records, orders, campaigns, everything, inquiries, enquiries, contacts, visits, "
        "offers, pricebooks, they, calls, slots, data"
    ),
    "PRICES": (
        "pricebook, pricebooks, price book, price, prices, pricing, job types, memberships, availability, capacity"
    ),
    # Approval, partnership, listing.
    "CERT": (
        "certified, approved, accredited, endorsed, sanctioned, official, preferred, authorized, authorised, "
        "premier, "
        "favorite, favourite, chosen, recognized, recognised, verified, vetted, validated, licensed, registered, "
        "recommended, trusted, gold, platinum, silver, elite, strategic, qualified, marketplace certified, "
        "marketplace approved, backed, greenlit, blessed"
    ),
    "ENDORSED": (
        "certified, approved, accredited, endorsed, sanctioned, authorized, authorised, recognized, recognised, "
        "verified, vetted, validated, licensed, registered, recommended, trusted, qualified, backed, supported, "
        "sponsored, blessed, accepted, selected, chosen, reviewed, audited, tested, cleared, signed off, greenlit, "
        "green lit, appointed, admitted, named, picked, hand picked, handpicked, welcomed, featured, granted, "
        "passed, published, listed, adopted, confirmed, ok'd, okayed, waved through, ratified, awarded, favored"
    ),
    "ENDORSES": (
        "approved, certified, accredited, endorses, endorsed, vouches, vouched, recommends, recommended, backs, "
        "backed, trusts, vetted, cleared, accepted, chose, chosen, picked, selected, sanctioned, sanctions, blessed, "
        "recognizes, recognises, recognized, recognised, sponsors, sponsored, validated, verified, named, lists, "
        "listed, stands by, stood by, supports, features, featured, welcomed, signed off, signs off, green lit, "
        "greenlit, greenlighted, stands behind, reviewed, passed, authorized, authorised, admitted, okayed, ok'd, "
        "loves, adopted"
    ),
    "APPROVALISH": (
        "certified, accredited, endorsed, endorses, endorsement, accreditation, certification, sanctioned, "
        "certifies, officially, official, approved, vetted, recommends, recommended, greenlit, partner status, "
        "partner badge, seal of approval, stamp of approval, preferred, blessing"
    ),
    "APPROVAL": (
        "approval, certification, accreditation, endorsement, blessing, seal of approval, stamp of approval, green "
        "light, partner status, thumbs up, sign off, signoff, nod, recognition, certificate, partnership, badge, "
        "seal, stamp, backing, go ahead, okay, partner badge, listing, all clear, clearance"
    ),
    "ALLIED": (
        "partnership, cooperation, collaboration, alliance, partnered, partnering, teamed up, joined forces, hand in "
        "hand, affiliated, allied, associated, team up, joint venture, league"
    ),
    "PASS": "passed, passes, cleared, completed, survived, finished, sailed through, aced, met, meets, satisfied",
    "REVIEW": (
        "review, reviews, audit, test, tests, assessment, vetting, checks, evaluation, certification, bar, "
        "inspection, standards, validation, scrutiny, requirements, approval process"
    ),
    "MARKETPLACE": (
        "marketplace, app marketplace, app store, appstore, app directory, partner directory, app exchange, app "
        "gallery, integration directory, partner network, partner program, partner programme, integrations directory"
    ),
    "LISTED": (
        "listed, published, available, featured, find, found, download, downloadable, install, get, live, launched, "
        "offered, sold, distributed, look us up, accepted, admitted, welcomed, included, added, joined, appear, "
        "appears, showcased, see, grab, search, look, join, member, part, participate, participates, entered, seen, "
        "made it, carried, sign up, order"
    ),
    "PLACE": "in, on, from, through, via, at, into, inside, onto",
    # Access and connection.
    "CONNECT": (
        "connect~, link~, integrate~, plug, plugs, plugged, plugging, plug in, hook~, wire~, tie, ties, tied, tap, "
        "taps, tapped, talk~, interface~, attach~, pair~, log in, logs in, logged in, logging in, log into, logs "
        "into, logged into, sign in, signs in, signed in, authenticate~, bolt~, couple~, mesh~, tie in, ties in, "
        "tied in, wired up, hooked up, marry, marries, dovetail~, fused, merged, merges, join, joins, joined, speak, "
        "speaks, communicate~, dock~, embed, embedded, bridged, bridges, snaps, fit, fits, plug and play, pair up, "
        "in tandem"
    ),
    "JOIN": "to, into, in, with, through, inside, onto, up",
    "INTEGRATION": (
        "integration, integrations, connection, connections, connector, link, plugin, plug in, hookup, interface, "
        "bridge, pipeline, line, tie in, connectivity, interoperability, compatibility, api integration, api "
        "connection"
    ),
    "STRONG": (
        "always on, permanent, secure, native, natively, seamless, deep, direct, live, real, full, tight, true, "
        "certified, built in, turnkey, out of the box, one click, instant, ready made, complete, official, genuine, "
        "working, effortless, smooth, rock solid, first class, deepest, tightest, fully, seamlessly, automatic, "
        "automated, real time, two way, 2 way, bidirectional, bi directional, plug and play, end to end"
    ),
    "ACCESS": (
        "access, api access, api key, credentials, tokens, token, scopes, scope, keys, permission, permissions, api "
        "keys, app key, logins, read access, write access, authorization, authorisation, connection"
    ),
    "ACCOUNT": "account, accounts, tenant, tenants, instance, login, api, apis, environment, database, system, crm",
    "OAUTH": "oauth, oauth2, single sign on, sso",
    "GRANT": (
        "gave, gives, given, granted, grants, granting, awarded, issued, extended, provided, opened, handed, gets, "
        "got, assigned"
    ),
    "LETS": "lets, let, allows, allowed, permits, permitted, enables, enabled, gives, gave, trusts, invited",
    "AUTHORIZED": (
        "authorized, authorised, authenticated, logged in, signed in, connected, authorizes, authorises, linked, "
        "installed, enabled"
    ),
    "USE": (
        "use, uses, using, via, through, over, call, calls, calling, query, queries, on top of, consume, consumes, "
        "leverage, leverages"
    ),
    "CREDENTIALED": (
        "credentialed, onboarded, enrolled, whitelisted, allowlisted, provisioned, let in, let into, invited in, "
        "waved in, taken in, admitted, inducted, cleared for, accredited"
    ),
    "RENEWED": "refreshed, rotated, renewed, rotation, renewal, refresh, refreshes, rotate, rotates, renew, renews",
    "STORED": (
        "kept, stored, held, encrypted, sealed, locked, sit, sits, rest, rests, keeps, stores, encrypts, "
        "guards, protects, seals"
    ),
    "MEMBER": "member, members, membership, participant, participants, graduate, alumni, enrollee, inductee",
    "EXHIBIT": (
        "exhibit~, exhibitor, exhibitors, booth, booths, pavilion, showcase, showcases, showcasing, present, "
        "presents, "
        "presenting, demo day, pantheon, trade show, conference"
    ),
    "RELEASED": "generally available, general availability, out of beta, left beta, leaves beta, left the beta, ga",
    "SITS": (
        "sit, sits, sitting, sat, wait, waits, waiting, parked, lined up, queued, already, there, right there, found"
    ),
    "CONVERSION": "conversion, conversions, offline conversions, offline conversion",
    # Moving bookings and data.
    "FLOW": (
        "push~, syncs, synced, syncing, synch, synchs, synched, synchronize~, synchronise~, flow~, land~, inject~, "
        "feed, feeds, fed, feeding, pipe~, stream~, transmit, transmits, transmitted, transmitting, funnel~, pour~, "
        "beam~, drop, drops, dropped, dropping, populate~, relay~, replicate~, mirror~, forward~, route~, transfer~, "
        "transferred, transferring, hand off, hands off, handed off, autofill, autofills, shoot, shoots, shot, "
        "ship~, pump~, shuttle~, whoosh~, deposit~, spawn~, auto sync, auto synced, autosync, autosyncs, auto syncs, "
        "zip, zips, teleport~, sail, sails, drip, drips, hand over, handed over, hands over, travel~, delivers "
        "straight, go straight, goes straight, going straight, go right, goes right, going right, goes directly, go "
        "directly"
    ),
    "MOVE": (
        "send, sends, sent, sending, deliver~, post~, pass~, go, goes, going, went, come, comes, arrive~, appear~, "
        "show up, shows up, showing up, showed up, show, pop up, pops up, popping up, pop, pops, write, writes, "
        "written, wrote, writing, insert~, load~, submit, submits, submitted, upload~, move~, import~, end up, ends "
        "up, turn up, turns up, makes its way, make their way, finds its way, find their way, register, registers, "
        "gets, get, export~, dispatch~, channel~, direct~, convert~, publish~, is already, are already, waiting, "
        "materialize~, reserve~, carries, carry, carried, travels, happens, happen, placed, slotted, slot, slots, "
        "ready and waiting, created, creates, kept, keeps"
    ),
    "ENTER": (
        "enter~, retype, retypes, retyped, retyping, rekey, type~, typed, add~, book~, record~, note~, key~, log, "
        "logs, logged, logging, put, puts, putting, copy, copies, copied, copying, place~, save~, update~, "
        "schedule~, create~, fill~, fills, make, makes, made, set up, sets up, open~, file~, assign~, store~, paste~"
    ),
    "FILL": (
        "fill~, update~, feed, feeds, fed, populate~, reach~, hit, hits, refresh~, fills in, fills out, books into, "
        "mirror~"
    ),
    "ACTS": (
        "read, reads, reading, write, writes, access, accesses, accessing, fetch, fetches, query, queries, download, "
        "downloads, look up, looks up, control, controls, operate, operates, edit, edits, manages"
    ),
    "PULL": (
        "pull~, import~, read, reads, reading, fetch, fetches, fetched, fetching, draw, draws, drawn, drawing, "
        "load~, come, comes, coming, update, updates, updated, refresh~, refreshes, get, gets, take, takes, taken, "
        "stream~, flow~, feed, feeds, fed, retrieve~, grab~, arrive~, source~, keep, keeps, straight, directly, "
        "live, inherit~"
    ),
    "TO": "into, to, in, in2, 2, inside, onto, on, with, through, within, on to",
    "ATOP": "on top of",
    "ARROW": "→, ⇒, ➜, ➔, ⟶, ->, =>",
    "TASK": (
        "write, put, place, move, submit, post, upload, pass, create, load, send, add, enter, copy, record, note, "
        "get, pull, take, read"
    ),
    "FROM": "from, out of, off",
    "SYNCN": (
        "sync, syncing, synchronization, synchronisation, hand off, handoff, transfer, import, entry, integration, "
        "push, feed, updates, booking, scheduling, dispatching, data flow, delivery, posting, intake, creation, "
        "dispatch, capture, updating"
    ),
    "WRITEBACK": "write back, writes back, writeback, written back, writing back, wrote back",
    "INSYNC": (
        "in sync, in step, up to date, in lockstep, always current, synced, synchronized, synchronised, syncs, "
        "synchronize, synchronise, in harmony, up to the minute, stays current, current, match, matches"
    ),
    "TWOWAY": (
        "two way, 2 way, bidirectional, bi directional, real time, realtime, round trip, both ways, live, instant, "
        "seamless, effortless, continuous, always on"
    ),
    "BOTHWAYS": "two way, 2 way, bidirectional, bi directional, real time, realtime, both ways, both directions",
    "AUTO": (
        "automatically, automatic, automated, automates, auto, by itself, by themselves, on its own, on their own, "
        "itself, themselves, autonomously, magically, like magic, unattended, untouched, hands free, hands off, for "
        "you, behind the scenes, while you sleep, without lifting a finger, automagically, autopilot, on autopilot, "
        "all alone, self updating, for your team, for your office, by magic, so you do not have to, in the "
        "background, effortlessly, with zero effort, instantly and automatically"
    ),
    "SELFDOING": (
        "by itself, by themselves, on its own, on their own, automatically, untouched, automagically, in the "
        "background, on autopilot, effortlessly, updates itself, update themselves, refreshes itself, refresh "
        "themselves, syncs itself, sync themselves, fills itself, fill themselves, books itself, book themselves, "
        "posts itself, post themselves, enters itself, enter themselves"
    ),
    "AUTOADJ": "automatic, automated, auto, zero touch, touchless, hands free",
    "INSTANT": (
        "instantly, instant, immediately, right away, at once, in real time, real time, realtime, within seconds, in "
        "seconds, seconds, the moment, the instant, the second, as soon as, the minute, straight, directly, direct, "
        "live, seamlessly, as it happens, as they happen, continuously, around the clock, 24 7, every minute, every "
        "night, nightly, hourly, always, daily, every hour, each night, every day, within minutes, one second, a "
        "second, under a second, one click, already, right into, minutes, non stop, nonstop, before you, in no time, "
        "on the spot, day and night, the same second, round the clock, then and there"
    ),
    "SEES": "see, sees, seen, view, views, has, have, finds, find, gets, get, open, opens",
    "BECOMES": (
        "become, becomes, became, turns into, turn into, converts to, converts into, turned into, is turned into, makes"
    ),
    "RETYPING": (
        "manual entry, double entry, data entry, manual data entry, duplicate entry, double data entry, retyping, re "
        "typing, rekeying, re keying, re entry, manual re entry, manual typing, copy and paste, copy paste, copying "
        "and pasting, typing, re entering, retype, rekey, swivel chair, manual transfer, copying, hand typing"
    ),
    "LESS": (
        "no, zero, without, goodbye, farewell, forget, skip, end, ends, eliminate~, eliminates, never, stop, avoid, "
        "kills, kill, no more, bye, replaces, ditch, drop, save yourself, spare, spares, saves you, cut out, cuts "
        "out"
    ),
    # Webhooks and events.
    "HOOK": "webhook, webhooks, web hook, web hooks, webhook event, webhook events, callbacks",
    "PRO": "scheduling pro, scheduler pro, schedule pro, marketing pro, dispatch pro",
    "FEED": "feed, feeds, stream, streams",
    "HEARS": (
        "hear~, know, knows, learn, learns, find out, finds out, see, sees, notice~, react~, respond~, adjust~, "
        "reflect~, follow~, show, shows, update~, change~, listen~, gets, get, receive~"
    ),
    "SENDS": "sends, posts, fires, pushes, delivers, emits, forwards, streams, publishes, has sent, hands",
    "MARKCERT": "marketplace certified, marketplace approved, marketplace verified, marketplace listed",
    "AUTOSYNC": "auto sync, auto synced, autosync, autosyncs, auto syncs",
    "SWAP": "exchange~, share~, trade~, swap, swaps",
    "STATUSN": "partner status, approval status, certification status",
    "ENDPOINT": "api, apis, endpoint, endpoints, rest api, gateway",
    "EVENTS": "event, events, event stream, notifications, callbacks",
    "TRIGGER": (
        "trigger~, keep, keeps, kept, fire~, drive~, power~, notify, notifies, notified, refresh~, refreshes, "
        "start~, cause~, change~, tell, tells, told, wake~, update~, updates, sync, syncs, set off, sets off, kick "
        "off, kicks off, inform~, flip~, move~, feed, feeds, stream~, arrive~, come in, comes in, reach~, flow~, "
        "land~, ping~, bring~, mark~, adjust~, appear~, confirm~"
    ),
    "PROCESS": (
        "process~, processes, receive~, handle~, catch, catches, caught, consume~, ingest~, listen~, subscribe~, "
        "react~, respond~, accept~, act on, acts on, pick up, picks up, picked up, get, gets, track~, hear~, "
        "monitor~, watch~, watches, capture~, answer~, run on, runs on, subscribed, wired up, pick~, support~, obey, "
        "obeys, use, uses, take in, takes in, follow~, digest~"
    ),
    "PROCESSED": (
        "processed, received, handled, caught, consumed, ingested, accepted, picked up, wired up, tracked, captured, "
        "answered, supported, verified, applied, acted on, honored, honoured"
    ),
    # Revenue.
    "MONEY": (
        "revenue, revenues, roi, dollar, dollars, return on ad spend, roas, income, sales, earnings, profit, return, "
        "returns, cent, penny, turnover, takings, money, job value, cost per, value, worth, attribution"
    ),
    "AD": (
        "ad, ads, click, clicks, campaign, campaigns, lead, leads, keyword, keywords, channel, marketing, "
        "advertising, source, form fill, first click, first touch, search, google ads, website visit, page view, "
        "visit, impression, call, phone call, form"
    ),
    "WEBPAGE": "page, pages, landing page, landing pages",
    "BILL": (
        "invoice, invoices, payment, payments, cash, paid job, paid jobs, paid invoice, paid invoices, paid work, "
        "sale, sales, bank, closed job, completed job, revenue, dollars, dollar, invoiced"
    ),
    "TRACK": (
        "track~, prove, proves, proved, proven, proving, attribute~, tie, ties, tied, match~, matches, measure~, "
        "trace~, follow~, connect~, link~, know, knows, known, report~, credit~, calculate~, verify, verifies, "
        "verified, pull~, read, reads, see, sees, show~, shown, map~, mapped, join~, reconcile~, tell, tells, "
        "compute~, trackable, traceable, attributable, assign~"
    ),
    "COMES": (
        "come, comes, coming, pulled, pulls, pull, read, reads, drawn, draws, flows, flow, flowing, fed, feeds, "
        "taken, takes, measured, proven, proves, prove, attributed, attributes, tracked, tracks, track, matched, "
        "matches, match, traced, traces, imported, imports, straight, directly, reported, updated, calculated, "
        "synced, arrives, streamed, streams, sourced, verified, confirmed, shown, shows, tied, ties, backed, "
        "powered, driven, fueled, based"
    ),
    "SHOW": (
        "show~, shown, display~, see, sees, report~, read, reads, reading, pull~, know, knows, watch, updated, use, "
        "uses, view, knowing, import~, access, accesses, query, queries"
    ),
    "LOOP": "closed loop, full funnel, end to end attribution",
    "LOOPN": "revenue, attribution, reporting, roi, tracking, proof, marketing, reports, analytics, measurement, roas",
    "MAKES": (
        "bring, brings, brought, made, make, makes, drive, drives, drove, produce, produces, produced, pay, pays, "
        "paid, became, become, becomes, turned, turn, turns, generate, generates, generated, earn, earns, earned, "
        "win, wins, won, led, caused, closed, sold, turned into, turns into, turn into"
    ),
    "REAL": "real, true, actual, live, exact, verified, real time, hard, accurate",
    # Existence and offers.
    "SYNCED": "synced, synchronized, synchronised, in sync, auto synced",
    "STATE": (
        "a reality, reality, always on, live, in production, running, up and running, available, now available, "
        "here, "
        "working, works, active, switched on, turned on, enabled, included, standard, built in, done, granted, "
        "complete, completed, shipped, launched, handled, out of the box, is on, are on, ready now, is ready, "
        "online, "
        "operational, in place, achieved, secured, received, obtained, confirmed, approved, finished, delivered, "
        "yours, came through, went through, came in, arrived, signed, sealed, healthy, renewed, right beside, right "
        "next to, at a glance, established, in the bag, ✅, ✓, ✔, ☑, has arrived, have arrived, has landed, open for "
        "business, is real, on board, in force, in effect, exists, in hand, yes, in operation, passed, rolled "
        "out, is "
        "set, fully automatic, connected, linked, synced, no problem, available today, is go, comes standard, "
        "generally available, supported, today"
    ),
    "OFFER": (
        "offer, offers, enjoy, enjoys, provide, provides, include, includes, including, comes with, come with, "
        "bring, brings, featuring, unlock, unlocks, experience, introducing, announcing, hello, delivers, deliver, "
        "powered by, you have, we have, you get, has, have, get, gets, thanks to, boasts, built on, you now have, "
        "meet, now with, complete with, run on, runs on, ships with, gives you, give you, love, discover, with our, "
        "through our, via our, welcome to, supports, features, adds, got, equipped with, take care of, takes care "
        "of, handle, handles, manages, runs, run, do, does, sells, sell, buy, guarantee, guarantees"
    ),
    "YES": (
        "yes, yep, yeah, yup, absolutely, of course, sure, certainly, indeed, definitely, exactly, naturally, you "
        "bet, you have it, you've got it, you got it, we've got it, got it, look no further, you found, you've "
        "found, here it is, here you go, right here, now you can, consider it, good news, great news, say hello, "
        "that's us, every day, every time, meet pagetojob, enter pagetojob, pagetojob puts, pagetojob pushes, "
        "pagetojob syncs, ✅, ✓"
    ),
    "TICK": "check, sorted, solved, covered",
    "ECHO": (
        "it does, it is, it's, they do, they are, they're, we do, we are, we're, we have, you are, you're, that is, "
        "that's, pagetojob does, pagetojob is, pagetojob has, pagetojob can"
    ),
    # Words that turn a preceding topic into the name of something else.
    "GENERIC": "partners, apps, vendors, companies, developers, partner apps, providers, integrations",
    "META": (
        "path, process, request, requests, application, timeline, requirement, requirements, gate, gates, status, "
        "checklist, pack, packet, page, question, questions, evidence, section, step, steps, risk, risks, policy, "
        "policies, runbook, runbooks, documentation, docs, rule, rules, claim, claims, wording, readiness, roadmap, "
        "attempt, attempts, queue, item, items, state, states, error, errors, failure, failures, form, owner, "
        "criteria, terms, agreement, design, protocol, specification, matrix, definition, definitions, project, "
        "review, reviews, reviewer, reviewers, gated, candidate, issue, issues, plan, map, flag, flags, plans, "
        "guide, worker, endpoint, endpoints, receiver, number, numbers, model, test, tests"
    ),
}
