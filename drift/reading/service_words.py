"""Vocabulary of heating, cooling, plumbing and electrical services on websites. Data, no code.

A service is a thing and an act: `ac` and `repair`. Phrases are lower case, singular and without hyphens.
"""

#: thing -> (display name, things it is part of, phrases)
THINGS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "hvac": (
        "HVAC",
        (),
        (
            "hvac|heating and cooling|heating & cooling|heating and air|heating & air|heating and air conditioning|"
            "heating & air conditioning|air conditioning and heating|air conditioning & heating|ac and heating|"
            "heating ventilation and air conditioning|heating and ac|cooling and heating|comfort system|hvac system|"
            "heating and cooling system|hvac unit|hvac equipment"
        ),
    ),
    "ac": (
        "AC",
        ("hvac",),
        (
            "ac|a c|air conditioning|air conditioner|central air|central air conditioner|central air conditioning|"
            "cooling|"
            "cooling system|air conditioning system|air conditioning unit|ac unit|ac system|a c unit|a/c|a/c unit|"
            "a/c system|"
            "air con|cooling unit|central ac|aircon"
        ),
    ),
    "heating": (
        "Heating",
        ("hvac",),
        "heating|heater|heating system|heat system|home heating|heating unit|space heating",
    ),
    "furnace": ("Furnace", ("heating",), "furnace|gas furnace|electric furnace|oil furnace"),
    "boiler": ("Boiler", ("heating",), "boiler|boiler system"),
    "heat pump": ("Heat Pump", ("heating",), "heat pump|air source heat pump|heat pump system"),
    "mini split": (
        "Ductless Mini-Split",
        ("hvac",),
        (
            "mini split|ductless mini split|ductless|ductless ac|ductless system|ductless air conditioner|"
            "mini split ac|"
            "mini split system|ductless air conditioning|ductless heating and cooling|ductless hvac"
        ),
    ),
    "geothermal": ("Geothermal", ("hvac",), "geothermal|geothermal heating|geothermal heat pump|geothermal system"),
    "radiant": ("Radiant Heating", ("heating",), "radiant heat|radiant heating|radiant floor heating|in floor heating"),
    "evaporative cooler": ("Evaporative Cooler", (), "evaporative cooler|swamp cooler"),
    "thermostat": ("Thermostat", ("hvac",), "thermostat|smart thermostat|wifi thermostat|programmable thermostat"),
    "duct": ("Duct", ("hvac",), "duct|ductwork|air duct|duct work|hvac duct|duct system|air ductwork"),
    "iaq": ("Indoor Air Quality", (), "indoor air quality|air quality|iaq|home air quality|indoor air"),
    "air purifier": (
        "Air Purifier",
        ("iaq",),
        "air purifier|air purification|air cleaner|uv light|air scrubber|air filtration",
    ),
    "humidifier": ("Humidifier", ("iaq",), "humidifier|whole home humidifier|whole house humidifier"),
    "dehumidifier": ("Dehumidifier", ("iaq",), "dehumidifier|whole home dehumidifier|whole house dehumidifier"),
    "dryer vent": ("Dryer Vent", (), "dryer vent"),
    "insulation": ("Insulation", (), "insulation|attic insulation"),
    "refrigeration": ("Refrigeration", (), "refrigeration|walk in cooler|walk in freezer|ice machine"),
    "plumbing": ("Plumbing", (), "plumbing|plumbing system|plumber"),
    "water heater": (
        "Water Heater",
        ("plumbing",),
        "water heater|hot water heater|hot water tank|water heater tank|hot water system|storage tank water heater",
    ),
    "tankless": (
        "Tankless Water Heater",
        ("water heater",),
        "tankless water heater|tankless|tankless hot water heater|on demand water heater|tankless system|tankless unit",
    ),
    "drain": ("Drain", ("plumbing",), "drain|clogged drain|drain line|floor drain|kitchen drain|drains and sewer"),
    "sewer": ("Sewer Line", ("plumbing",), "sewer|sewer line|sewer main|main sewer line|sewer pipe|sewer lateral"),
    "water line": ("Water Line", ("plumbing",), "water line|water main|main water line|water service line"),
    "gas line": ("Gas Line", ("plumbing",), "gas line|gas piping|gas pipe|natural gas line|gas leak"),
    "pipe": ("Pipe", ("plumbing",), "pipe|piping|burst pipe|leaky pipe|frozen pipe|pipe leak"),
    "leak": ("Leak", ("plumbing",), "leak|water leak|plumbing leak"),
    "slab leak": ("Slab Leak", ("leak",), "slab leak"),
    "toilet": ("Toilet", ("plumbing",), "toilet"),
    "faucet": ("Faucet", ("plumbing",), "faucet|sink|faucet and sink|sink and faucet|plumbing fixture|fixture"),
    "shower": ("Shower & Tub", ("plumbing",), "shower|bathtub|tub|shower and tub|tub and shower"),
    "garbage disposal": ("Garbage Disposal", ("plumbing",), "garbage disposal|disposal"),
    "water softener": ("Water Softener", (), "water softener|water softening|water softener system|softener"),
    "water filtration": (
        "Water Filtration",
        (),
        (
            "water filtration|water filter|water filtration system|reverse osmosis|water treatment|whole house water "
            "filter|"
            "ro system|ro unit|water purification|water quality|whole house water filtration"
        ),
    ),
    "sump pump": ("Sump Pump", ("plumbing",), "sump pump|sump|ejector pump|sewage pump"),
    "well pump": ("Well Pump", (), "well pump|well"),
    "septic": ("Septic", (), "septic|septic tank|septic system"),
    "backflow": ("Backflow", ("plumbing",), "backflow|backflow preventer|backflow prevention"),
    "bathroom": ("Bathroom", (), "bathroom"),
    "electrical": ("Electrical", (), "electrical|electric|electrical system|electrician"),
    "panel": (
        "Electrical Panel",
        ("electrical",),
        (
            "electrical panel|electric panel|breaker panel|breaker box|main panel|circuit breaker|fuse box|service "
            "panel|panel"
        ),
    ),
    "ev charger": (
        "EV Charger",
        (),
        (
            "ev charger|ev charging|ev charging station|electric vehicle charger|electric car charger|car charger|"
            "electric vehicle charging|tesla charger|electric vehicle charging station|level 2 ev charger"
        ),
    ),
    "generator": (
        "Generator",
        (),
        "generator|standby generator|backup generator|whole home generator|whole house generator|home generator",
    ),
    "ceiling fan": ("Ceiling Fan", ("electrical",), "ceiling fan"),
    "lighting": (
        "Lighting",
        ("electrical",),
        "lighting|light fixture|recessed lighting|landscape lighting|outdoor lighting|led lighting|indoor lighting",
    ),
    "outlet": ("Outlet & Switch", ("electrical",), "outlet|outlet and switch|switch and outlet|electrical outlet"),
    "wiring": ("Wiring", ("electrical",), "wiring|house wiring|home wiring|electrical wiring"),
    "surge": ("Surge Protection", ("electrical",), "surge protection|surge protector|whole home surge protection"),
    "smoke detector": ("Smoke Detector", ("electrical",), "smoke detector|smoke alarm|carbon monoxide detector"),
    "solar": ("Solar", (), "solar|solar panel"),
    "roof": ("Roofing", (), "roof|roofing"),
    "appliance": ("Appliance", (), "appliance"),
    "chimney": ("Chimney", (), "chimney"),
    "fireplace": ("Fireplace", (), "fireplace|gas fireplace"),
    "pool heater": ("Pool Heater", (), "pool heater"),
}

