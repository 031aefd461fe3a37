"""Sends what the login has yet to be told. Run one of it: two could send an old state after a new one."""
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from edge_login import run, send
from login_sync.models import Unsent


def send_next():
    row = Unsent.objects.filter(refused=None).order_by("id").first()
    if row is None:
        return False
    User = get_user_model()
    user = User._base_manager.filter(**{User.USERNAME_FIELD: row.username}).first()
    row.refused = send(row.username, user and {"password_hash": user.password, "disabled": not user.is_active})
    if row.refused is None:
        Unsent.objects.filter(username=row.username).exclude(refused=None).delete()
        row.delete()
    else:
        row.save()
    return True


class Command(BaseCommand):
    def handle(self, **_):
        run(send_next)
