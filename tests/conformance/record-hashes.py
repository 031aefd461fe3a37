"""Asks the libraries people come from for hashes, and for their verdicts on passwords, and writes recorded-hashes.jsonl.

Run by hand, when a library changes what it writes:
    npm install --no-save better-auth@1.7.25
    python3 -m venv v && v/bin/pip install -r requirements-hashes.txt && v/bin/python record-hashes.py
"""

import functools
import json
import logging
import pathlib
import random
import subprocess
import time
import unicodedata
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

import argon2
import bcrypt
import django.conf
import passlib.hash as passlib
import pwdlib.hashers.argon2
import pwdlib.hashers.bcrypt
import werkzeug.security as werkzeug
from django.contrib.auth import hashers as django_hashers

HERE = pathlib.Path(__file__).parent
django.conf.settings.configure()

WORDS = [
    "correct horse battery staple", "Tr0ub4dor&3", "pässwörd", "日本語のパスワード", "비밀번호1234", "emoji 🔑 key 👩‍👩‍👧", " spaces kept ", "p:with$delims,=",
    "ﬁ Å ㎏ ①", "z", "\t\\\"'%", "Ελληνικά", "x" * 64, "ß" * 20,
]
# Around the 72 bytes that bcrypt reads: one less, as many, one more, a character across the edge.
EDGES = ["e" * 71, "e" * 72, "e" * 73, "e" * 71 + "é and on", "ü" * 50]
# More than a digest's block, or than 256 bytes.
LONG = ["l" * 130, "long " * 60, "ж" * 300]


def password():
    return random.choice(WORDS) + str(random.randrange(10000))


def alike(password):
    """Passwords that are nearly this one, and might be taken for it."""
    forms = [unicodedata.normalize(form, password) for form in ("NFC", "NFD", "NFKC")]
    cut = password.encode()[:72].decode(errors="ignore")
    return [password, *forms, cut, password + "xyz", "xyz" + password, password[:-1], password.swapcase(), password.strip(), ""]


def record(library, format, password, hash, verify):
    start = time.process_time()
    assert verify(password, hash), hash
    is_costly = time.process_time() - start > 0.05
    others = [password, password + "xyz"] if is_costly else alike(password)
    verdicts = {other: bool(verify(other, hash)) for other in others}
    return {"library": library, "format": format, "hash": hash, "verdicts": verdicts}


def of_passlib(format, scheme, secret=None, **settings):
    secret = password() if secret is None else secret
    scheme = scheme.using(**settings) if settings else scheme
    return record("passlib", format, secret, scheme.hash(secret), scheme.verify)


def of_argon2_cffi(kind, secret=None, **settings):
    secret = password() if secret is None else secret
    hasher = argon2.PasswordHasher(type=kind, **settings)
    return record("argon2-cffi", f"argon2{kind.name.lower()}", secret, hasher.hash(secret), functools.partial(argon2_verifies, hasher))


def argon2_verifies(hasher, secret, hash):
    try:
        return hasher.verify(hash, secret)
    except argon2.exceptions.VerifyMismatchError:
        return False


def of_argon2_1_0(kind, stated):
    """Of version 1.0, which was written down only later."""
    secret = password()
    hash = argon2.low_level.hash_secret(secret.encode(), random.randbytes(16), 2, 64, 2, 32, kind, 16).decode()
    hash = hash if stated else hash.replace("$v=16", "")
    return record("passlib", f"argon2{kind.name.lower()}", secret, hash, passlib.argon2.verify)


def of_bcrypt(prefix, secret=None):
    secret = password() if secret is None else secret
    hash = bcrypt.hashpw(secret.encode(), bcrypt.gensalt(4, prefix)).decode()
    return record("bcrypt", "bcrypt", secret, hash, lambda secret, hash: bcrypt.checkpw(secret.encode(), hash.encode()))


def of_pwdlib(format, hasher):
    secret = password()
    return record("pwdlib", format, secret, hasher.hash(secret), hasher.verify)