#: act -> (display name, phrases)
ACTS: dict[str, tuple[str, str]] = {
    "repair": (
        "Repair",
        "repair|repairing|repaired|fix|fixing|troubleshooting|restoration|repair service|leak repair",
    ),
    "diagnostic": ("Diagnostic", "diagnostic|diagnosis|diagnostics|diagnosing"),
    "installation": (
        "Installation",
        (
            "installation|install|installing|installed|replacement|replace|replacing|replaced|upgrade|upgrading|"
            "changeout|change out|new installation|system replacement|installer|instal|installs"
        ),
    ),
    "maintenance": (
        "Maintenance",
        (
            "maintenance|tune up|tuneup|check up|checkup|maintaining|maintain|preventive maintenance|preventative "
            "maintenance|"
            "precision tune up|tune up and maintenance|seasonal tune up|flush|flushing|servicing|safety check"
        ),
    ),
    "cleaning": ("Cleaning", "cleaning|clean|clearing|unclogging|unclog|cleanout|clean out|snaking|rooter|sanitizing"),
    "inspection": (
        "Inspection",
        "inspection|camera inspection|video inspection|inspect|testing|safety inspection|evaluation",
    ),
    "detection": ("Detection", "detection|locating|location"),
    "sealing": ("Sealing", "sealing|seal"),
    "lining": ("Lining", "lining|relining|trenchless repair"),
    "remodeling": ("Remodeling", "remodeling|remodel|renovation"),
    "service": ("Services", "service|company|contractor|expert|specialist|solution"),
}

