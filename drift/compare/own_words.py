"""Words that shops use about themselves: labels of numbers, hours, and towns they serve. Pure."""

import re

from drift.reading.wordset import wordset

OWN = re.compile(r"\b(?:our|ours|(?<!n't )(?<!not )us|we|we're|we'll|we've)\b", re.IGNORECASE)
#: "Our Cumberland County line,": a label that starts with "our" belongs to the shop.
LINE = re.compile(
    r"^[\w' -]{0,40}\b(?i:line|number|office|shop|team|crew|desk|hotline|dispatch\w*|store|counter|branch|phone|cell)\b"
    r"(?:(?i:,? (?:is|are|gets?|rings?|runs?)\b)(?:[a-z0-9 ,/'-]|[A-Z][a-z]{2,5}days?\b|Christmas){0,60})?"
    r"(?:[\s,:(-]|(?i:\b(?:at|is|on)\b))*$",
)
#: "Tarp crew, day or night:", "Marge,", "EMERGENCY TARPING": such a label belongs to the shop if the area code does.
BEGINS = re.compile(
    r"[A-Z][a-z]+'s (?:line|cell|number|phone|desk)\b[\w ,'&-]{0,60}|"
    r"[A-Z]?[a-z]+ (?:crew|team|shop|office|dispatch)\b[\w ,:()/-]{0,30}|[A-Z][a-z]+[,:(]?|"
    r"(?i:24[\s-]?(?:/7|hours?|hr)|emergenc(?:y|ies)|after[\s-]hours|nights?|urgent)\b(?:[\s,&/-]+\w+){0,3}\W{0,3}"
)
PAST = re.compile(r"\b(?:old|former|previous|used to|was|supplier|landlord|accountant|partners?)\b", re.IGNORECASE)
#: "Want a spot on the list? Call 641-555-0122 and leave your name.": people book with the shop itself.
BOOKS = re.compile(
    r"\b(?:leave (?:your|us|a)|book|schedule|reserve|sign up|(?:get|put you|spot|place) on (?:the|our))\b",
    re.IGNORECASE,
)
#: "Sewer districts, who to call": numbers below such a heading belong to others.
OTHERS_LISTED = re.compile(
    r"\b(?:who to call|useful (?:numbers|contacts|links)|other numbers|utilit(?:y|ies)|districts|departments|"
    r"not our numbers)\b",
    re.IGNORECASE,
)
CALLS = re.compile(r"\b(?:call|text|dial|ring|phone|reach|message|tel)(?:ing|s)?\b", re.IGNORECASE)
#: Words in labels of a shop's own numbers, in addition to the words of its map.
LABEL = wordset(
    "a about account after all an and any anytime appointment appointments at be bill billing bills book booking "
    "branch business by call can can't cell commercial contact counter crew customer customers day desk dial direct "
    "dispatch electrician emergencies emergency estimate estimates fast for free general help here holiday holidays "
    "hotline hour hours hrs immediate in invoice is it line live local location main manager mobile night nights no "
    "non now number o office on or our owner p payments person ph phone photo photos picture pictures please plan "
    "plumber "
    "question questions quote quotes reach reached real residential right ring roofer sales schedule scheduling "
    "service shop showroom side sms speak store t talk team tech technician technicians tel telephone text the then "
    "time to today toll tonight urgent us wait weekend weekends when with you your"
)
#: Words in statements of the shop's hours, in addition to the label words.
OPENING = wordset(
    "afternoon afternoons again also am are as available but close closed closes come currently daily doors each "
    "early eight eleven evening evenings every except f five four from half he i ins late lunch m midnight morning "
    "mornings most nine noon normal normally often one only open opening opens other out over past pm quarter regular "
    "round sa season see seven she shut six spring staff staffed su summer sure ten th that there they this three "
    "through thru til till twelve two until usually visit walk we we're welcome winter year yes"
)
OPEN = re.compile(
    r"\bopens?\b|\bclosed?s?\b|\bhours\b|\boffice\b|\breach (?:us|me|a person|somebody)\b|\bshop is\b|"
    r"\bwe(?:'re| are) (?:here|in|around|available)\b|\bby appointment\b|\bwalk-ins?\b",
    re.IGNORECASE,
)
#: Text below such a heading is about the shop, unless the text names another party.
CONTACTS = re.compile(
    r"\bcontacts?\b|\bvisit\b|\bfind us\b|\bphones?\b|\bcome (?:by|see)\b|\bcall us\b|\btalk to\b|\blocations?\b|"
    r"\baddress\b|\bwhere (?:we are|to find)\b|\breach\b",
    re.IGNORECASE,
)
SERVES = re.compile(
    r"\bserv(?:e|es|ed|ing|ice area)|\bareas?\b|\b(?:towns?|cities|communities|neighborhoods|counties|zip codes|"
    r"routes?)\b|\bwhere (?:we|our|you|the|to)\b|"
    r"\bwe (?:\w+ ){0,2}(?:go|work|run|drive|travel|cover|haul|come|install|repair)\b|"
    r"\bwe (?:\w+ ){1,3}(?:homes?|houses?|homeowners|customers|people|folks|neighbors)\b|"
    r"\b(?:our|the) (?:\w+ )?(?:trucks?|vans?|crews?|techs?|routes?)\b|\bcover(?:s|ing|age)?\b|"
    r"\bterritor(?:y|ies)\b|\b(?:mon|tues|wednes|thurs|fri|satur)days? we(?:'re| are) in\b|"
    r"\byou (?:serve|(?:work|go|come|travel) (?:in|to|out|at|near|as|that|around|here|my|up|down))\b|"
    r"\byou (?:work|go|come|travel)\W{0,3}$|\btak(?:e|es|ing) (?:\w+ ){0,3}customers\b|\bnear(?:by)?\b",
    re.IGNORECASE,
)
