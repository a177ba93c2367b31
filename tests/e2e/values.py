"""Made-up sensitive values, one or more of each kind that must not leave.

Those a secret scanner would take for real are put together here, at run time.
Numbers carry valid check digits and belong to documented test ranges.
"""

import base64
import hashlib
import json
import string


def letters(seed, count, alphabet=string.ascii_letters + string.digits):
    """`count` characters that are always the same for a seed and look drawn."""
    out, block = "", seed.encode()
    while len(out) < count:
        block = hashlib.sha256(block).digest()
        out += "".join(alphabet[byte % len(alphabet)] for byte in block)
    return out[:count]


def encoded(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def token():
    """A JSON web token signed with nothing anybody has."""
    head = json.dumps({"alg": "HS256", "typ": "JWT"}, separators=(",", ":")).encode()
    body = json.dumps({"sub": "1234567890", "iat": 1516239022}, separators=(",", ":")).encode()
    return ".".join((encoded(head), encoded(body), encoded(hashlib.sha256(b"e2e").digest())))


def private_key():
    """The armour of a private key around bytes that are none."""
    noise = base64.b64encode(hashlib.sha512(b"e2e").digest() * 10).decode()
    lines = [noise[at : at + 64] for at in range(0, len(noise), 64)]
    mark = "RSA PRIVATE " + "KEY"
    return "\n".join([f"-----BEGIN {mark}-----", *lines, f"-----END {mark}-----"])


# placeholder type -> values
VALUES = {
    "EMAIL": ["jane.roe@mail.acme-widgets.io", "o.neil+tag@subdomain.widgets.co.uk"],
    "PHONE": ["+49 30 901820", "+1 212 736 5000"],
    "CREDIT_CARD": ["4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005"],
    "IBAN": ["DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819"],
    "US_SSN": ["SSN 536-22-8714"],
    "IP": ["host 203.1.77.14", "2a02:8109:9c40:1a2b::17"],
    "PRIVATE_KEY": [private_key()],
    "JWT": [token()],
    "URL_CREDENTIALS": ["postgres://svc_app:" + letters("url", 14) + "@db.acme-widgets.io:5432/app"],
    "AWS": ["AKIA" + letters("aws", 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")],
    "GITHUB": ["ghp_" + letters("github", 36)],
    "OPENAI": ["sk-" + "proj-" + letters("openai", 74) + "T3Blbk" + "FJ" + letters("openai2", 74)],
    "ANTHROPIC": ["sk-ant-" + "api03-" + letters("anthropic", 93) + "AA"],
    "GOOGLE": ["AIza" + letters("google", 35)],
    "SLACK": [
        "xoxb-"
        + letters("slack", 12, string.digits)
        + "-"
        + letters("slack2", 13, string.digits)
        + "-"
        + letters("slack3", 24)
    ],
    "STRIPE": ["sk_" + "live_" + letters("stripe", 24)],
}


def bare(value):
    """The part of a fixture that is the value itself, without the word before it."""
    return value.split(" ", 1)[1] if value.startswith(("SSN ", "host ")) else value


def secret_part(value):
    """What of a value must not be seen: of a URL its password."""
    value = bare(value)
    return value.split(":")[2].split("@")[0] if value.startswith("postgres") else value


ALL = [(kind, value) for kind, values in VALUES.items() for value in values]
SECRETS = [(k, v) for k, v in ALL if k not in ("EMAIL", "PHONE", "CREDIT_CARD", "IBAN", "US_SSN", "IP")]