#: Phrases that are a service by themselves: (thing, act).
WHOLE: dict[str, tuple[str, str]] = {
    "hydro jetting": ("hydro jetting", ""),
    "hydrojetting": ("hydro jetting", ""),
    "hydro jet": ("hydro jetting", ""),
    "water jetting": ("hydro jetting", ""),
    "repiping": ("repiping", ""),
    "repipe": ("repiping", ""),
    "whole home repiping": ("repiping", ""),
    "whole house repipe": ("repiping", ""),
    "pipe replacement": ("repiping", ""),
    "pipe relining": ("pipe lining", ""),
    "pipe lining": ("pipe lining", ""),
    "trenchless sewer repair": ("sewer", "repair"),
    "trenchless sewer line repair": ("sewer", "repair"),
    "rewiring": ("wiring", "installation"),
    "whole house rewiring": ("wiring", "installation"),
    "rooter service": ("drain", "cleaning"),
    "rooter": ("drain", "cleaning"),
    "duct cleaning": ("duct", "cleaning"),
    "duct sealing": ("duct", "sealing"),
    "drain clearing": ("drain", "cleaning"),
    "clogged drain": ("drain", "cleaning"),
    "drain unclogging": ("drain", "cleaning"),
    "leak detection": ("leak", "detection"),
    "slab leak detection": ("slab leak", "detection"),
    "sewer camera inspection": ("sewer", "inspection"),
    "video camera inspection": ("sewer", "inspection"),
    "sewer scope": ("sewer", "inspection"),
    "surge protection": ("surge", ""),
    "indoor air quality": ("iaq", ""),
    "duct repair": ("duct", "repair"),
    "panel upgrade": ("panel", "installation"),
    "gas leak detection": ("gas line", "detection"),
    "home energy audit": ("energy audit", ""),
    "energy audit": ("energy audit", ""),
}
#: Services with a common name that differs from their thing and act.
USUAL_NAMES = {
    ("panel", "installation"): "Electrical Panel Upgrade",
    ("wiring", "installation"): "Rewiring",
    ("leak", "inspection"): "Leak Detection",
}
WHOLE_NAMES = {
    "hydro jetting": "Hydro Jetting",
    "repiping": "Repiping",
    "pipe lining": "Pipe Lining",
    "energy audit": "Energy Audit",
}
#: Things whose name alone means that the shop does it.
COMPLETE_THINGS = frozenset({"iaq", "surge", "hydro jetting", "repiping", "pipe lining", "energy audit"})
