"""Asks a FastAPI application what it answers, and writes edge-cases.jsonl.

Run by hand, when FastAPI changes what it does:
    python3 -m venv v && v/bin/pip install -r requirements.txt && v/bin/python record.py
"""

import base64
import json
import logging
import pathlib
import random
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordRequestForm
from fastapi.testclient import TestClient
from passlib.context import CryptContext

HERE = pathlib.Path(__file__).parent
USERS = {user["username"]: user["password_hash"] for user in json.loads((HERE / "users.json").read_text())}
HASHES = CryptContext(schemes=["bcrypt", "argon2"])
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=B"
PATH = "/api/user/login"

app = FastAPI()


@app.post(PATH)
def login(form: OAuth2PasswordRequestForm = Depends()):
    stored = USERS.get(form.username)
    if not stored or "\0" in form.password or not HASHES.verify(form.password, stored):
        raise HTTPException(401, "Incorrect username or password", {"WWW-Authenticate": "Bearer"})
    return {"access_token": "…", "token_type": "bearer", "username": form.username}


@app.post("/grant")
def grant(form: OAuth2PasswordRequestForm = Depends()):
    return {"username": form.username, "password": form.password}


client = TestClient(app, raise_server_exceptions=False, follow_redirects=False)


def ask(method, path, content_type, body):
    headers = {} if content_type is None else {"content-type": content_type}
    return client.request(method, path, headers=headers, content=body)


def record(kind, number, body=b"", content_type=FORM, method="POST", path=PATH):
    response = ask(method, path, content_type, body)
    headers = {name: response.headers[name] for name in ("content-type", "www-authenticate", "allow", "location") if name in response.headers}
    if "location" in headers:
        headers["location"] = headers["location"].removeprefix("http://testserver")
    answer = {"status": response.status_code, "headers": headers}
    if response.content:
        answer["json"] = response.json()
    case = {
        "id": f"{kind}-{number}",
        "request": {
            "method": method,
            "path": path,
            "headers": {} if content_type is None else {"content-type": content_type},
            "body_base64": base64.b64encode(body).decode(),
        },
        "response": answer,
    }
    # What the form says, where it is one: finer than the answer to it.
    read = ask(method, "/grant", content_type, body) if path == PATH and method == "POST" else None
    if read is not None and read.status_code == 200:
        case["grant"] = read.json()
    return case


def part(name, value, extra=b""):
    return b'--B\r\nContent-Disposition: form-data; name="' + name + b'"' + extra + b"\r\n\r\n" + value + b"\r\n"


ALICE = b"username=alice&password=correct+horse+battery+staple"
U, P, END = part(b"username", b"alice"), part(b"password", b"correct horse battery staple"), b"--B--\r\n"

URLENCODED = [
    b"username=a&username=alice&password=correct+horse+battery+staple", ALICE + b"&password=", ALICE + b"&password", b"username=&password=x",
    b"username=a&password", b"username&password=x", b"&&" + ALICE + b"&&", b"&", b"=", b"&=&", b"=x&" + ALICE, b"username=a;password=x",
    b"username=a&password=x;y=z", b"username=%E&password=%zz", b"username=%EA%B9&password=%FF%FE", b"username=\xea\xb9\x80&password=\xff",
    b"username=%EA\xb9&password=x", b"username=a=b&password=c=d", b"user%6eame=alice&pass%77ord=correct%20horse+battery%20staple",
    b"username=a+b&pass+word=x&password=+", b"username=a&password=%00", b"username=alice\r\n&password=b\n", b"username=%ed%a0%80&password=x",
    b"username=%F0%9F%92&password=%F0%9F%92%A9", b"username=a&password=%u0041", b"username=%e&password=%", b"username=\xef\xbb\xbfa&password=b",
    b"grant_type=&" + ALICE, b"grant_type=PASSWORD&" + ALICE, b"grant_type=password&grant_type=x&" + ALICE, b"grant_type=x&grant_type=password&" + ALICE,
    b"grant_type=x", b"grant_type=\xea&username=a&password=b", b"grant_type=password%0A&" + ALICE, b"scope=a++b&client_id=&client_secret=&" + ALICE, b"Username=alice&Password=x",
    ALICE + b"&" + b"&".join(b"k%d=1" % i for i in range(998)), ALICE + b"&" + b"&".join(b"k%d=1" % i for i in range(999)), b" username=alice&password=x", b"?" + ALICE, b"{}",
]

