"""The application's users, and the names of those of whom the login has yet to be told."""
from sqlalchemy import event, inspect
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True, active_history=True)  # So that a change tells the old name.
    hashed_password: Mapped[str]
    disabled: Mapped[bool] = mapped_column(default=False)


class Unsent(Base):
    __tablename__ = "login_unsent"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    refused: Mapped[str | None]


@event.listens_for(Session, "before_flush")
def note(session, *_):
    for user in [*session.new, *session.dirty, *session.deleted]:
        if isinstance(user, User):
            added, unchanged, deleted = inspect(user).attrs.username.load_history()
            # The old name first: it may differ only in case, and then the login may take both for one.
            session.add_all(Unsent(username=name) for name in [*deleted, *added, *unchanged] if name)
