"""Cells that the importer rejects, and similar ones that it accepts."""

FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t1", "\r1", " =1", "＝1", "\u200b=1", "-x"]

SECRETS = [
    "-----BEGIN RSA PRIVATE KEY-----",
    "-----BEGIN OPENSSH PRIVATE KEY----- b3Bl",
    "eyJhbGciOiJSUzI1NiJ9.eyJ0ZW5hbnQiOjF9.c2lnbmF0dXJl",
    "Bearer abc123def456ghi789",
    "Authorization: Basic dXNlcjpwYXNzd29yZA==",
    "ak1.abcdefgh12345678",
    "cs2.ab12cd34ef56",
    "cid.8x7y6z5w4v",
    "client_secret=hunter2hunter2",
    "API key: 12345678",
    "password: hunter2",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "ghp_" + "abcdefghijklmnopqrstuvwxyz012345",
    "sk_live_" + "abcdefghijklmnopqrstuv",
    "d41d8cd98f00b204e9800998ecf8427e",
    "x9Kq2LmZ8vT4nB7cR1sW5yH3",
]

PERSONAL = [
    "jamie@example.com",
    "Ask Jamie (jamie.rivera+x@mail.example.co.uk)",
    "jamie＠example.com",
    "(602) 555-0199",
    "602-555-0199",
    "602.555.0199",
    "+1 602 555 0199",
    "call 6025550199 today",
    "+44 20 7946 0958",
    "４１１１ 1111 1111 1111",
    "4111-1111-1111-1111",
    "378282246310005",
    "078-05-1120",
]

HONEST = [
    "",
    "AC Repair",
    "-",
    "--",
    "24/7 emergency service",
    "Basic maintenance-package",
    "Basic heating/cooling-checkup",
    "5 ton unit, 14 SEER2",
    "R-410A recharge",
    "Zone 85016-85018",
    "2026-06-25",
    "Token Ring wiring",
    "Password reset visit",
    "ResidentialAirConditioningMaintenancePlan2024",
    "123456789",
    "6025550199",
    "1234567890123456789",
    "1/2 inch @ 3 feet",
    "550e8400-e29b-41d4-a716-446655440000",
    "Bearer of good news",
    "Backflow test 10-20-2026",
]
