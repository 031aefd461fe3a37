"""Sends what the login has yet to be told. Run one of it: two could send an old state after a new one."""
import os

from edge_login import run, send
from sqlalchemy import create_engine, delete, select
from sqlalchemy.orm import Session
from users import Unsent, User

engine = create_engine(os.environ["DATABASE_URL"])


def send_next():
    with Session(engine, expire_on_commit=False) as session:
        row = session.scalar(select(Unsent).where(Unsent.refused.is_(None)).order_by(Unsent.id).limit(1))
        if row is None:
            return False
        user = session.scalar(select(User).where(User.username == row.username))
        session.commit()  # Nobody waits for the database while the login is asked.
        row.refused = send(row.username, user and {"password_hash": user.hashed_password, "disabled": user.disabled})
        if row.refused is None:
            session.execute(delete(Unsent).where(Unsent.username == row.username, Unsent.refused.is_not(None)))
            session.delete(row)
        session.commit()
        return True


if __name__ == "__main__":
    run(send_next)
