"""The person who is logged in, as Flask-Login's user."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Flask, abort, g, session
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user, logout_user

from station.access import users
from station.access.login_lifetime import LONGEST_LOGIN
from station.access.users import Person
from station.domain.roles import Role
from station.errors import StationError
from web.view_context import view_context

#: By how much the clock may be set back without ending a login (s).
_CLOCK_SET_BACK = 30 * 60

_P = ParamSpec("_P")


class SessionUser(UserMixin):
    """A person who is logged in."""

    def __init__(self, person: Person) -> None:
        self.person = person

    def get_id(self) -> str:
        """Who it is, and the stamp of the PIN that let them in: a new PIN ends every login by the old one."""
        return f"{self.person.id}-{self.person.stamp}"


def set_up_login(app: Flask) -> None:
    """Set up logins in ``app``: each request finds the person of its session."""
    manager = LoginManager(app)
    manager.login_view = "login.login"
    manager.login_message = None
    # Flask-Login would tie a login to the browser's address and version, and does not where sessions are permanent.
    # Ours are, and on purpose: a tablet gets another address by DHCP in mid-work.
    manager.session_protection = None

    @manager.user_loader
    def _load(login: str) -> SessionUser | None:
        # Where the catalogue cannot be read, the page that says so must still be shown: to nobody in particular.
        if "unreadable" in g:
            return None
        if not _login_lasts():
            return None
        try:
            person = users.active_user(app.extensions["tramquet"].station, int(login.partition("-")[0]))
        except StationError:
            g.unreadable = True
            raise
        visitor = SessionUser(person) if person else None
        return visitor if visitor and visitor.get_id() == login else None


def begin(person: Person) -> None:
    """Begin a login, with nothing that another person left in this browser."""
    session.clear()
    session.permanent = True
    session["login"] = secrets.token_urlsafe(16)
    session["begun"] = session["seen"] = time.time()
    login_user(SessionUser(person))


def end() -> None:
    """End the login, in every browser that has its cookie."""
    view_context().login_limiter.ended.end(session["login"])
    forget()


def forget() -> None:
    """Forget the login in this browser, and all that was remembered with it."""
    logout_user()
    session.clear()


def _login_lasts() -> bool:
    """Whether nobody ended this login, and it is not older than any may be."""
    began_at = session.get("begun", 0.0)
    young = -_CLOCK_SET_BACK <= time.time() - began_at <= LONGEST_LOGIN
    return young and view_context().login_limiter.ended.is_open(session.get("login", ""), began_at)


def current_person() -> str:
    """The name of the person who is logged in, for the log."""
    return str(current_user.person.name)


def current_role() -> Role:
    """The role of the person who is logged in: it says what that person may do."""
    return Role(current_user.person.role)


def technician_required(view: Callable[_P, ResponseReturnValue]) -> Callable[_P, ResponseReturnValue]:
    """Allow a view to technicians only: 403 for other people who are logged in."""

    @wraps(view)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> ResponseReturnValue:
        if not current_role().may_administer:
            abort(403)
        return view(*args, **kwargs)

    return login_required(guarded)  # type: ignore[no-any-return]
