"""The names of the users of whom the login has yet to be told."""
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.dispatch import receiver


class Unsent(models.Model):
    username = models.TextField()
    refused = models.TextField(null=True)


@receiver([pre_save, pre_delete])
def look_up_old_name(instance, **_):
    User = get_user_model()
    if isinstance(instance, User):
        stored = User._base_manager.filter(pk=instance.pk)
        instance.old_name = stored.values_list(User.USERNAME_FIELD, flat=True).first()


@receiver([post_save, post_delete])
def note(instance, update_fields=None, **_):
    User = get_user_model()
    if not isinstance(instance, User):
        return
    if update_fields is not None and not {User.USERNAME_FIELD, "password", "is_active"} & update_fields:
        return  # A login sets `last_login` alone.
    # The old name first: it may differ only in case, and then the login may take both for one.
    for name in dict.fromkeys([instance.old_name, instance.get_username()]):
        if name is not None:
            Unsent.objects.create(username=name)