CONTENT_TYPES = [
    "APPLICATION/X-WWW-FORM-URLENCODED", "application/x-www-form-urlencoded;", "application/x-www-form-urlencoded ;charset=utf-16",
    "application/x-www-form-urlencoded, text/plain", ";application/x-www-form-urlencoded", "application/x-www-form-urlencodedx", "text/plain",
    "application/x-www-form-urlencoded\t; a", "application/json", "multipart/form-data", "application/octet-stream", None,
]

MULTIPART_TYPES = [
    "multipart/form-data", "multipart/form-data; boundary=", 'multipart/form-data; boundary="B"', "Multipart/Form-Data; Boundary=B",
    "multipart/form-data;charset=latin-1;boundary=B", "multipart/form-data; boundary=C", "multipart/mixed; boundary=B", "multipart/form-data ; boundary = B",
    "multipart/form-data; boundary=X; boundary=B", "multipart/form-data; boundary*=B", 'multipart/form-data; a="x;y\\"z"; boundary=B', "multipart/form-data; boundary=" + "B" * 300, FORM,
    "multipart/form-data; charset=UTF8; boundary=B", "multipart/form-data; charset=none; boundary=B",
]

HEAD = b'Content-Disposition: form-data; name="username"'
MULTIPARTS = [
    U + P + END, U + P, U + P + b"--B--", U + P + b"--B", U + P + b"--B\r", U + P + b"--B-", U + P + b"--B-x", b"\r\n" + U + P + END, b"\n\n\r" + U + P + END, b"preamble\r\n" + U + P + END,
    b"\r\npreamble\r\n" + U + P + END, b"junk", b"", b"\r\n", b"-", b"--", b"--B", b"--B-", b"--B--", b"--B-x", b"--Bx", b"--B\r", b"--B\rx", b"--B\r\n", END,
    part(b"username", b"\xff") + P + END, part(b"username", b"\xea\xb9\x80") + P + END, part(b"username", b"") + P + END, part(b"user\xea\xb9\x80name", b"x") + U + P + END,
    b"--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n" + U + P + END, b"--B\r\n\r\nx\r\n" + U + P + END, b"--B\r\nX: y\r\n\r\nx\r\n" + U + P + END,
    b"--B\n" + HEAD + b"\n\nx\n" + END, b"--B\r\nContent-Disposition: form-data; name=username\r\n\r\nalice\r\n" + P + END,
    b"--B\r\ncontent-disposition:form-data;name=username\r\n\r\nalice\r\n" + P + END, b"--B\r\nContent-Disposition: form-data; name*=utf-8''username; name=\"q\"\r\n\r\nx\r\n" + U + P + END,
    b'--B\r\nContent-Disposition: attachment; name="username"\r\n\r\nalice\r\n' + P + END, b"--B\r\n" + HEAD + b'\r\nContent-Disposition: form-data; name="password"\r\n\r\nx\r\n' + U + END,
    b"--B\r\nBad Header\r\n\r\nx\r\n" + U + P + END, b"--B \t\r\n" + HEAD + b"\r\n\r\nx\r\n" + P + END, U + b"--Bx\r\n" + P + END,
    b"--B\r\n" + HEAD + b"\r\n\r\nalice\r\n--B \t \r\n" + P[5:] + END, b"--B\r\n" + HEAD + b"\r\n\r\nalice\r\n--B x\r\n" + P[5:] + END, b"--B\r\n" + HEAD + b"\r\n\r\nalice\r\n--B ", b"--B\r\n" + HEAD + b"\r\n\r\nalice\r\n--B \r",
    part(b"username", b"bob") + U + P + END, U + P + END + b"epilogue " + part(b"username", b"bob"), b"--B\r\n" + HEAD + b"\r\nX: " + b"y" * 4221 + b"\r\n\r\nalice\r\n" + P + END,
    b"--B\r\n" + HEAD + b"\r\nX: " + b"y" * 4230 + b"\r\n\r\nalice\r\n" + P + END, b"--B\r\n" + HEAD + b"\r\n" + b"y" * 5000, b"--B\r\n" + b"".join(b"X%d: y\r\n" % i for i in range(7)) + HEAD + b"\r\n\r\nalice\r\n" + P + END,
    b"--B\r\n" + b"".join(b"X%d: y\r\n" % i for i in range(8)) + HEAD + b"\r\n\r\nalice\r\n" + P + END, part(b"username", b"a\r\n--Bogus\r\nb") + P + END, part(b"username", b"a\r\n--") + P + END,
    part(b"username", b"a\r\n--B\rb") + P + END, part(b"username", b"a\r\n--B-b") + P + END, part(b"username", b"a\r\n-") + P, b'--B\r\nContent-Disposition: form-data; name="user',
    U + b'--B\r\nContent-Disposition: form-data; name="password"\r\n\r\nx', part(b"username", b"a", b"; filename=f") + U + P + END, part(b'user\\"name', b"a") + U + P + END,
    b"--B\r\n" + HEAD + b"\r\n : x\r\n\r\nx\r\n" + P + END, b"--B\r\n" + HEAD + b'; x="a;name=password"\r\n\r\nalice\r\n' + P + END, b"--B\r\n: x\r\n" + HEAD + b"\r\n\r\nx\r\n" + P + END,
    b"--B\r\n" + HEAD + b"\r\nX:\ty\r\n\r\nalice\r\n" + P + END, b"--B\r\n" + HEAD + b"\r\nX: y\rz\r\n\r\nalice\r\n" + P + END, b"--B\r\n" + HEAD + b"\r\n\rx\r\n" + P + END, b"--B\r\n" + HEAD + b"\r\n\r",
    part(b"other", b"a", b"; filename=f") + U + P + END, part(b"grant_type", b"password") + U + P + END, part(b"grant_type", b"x") + U + P + END, part(b"username", b"\r\n") + P + END,
    U[:-2] + b"\r\n\r\n" + P + END, b"".join(part(b"k", b"") for _ in range(998)) + U + P + END, b"".join(part(b"k", b"") for _ in range(999)) + U + P + END,
]


