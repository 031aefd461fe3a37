"""The login of FastAPI's tutorial ("OAuth2 with Password, Bearer with JWT tokens"), with its dict for a database.

HASHER is `bcrypt` or `argon2`; every user has the hash in STORED.
"""

import os
from datetime import datetime, timedelta, timezone

import jwt
from fastapi import Depends, FastAPI, HTTPException, status
from fastapi.security import OAuth2PasswordRequestForm
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

SECRET_KEY = os.environ["SECRET_KEY"]
hashers = {"bcrypt": BcryptHasher(rounds=12), "argon2": Argon2Hasher(memory_cost=19456, time_cost=2, parallelism=1)}
password_hash = PasswordHash((hashers[os.environ["HASHER"]],))
users = {f"user{number}@example.com": os.environ["STORED"] for number in range(int(os.environ["USERS"]))}

app = FastAPI()


@app.post("/api/user/login")
async def login(form: OAuth2PasswordRequestForm = Depends()):
    stored = users.get(form.username)
    if not stored or not password_hash.verify(form.password, stored):
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "Incorrect username or password", {"WWW-Authenticate": "Bearer"})
    expires = datetime.now(timezone.utc) + timedelta(days=1)
    token = jwt.encode({"sub": form.username, "exp": expires}, SECRET_KEY, algorithm="HS256")
    return {"access_token": token, "token_type": "bearer"}
