#!/usr/bin/env python3
"""Checks records that `portcullis audit export` wrote, without Portcullis.

    python3 check_record.py audit-keys.txt export.jsonl

Each line holds a record's exact bytes, an RFC 6962 inclusion path and a C2SP
signed note. This page follows the path from the record's hash to the root in
the note and checks the note's Ed25519 signature (RFC 8032) under a key of the
list. It needs Python 3.8 and nothing else. Exit 0: all proven. 1: one is not.
3: usage.
"""

import base64
import hashlib
import json
import sys

# -- Ed25519, verification only (RFC 8032, section 5.1) ----------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def point(data):
    """A point from its 32 bytes, in extended coordinates."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        raise ValueError("not a point")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        raise ValueError("not a point")
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def add(one, other):
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar, base):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, base)
        base, scalar = add(base, base), scalar >> 1
    return result


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(key, message, signature):
    if len(signature) != 64:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    if scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    left = times(scalar, BASE)
    right = add(point(signature[:32]), times(challenge, point(key)))
    same = (left[0] * right[2] - right[0] * left[2]) % P == 0
    return same and (left[1] * right[2] - right[1] * left[2]) % P == 0


# -- notes (c2sp.org/signed-note, c2sp.org/tlog-checkpoint) ------------------


def read_keys(path):
    keys = []
    for line in open(path, encoding="utf-8"):
        if line.strip() and not line.startswith("#"):
            name, key_id, key = line.split()[0].split("+", 2)
            key = base64.b64decode(key, validate=True)
            expected = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
            if key[0] != 1 or expected.hex() != key_id:
                raise ValueError("a line of the list is not a key")
            keys.append((name, expected, key[1:]))
    return keys


def open_note(note, keys):
    """Stream, size and root of a note that one of the keys has signed."""
    text, signatures = note.split("\n\n", 1)
    text += "\n"
    first, size, root = text.splitlines()
    origin, stream = first.rsplit("/", 1)
    for line in signatures.splitlines():
        dash, name, blob = line.split(" ")
        blob = base64.b64decode(blob, validate=True)
        for known, key_id, key in keys:
            named = dash == "\u2014" and name == known == origin and blob[:4] == key_id
            if named and is_signed(key, text.encode(), blob[4:]):
                return stream, int(size), base64.b64decode(root, validate=True)
    raise ValueError("no key of the list has signed the checkpoint")


# -- the path (RFC 9162, section 2.1.3.2) ------------------------------------


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaf, index, size, path):
    at, last = index, size - 1
    if at > last:
        raise ValueError("the record is not in the tree")
    for sibling in path:
        if last == 0:
            raise ValueError("the path is too long")
        if at & 1 or at == last:
            leaf = node(sibling, leaf)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            leaf = node(leaf, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise ValueError("the path is too short")
    return leaf


def check(line, keys):
    line = json.loads(line)
    if line["proof"] is None:
        raise ValueError("no checkpoint covers it yet")
    stream, size, root = open_note(line["checkpoint"], keys)
    proof, record = line["proof"], line["record"].encode()
    leaf = hashlib.sha256(b"\x00" + record).digest()
    path = [bytes.fromhex(one) for one in proof["path"]]
    if proof["size"] != size or root_of(leaf, proof["index"], size, path) != root:
        raise ValueError("its path does not lead to the checkpoint's root")
    said = json.loads(record)["attributes"]
    place = said["audit.sequence.stream_id"], said["audit.sequence.number"]
    if place != (stream, proof["index"] + 1):
        raise ValueError("the record names another place")


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 3
    try:
        keys, lines = read_keys(sys.argv[1]), open(sys.argv[2], encoding="utf-8")
    except (OSError, ValueError, IndexError) as error:
        print(error, file=sys.stderr)
        return 3
    bad = 0
    number = 0
    for number, line in enumerate(lines, 1):
        try:
            check(line, keys)
        except (ValueError, KeyError, TypeError) as error:
            bad += 1
            print(f"line {number}: {error}")
    if not bad:
        print(f"{number} records proven")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