def random_urlencoded(chance):
    pieces = [b"username", b"password", b"grant_type", b"=", b"=", b"&", b"&", b"alice", b"%", b"%3D", b"%26", b"%C3%A9", b"%ff", b"+", b"\xe9", b"\xc3\xa9", b";", b"\0", b"\r\n", b"x", b"%7", b"%g1", b"scope"]
    return b"username=" + b"".join(chance.choices(pieces, k=chance.randint(1, 14))) + b"&password=p" + b"".join(chance.choices(pieces, k=chance.randint(0, 8)))


def random_multipart(chance):
    body = bytearray(U + P + END)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(body))
        piece = chance.choice([b"\r", b"\n", b"\r\n", b"-", b"--", b"--B", b"\r\n--B", b'"', b";", b":", b" ", b"\t", b"\xff", b"\0", b"="])
        change = chance.randrange(3)
        if change == 0:
            body[at:at] = piece
        elif change == 1:
            body[at : at + len(piece)] = piece
        else:
            del body[at : at + chance.randint(1, 3)]
    return bytes(body)


def cases():
    for number, body in enumerate(URLENCODED):
        yield record("urlencoded", number, body)
    for number, content_type in enumerate(CONTENT_TYPES):
        yield record("content-type", number, ALICE, content_type)
    for number, content_type in enumerate(MULTIPART_TYPES):
        yield record("multipart-type", number, U + P + END, content_type)
    for number, body in enumerate(MULTIPARTS):
        yield record("multipart", number, body, MULTIPART)
    for number, body in enumerate([b"{", b"null", b"[]", b'"x"', b"", b"1"]):
        yield record("json", number, body, "application/json")
    for path in [PATH, PATH + "/", "/nope"]:
        for method in ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"]:
            yield record("method", f"{method}{path}", b"", None, method, path)
    for number, path in enumerate([PATH + "/?a=b&c=%20", PATH + "?x=1", PATH + "//", "/API/user/login", "/api/user/%6Cogin", PATH + "%2F", "/", "/api/user", "/api/user/", PATH + "/%20", PATH + ";x", PATH + "?", "/%2Fapi/user/login"]):
        yield record("path", number, ALICE, FORM, "POST", path)
    chance = random.Random(6749)
    for number in range(150):
        yield record("random-urlencoded", number, random_urlencoded(chance))
    for number in range(250):
        yield record("random-multipart", number, random_multipart(chance), MULTIPART)


with (HERE / "edge-cases.jsonl").open("w") as file:
    for case in cases():
        file.write(json.dumps(case, ensure_ascii=False) + "\n")