def of_django(format, hasher, secret=None, salt=None, **settings):
    secret = password() if secret is None else secret
    hasher = type("Hasher", (hasher,), settings)()
    hash = hasher.encode(secret, salt or hasher.salt())
    return record("django", format, secret, hash, hasher.verify)


def of_werkzeug(format, method, secret=None, salt_length=16, change=lambda hash: hash):
    secret = password() if secret is None else secret
    hash = change(werkzeug.generate_password_hash(secret, method, salt_length))
    return record("werkzeug", format, secret, hash, lambda secret, hash: werkzeug.check_password_hash(hash, secret))


def django_argon2_of_2_2(self):
    return argon2.Parameters(argon2.Type.I, 19, 16, 16, 2, 512, 2)


def cases():
    for ident in ["2a", "2b", "2y"]:
        yield of_passlib("bcrypt", passlib.bcrypt, ident=ident, rounds=4)
    for secret in [*EDGES, LONG[2], ""]:
        yield of_passlib("bcrypt", passlib.bcrypt, secret, rounds=4)
    for prefix in [b"2a", b"2b"]:
        yield of_bcrypt(prefix)
        yield of_pwdlib("bcrypt", pwdlib.hashers.bcrypt.BcryptHasher(4, prefix.decode()))
    yield of_passlib("bcrypt", passlib.bcrypt)

    for secret in [None, EDGES[3], LONG[2], ""]:
        yield of_passlib("bcrypt_sha256", passlib.bcrypt_sha256, secret, rounds=4)
        yield of_passlib("bcrypt_sha256", passlib.bcrypt_sha256, secret, version=1, rounds=4)
    yield of_passlib("bcrypt_sha256", passlib.bcrypt_sha256, version=1, ident="2a", rounds=10)

    for kind, salt_size, digest_size in [("i", 8, 16), ("d", 16, 20), ("id", 32, 64), ("id", 64, 128), ("i", 1024, 32)]:
        settings = {"salt_size": salt_size, "digest_size": digest_size, "memory_cost": 64, "time_cost": 1, "parallelism": 3}
        yield of_passlib(f"argon2{kind}", passlib.argon2, type=kind, **settings)
    for kind in argon2.Type:
        yield of_argon2_cffi(kind, time_cost=3, memory_cost=1000, parallelism=7)
    for secret in [LONG[2], ""]:
        yield of_argon2_cffi(argon2.Type.ID, secret, time_cost=1, memory_cost=8, parallelism=1, hash_len=4)
    for stated in [False, True]:
        yield of_argon2_1_0(argon2.Type.I, stated)
        yield of_argon2_1_0(argon2.Type.D, stated)
    yield of_passlib("argon2id", passlib.argon2)
    yield of_pwdlib("argon2id", pwdlib.hashers.argon2.Argon2Hasher())
    yield of_argon2_cffi(argon2.Type.ID, time_cost=2, memory_cost=19456, parallelism=1)

    for format, scheme in [("pbkdf2_sha1", passlib.pbkdf2_sha1), ("pbkdf2_sha256", passlib.pbkdf2_sha256), ("pbkdf2_sha512", passlib.pbkdf2_sha512)]:
        yield of_passlib(format, scheme)
        yield of_passlib(format, scheme, rounds=1, salt_size=0)
        yield of_passlib(format, scheme, "", rounds=10, salt_size=7)
        yield of_passlib(format, scheme, random.choice(LONG), rounds=1000, salt_size=1024)

    yield of_passlib("scrypt", passlib.scrypt)
    yield of_passlib("scrypt", passlib.scrypt, rounds=1, block_size=1, salt_size=0)
    yield of_passlib("scrypt", passlib.scrypt, "", rounds=4, block_size=3, parallelism=5, salt_size=9)
    yield of_passlib("scrypt", passlib.scrypt, LONG[1], rounds=8, salt_size=1024)

    for format, scheme in [("sha256_crypt", passlib.sha256_crypt), ("sha512_crypt", passlib.sha512_crypt)]:
        yield of_passlib(format, scheme)
        yield of_passlib(format, scheme, rounds=1000, salt_size=0)
        yield of_passlib(format, scheme, "", rounds=1001, salt_size=1)
        for secret in ["e" * 64, LONG[2], "4" * 4095]:
            yield of_passlib(format, scheme, secret, rounds=5000, salt_size=8)

    yield of_django("django_pbkdf2_sha256", django_hashers.PBKDF2PasswordHasher)
    yield of_django("django_pbkdf2_sha256", django_hashers.PBKDF2PasswordHasher, "", salt="Z", iterations=1)
    yield of_django("django_pbkdf2_sha256", django_hashers.PBKDF2PasswordHasher, LONG[0], salt="sält, ünd=mehr:", iterations=10000)
    yield of_django("django_pbkdf2_sha1", django_hashers.PBKDF2SHA1PasswordHasher, iterations=5000)
    yield of_django("django_pbkdf2_sha512", django_hashers.PBKDF2PasswordHasher, algorithm="pbkdf2_sha512", digest=__import__("hashlib").sha512, iterations=5000)
    yield of_django("django_argon2", django_hashers.Argon2PasswordHasher, params=django_argon2_of_2_2)
    yield of_django("django_argon2", django_hashers.Argon2PasswordHasher, memory_cost=19456, parallelism=1)
    yield of_django("django_bcrypt", django_hashers.BCryptPasswordHasher, rounds=4)
    yield of_django("django_bcrypt", django_hashers.BCryptPasswordHasher, EDGES[3], rounds=4)
    yield of_django("django_bcrypt_sha256", django_hashers.BCryptSHA256PasswordHasher, rounds=4)
    yield of_django("django_bcrypt_sha256", django_hashers.BCryptSHA256PasswordHasher, LONG[2], rounds=4)
    yield of_django("django_scrypt", django_hashers.ScryptPasswordHasher)
    yield of_django("django_scrypt", django_hashers.ScryptPasswordHasher, "", work_factor=2, block_size=1, parallelism=1)
    yield of_django("django_scrypt", django_hashers.ScryptPasswordHasher, LONG[1], work_factor=64, block_size=9, parallelism=3)

    yield of_werkzeug("werkzeug_scrypt", "scrypt")
    yield of_werkzeug("werkzeug_scrypt", "scrypt:32768:8:3")
    yield of_werkzeug("werkzeug_scrypt", "scrypt:16:5:2", "", salt_length=1)
    yield of_werkzeug("werkzeug_scrypt", "scrypt:1024:8:1", LONG[2], salt_length=64)
    yield of_werkzeug("werkzeug_pbkdf2_sha256", "pbkdf2")
    yield of_werkzeug("werkzeug_pbkdf2_sha256", "pbkdf2:sha256", change=lambda hash: hash.replace(":1000000$", "$"))
    # As of 0.9 and of 2.0.
    yield of_werkzeug("werkzeug_pbkdf2_sha1", "pbkdf2:sha1:1000", salt_length=8)
    yield of_werkzeug("werkzeug_pbkdf2_sha256", "pbkdf2:sha256:150000", salt_length=8)
    yield of_werkzeug("werkzeug_pbkdf2_sha512", "pbkdf2:sha512:25000", LONG[0])
    yield of_werkzeug("werkzeug_pbkdf2_sha512", "pbkdf2:sha512:1", "")

    secrets = json.dumps([[secret, alike(secret)] for secret in [*WORDS[3:6], WORDS[8], *LONG[1:], ""]])
    yield from json.loads(subprocess.check_output(["node", HERE / "record-hashes.mjs"], input=secrets.encode()))


with (HERE / "recorded-hashes.jsonl").open("w") as file:
    for case in cases():
        file.write(json.dumps(case, ensure_ascii=False) + "\n")
