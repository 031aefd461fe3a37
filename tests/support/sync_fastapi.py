"""A FastAPI application with the users of docs/SYNC.md. Each line of standard input is what to do with a user; prints what came of it."""
import asyncio
import json
import os
import sys

from fastapi import Body, Depends, FastAPI, HTTPException
from pwdlib import PasswordHash
from sqlalchemy import create_engine, select, update
from sqlalchemy.orm import Session
from users import Base, Unsent, User

engine = create_engine(os.environ["DATABASE_URL"])
hasher = PasswordHash.recommended()
app = FastAPI()


def database():
    with Session(engine) as session, session.begin():
        yield session


def user_of(username: str, session: Session = Depends(database)):
    return session.scalars(select(User).where(User.username == username)).one()


@app.post("/users")
def create(username: str = Body(), password: str = Body(), fails: bool = Body(False), session: Session = Depends(database)):
    session.add(User(username=username, hashed_password=hasher.hash(password)))
    session.flush()
    if fails:
        raise HTTPException(409)


@app.patch("/users/{username}")
def change(changes: dict = Body(), user: User = Depends(user_of), session: Session = Depends(database)):
    session.expire(user)  # So that the old values are not known.
    if "password" in changes:
        changes["hashed_password"] = hasher.hash(changes.pop("password"))
    for name, value in changes.items():
        setattr(user, name, value)


@app.delete("/users/{username}")
def remove(user: User = Depends(user_of), session: Session = Depends(database)):
    session.delete(user)


@app.post("/users/{username}/bulk")
def bulk(username: str, session: Session = Depends(database)):
    session.execute(update(User).where(User.username == username).values(disabled=True))


@app.get("/refused")
def refused(session: Session = Depends(database)):
    return session.execute(select(Unsent.username, Unsent.refused).where(Unsent.refused.is_not(None))).mappings().all()


REQUESTS = {
    "reset": lambda name, password: ("PATCH", f"/users/{name}", {"password": password}),
    "create": lambda name, password: ("POST", "/users", {"username": name, "password": password}),
    "rollback": lambda name, password: ("POST", "/users", {"username": name, "password": password, "fails": True}),
    "password": lambda name, password: ("PATCH", f"/users/{name}", {"password": password}),
    "hash": lambda name, value: ("PATCH", f"/users/{name}", {"hashed_password": value}),
    "disable": lambda name: ("PATCH", f"/users/{name}", {"disabled": True}),
    "enable": lambda name: ("PATCH", f"/users/{name}", {"disabled": False}),
    "touch": lambda name: ("PATCH", f"/users/{name}", {"disabled": False}),
    "rename": lambda name, new: ("PATCH", f"/users/{name}", {"username": new}),
    "delete": lambda name: ("DELETE", f"/users/{name}", None),
    "bulk": lambda name: ("POST", f"/users/{name}/bulk", None),
    "refused": lambda: ("GET", "/refused", None),
}


async def ask(method, path, body):
    sent = []

    async def receive():
        return {"type": "http.request", "body": json.dumps(body).encode()}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "root_path": "", "query_string": b"",
             "headers": [(b"content-type", b"application/json")], "http_version": "1.1", "scheme": "http", "asgi": {"version": "3.0"}}
    await app(scope, receive, send)
    status = sent[0]["status"]
    return json.loads(b"".join(message.get("body", b"") for message in sent)) if status == 200 else status


Base.metadata.create_all(engine)
for line in sys.stdin:
    action, *args = json.loads(line)
    print(json.dumps(asyncio.run(ask(*REQUESTS[action](*args)))), flush=True)
